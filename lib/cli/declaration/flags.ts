/** Flags that several commands share, and the parsing of their values. */
import type { NewPair } from "../../device/mod.ts";
import type { PairPaths } from "../../device/pair/mod.ts";
import { present, readDuration, standardInputPath, streamAt } from "../../system/mod.ts";
import { normalizeSerial, parsePurpose, parseSerial, purposeNames } from "../../x509/mod.ts";
import { UsageError } from "../errors.ts";
import { alternatives } from "../text.ts";
import { type DeviceWords, recoverySides } from "../choices.ts";

/** A flag without a value. */
export function toggle(brief: string): {
  readonly kind: "boolean";
  readonly default: false;
  readonly withNegated: false;
  readonly brief: string;
} {
  return { kind: "boolean", default: false, withNegated: false, brief };
}

/** What a shell completes as a value: a path, a name from this device, or one of these words. */
export type Completes = "file" | "directory" | DeviceWords | readonly string[];

/** The id of something, as an argument. */
export function idArgument(brief: string): {
  readonly parse: (input: string) => string;
  readonly placeholder: string;
  readonly brief: string;
} {
  return { parse: String, placeholder: "ID", brief };
}

/** A path, as the value of a required flag or as an argument. */
export interface PathValue {
  readonly kind: "parsed";
  readonly parse: (input: string) => string;
  readonly completes: Completes;
  readonly placeholder: string;
  readonly brief: string;
}

/** A path, as the value of an optional flag. */
export interface OptionalPathValue extends PathValue {
  readonly optional: true;
}

/** An optional flag with the path of a file. */
export function file(brief: string): OptionalPathValue {
  return { ...requiredFile(brief), optional: true };
}

/** An optional flag with the path of a directory. */
export function directory(brief: string): OptionalPathValue {
  return { ...requiredFile(brief), completes: "directory", placeholder: "DIR", optional: true };
}

/** A required flag with the path of a file. */
export function requiredFile(brief: string): PathValue {
  return { kind: "parsed", parse: parsePath, completes: "file", placeholder: "FILE", brief };
}

/** A required flag with the path of a directory. */
export function requiredDirectory(brief: string): PathValue {
  return { kind: "parsed", parse: parsePath, completes: "directory", placeholder: "DIR", brief };
}

/** An optional flag with a file that is only read; `-` is standard input. */
export function inputFile(brief: string): OptionalPathValue {
  return { ...file(brief), parse: parseInput };
}

/** An argument with a file that is only read; `-` is standard input. */
export function inputArgument(placeholder: string, brief: string): Omit<PathValue, "kind"> {
  return { parse: parseInput, completes: "file", placeholder, brief };
}

function parseInput(input: string): string {
  return input === "-" ? standardInputPath : parsePath(input);
}

/**
 * Requires that no stream is given twice: a stream can be read only once.
 *
 * @param paths all files that the command reads.
 * @throws UsageError
 */
export function requireStreamsOnce(paths: readonly (string | undefined)[]): void {
  const streams = paths.flatMap((path) => path === undefined ? [] : streamAt(path) ?? []);
  const twice = streams.find((stream, index) => streams.indexOf(stream) !== index);
  if (twice === undefined) return;
  const name = twice === standardInputPath ? "standard input" : twice;
  throw new UsageError(
    [`${name} is given twice, but can be read only once`],
    "Use a file instead.",
  );
}

/** An argument that is not parsed further. */
export interface WordArgument {
  readonly parse: (input: string) => string;
  readonly completes: Completes;
  readonly placeholder: string;
  readonly brief: string;
}

/** An argument that is one of these words. The command itself refuses others. */
export function wordArgument(placeholder: string, words: readonly string[]): WordArgument {
  return { parse: String, completes: words, placeholder, brief: alternatives(words) };
}

/** An argument that selects an issued certificate by its serial number or a file; `-` is standard input. */
export function certificateArgument(brief: string): WordArgument {
  return { parse: parseCertificateWord, completes: "serials", placeholder: "SERIAL", brief };
}

/** A flag that selects an issued certificate, as {@linkcode certificateArgument} does. */
export function certificateFlag(brief: string): WordArgument & {
  readonly kind: "parsed";
  readonly optional: true;
} {
  return { kind: "parsed", optional: true, ...certificateArgument(brief) };
}

function parseCertificateWord(input: string): string {
  if (input === "") throw new UsageError(["the serial number is empty"]);
  return input === "-" ? standardInputPath : input;
}

/** An optional flag with a serial number in any spelling. */
export function serialNumberFlag(brief: string): {
  readonly kind: "parsed";
  readonly parse: (input: string) => bigint;
  readonly optional: true;
  readonly placeholder: string;
  readonly brief: string;
} {
  return { kind: "parsed", parse: parseSerialNumber, optional: true, placeholder: "SERIAL", brief };
}

function parseSerialNumber(input: string): bigint {
  const serial = parseSerial(normalizeSerial(input) ?? "");
  if (serial !== undefined) return serial;
  throw new UsageError(
    [`'${input}' is not a serial number`],
    "A serial number is hexadecimal, such as 02 or 1a9.",
  );
}

/** An optional flag with the name of a pair in the configuration. */
export function pairName(brief: string): {
  readonly kind: "parsed";
  readonly parse: (input: string) => string;
  readonly optional: true;
  readonly completes: Completes;
  readonly placeholder: string;
  readonly brief: string;
} {
  return {
    kind: "parsed",
    parse: parsePairName,
    optional: true,
    completes: "pairs",
    placeholder: "NAME",
    brief,
  };
}

/** Reads the name of a pair, which may not exist in the configuration. */
function parsePairName(input: string): string {
  if (input === "") throw new UsageError(["the name is empty"]);
  return input;
}

/** Reads a path, which may not exist. */
export function parsePath(input: string): string {
  if (input === "") throw new UsageError(["the path is empty"]);
  if (input.includes("\0")) throw new UsageError(["a path cannot contain a NUL byte"]);
  // Deno replaces bytes that are not UTF-8 with this character: the path would name another file.
  if (input.includes("\ufffd")) throw new UsageError(["the path is not UTF-8"]);
  return input;
}

/** `--json`, which every command has. */
export const jsonFlag = { json: toggle("Print one JSON object instead of text") } as const;

/** The flags that select a pair. */
export interface PairFlags {
  readonly name?: string;
  readonly config?: string;
  readonly dir?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly combined?: string;
}

/** `--config`, for commands that read the configuration. */
export const configFlag = {
  config: file("The configuration (else $CERTSWAP_CONFIG or /etc/certswap/certswap.toml)"),
} as const;

/** The declaration of {@linkcode PairFlags}. */
export const pairFlags = {
  name: pairName("A pair from the configuration"),
  ...configFlag,
  dir: directory("Short for --cert DIR/cert.pem --key DIR/key.pem"),
  cert: file("The active certificate with its chain (PEM)"),
  key: file("The active private key (PEM)"),
  combined: file("One file with both, in addition or as the only file of the pair"),
} as const;

/**
 * The paths of the pair that the flags select.
 *
 * @throws UsageError if the flags select none, or two.
 */
export function pairPaths({ config, dir, cert, key, combined }: PairFlags): PairPaths {
  if (config !== undefined) {
    throw new UsageError(
      ["--config is given without --name"],
      "Select the pair with --name NAME instead of its paths.",
    );
  }
  if (combined !== undefined && [dir, cert, key].every((flag) => flag === undefined)) {
    return { certificate: combined, key: combined, shape: "combined" };
  }
  const paths = dir === undefined ? { cert, key } : fromDirectory(dir, { cert, key });
  if (paths.cert === undefined || paths.key === undefined) {
    const missing = [
      paths.cert === undefined ? "--cert" : "",
      paths.key === undefined ? "--key" : "",
    ].filter((flag) => flag !== "");
    throw new UsageError(
      [missing.length === 2 ? "no pair is selected" : `${missing[0]} is missing`],
      "Select a pair: --name NAME, --dir DIR, --cert FILE --key FILE, or --combined FILE.",
    );
  }
  return {
    certificate: paths.cert,
    key: paths.key,
    ...present({ combined }),
  };
}

function fromDirectory(
  dir: string,
  { cert, key }: { cert: string | undefined; key: string | undefined },
): { cert: string; key: string } {
  if (cert !== undefined || key !== undefined) {
    throw new UsageError(
      ["--dir already selects the pair"],
      "Leave out --dir, or --cert and --key.",
    );
  }
  const prefix = dir.endsWith("/") ? dir : `${dir}/`;
  return { cert: `${prefix}cert.pem`, key: `${prefix}key.pem` };
}

/** The flags for a new pair. */
export interface NewPairFlags {
  readonly newCert?: string;
  readonly newKey?: string;
  readonly newPkcs12?: string;
  readonly passwordFile?: string;
}

/** `--password-file`, for PKCS#12. */
export const passwordFileFlag = {
  passwordFile: file(
    "The file whose first line is the password of the PKCS#12 file; it must be readable only by " +
      "you",
  ),
} as const;

/** The declaration of {@linkcode NewPairFlags}. */
export const newPairFlags = {
  newCert: inputFile("The new certificate with its chain (PEM; - is standard input)"),
  newKey: inputFile("The new private key, not encrypted (PEM; - is standard input)"),
  newPkcs12: inputFile(
    "The new key, certificate and chain in one PKCS#12 file (- is standard input)",
  ),
  ...passwordFileFlag,
} as const;

/**
 * The new pair, or `undefined` if none is given.
 *
 * @throws UsageError if only half of it is given, or if a stream is given twice.
 */
export function newPairFiles(flags: NewPairFlags & TrustFlags): NewPair | undefined {
  const { newCert, newKey, newPkcs12, passwordFile } = flags;
  const isNamed = [newCert, newKey, newPkcs12, passwordFile].some((flag) => flag !== undefined);
  return isNamed ? requiredNewPair(flags) : undefined;
}

/**
 * The new pair, for commands that require one.
 *
 * @throws UsageError if it is not complete, or if a stream is given twice.
 */
export function requiredNewPair(flags: NewPairFlags & TrustFlags): NewPair {
  const { newCert, newKey, newPkcs12, passwordFile, trust } = flags;
  requireStreamsOnce([newCert, newKey, newPkcs12, trust]);
  if (newPkcs12 !== undefined || passwordFile !== undefined) return pkcs12Pair(flags);
  if (newCert !== undefined && newKey !== undefined) return { certificate: newCert, key: newKey };
  const missing = newCert === undefined ? "--new-cert" : "--new-key";
  throw new UsageError(
    [`${missing} is missing`],
    "Give --new-cert FILE --new-key FILE, or --new-pkcs12 FILE --password-file FILE.",
  );
}

function pkcs12Pair({ newCert, newKey, newPkcs12, passwordFile }: NewPairFlags): NewPair {
  if (newPkcs12 === undefined) {
    throw new UsageError(
      ["--password-file is given without --new-pkcs12"],
      "Give both: --new-pkcs12 FILE --password-file FILE. A PEM key must not be encrypted.",
    );
  }
  if (newCert !== undefined || newKey !== undefined) {
    throw new UsageError(
      ["--new-pkcs12 already gives the certificate and the key"],
      "Leave out --new-pkcs12, or --new-cert and --new-key.",
    );
  }
  if (passwordFile === undefined) {
    throw new UsageError(
      ["--password-file is missing"],
      "Write the password into a file that only you can read, and name it: --password-file FILE.",
    );
  }
  return { pkcs12: newPkcs12, passwordFile };
}

/** The flag for trust anchors. */
interface TrustFlags {
  readonly trust?: string;
}

/** `--trust`, for commands that check a pair. */
export const trustFlag = {
  trust: inputFile(
    "CA certificates; the chain must lead to one (default: with --name, 'trust' of the pair; else not " +
      "checked)",
  ),
} as const;

/** The flags that skip a check. */
export interface WaiverFlags {
  readonly allowIdentityChange: boolean;
  readonly allowOlder: boolean;
  readonly allowCa: boolean;
}

/** The declaration of {@linkcode WaiverFlags}. */
export const waiverFlags = {
  allowIdentityChange: toggle("Accept a different subject or fewer alternative names"),
  allowOlder: toggle("Accept a certificate issued before the active one"),
  allowCa: toggle("Accept a CA certificate, for example a self-signed one with CA:TRUE"),
} as const;

/** `--purpose`, for commands that check a new pair. May be given several times. */
export const purposeFlag = {
  purpose: {
    kind: "parsed",
    parse: readPurpose,
    variadic: ",",
    optional: true,
    completes: purposeNames,
    placeholder: "NAME",
    brief:
      "Required purposes: serverAuth,... (else 'purposes' of the pair, or those of the active certificate)",
  },
} as const;

/** Reads a purpose by its name or its OBJECT IDENTIFIER. */
function readPurpose(input: string): string {
  const purpose = parsePurpose(input);
  if (purpose !== undefined) return purpose;
  throw new UsageError(
    [`'${input}' is not a certificate purpose`],
    `Write ${purposeNames.join(", ")}, or a dotted object identifier (OID).`,
  );
}

/** `--keep-previous`, for commands that replace a pair. */
export const keepPreviousFlag = {
  keepPrevious: toggle("Keep the replaced pair for 'certswap rollback'"),
} as const;

/** The value of {@linkcode acceptMissingFlag}. */
export interface MissingFlags {
  readonly acceptMissing: boolean;
}

/** `--accept-missing`, for commands that refuse a pair whose file system may not be mounted. */
export const acceptMissingFlag = {
  acceptMissing: toggle(
    "Continue even if a file of the pair is missing: its file system is mounted, and it was deleted",
  ),
} as const;

/** `--keep`, for recovery. */
export const keepFlag = {
  keep: {
    kind: "enum",
    values: recoverySides,
    optional: true,
    brief: "The version to keep if recovery cannot decide",
  },
} as const;

/** `--metrics`, for commands that read every pair. */
export const metricsFlag = {
  metrics: file("Write metrics for node_exporter to this file (*.prom)"),
} as const;

/** `--lock-timeout`, for every command that changes something. */
export const lockTimeoutFlag = {
  lockTimeout: {
    kind: "parsed",
    parse: parseDuration,
    default: "10s",
    placeholder: "TIME",
    brief: "How long to wait for another certswap",
  },
} as const;

/** `--dry-run`, for every command that changes something. */
export const dryRunFlag = {
  dryRun: toggle("Show what would change, without changing anything"),
} as const;

/**
 * Reads `10s`, `500ms`, `2m`, `12h` or `30d`.
 *
 * @returns milliseconds.
 * @throws UsageError for anything else.
 */
export function parseDuration(input: string): number {
  const milliseconds = readDuration(input);
  if (milliseconds === undefined) {
    throw new UsageError(
      [`'${input}' is not a duration`],
      "Write it as 10s, 2m, 12h or 30d.",
    );
  }
  return milliseconds;
}
