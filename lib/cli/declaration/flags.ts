/** Flags that several commands share, and how their values are read. */
import { type NewPair, readDuration } from "../../device/mod.ts";
import type { PairPaths } from "../../device/pair/mod.ts";
import { present, standardInputPath, streamAt } from "../../system/mod.ts";
import { parsePurpose, purposeNames } from "../../x509/mod.ts";
import { UsageError } from "../errors.ts";
import { alternatives } from "../text.ts";
import { recoverySides } from "../choices.ts";

/** A flag that is on or off. */
export function toggle(brief: string): {
  readonly kind: "boolean";
  readonly default: false;
  readonly withNegated: false;
  readonly brief: string;
} {
  return { kind: "boolean", default: false, withNegated: false, brief };
}

/** What a shell completes in the place of a value: a path, or one of these words. */
export type Completes = "file" | "directory" | readonly string[];

/** A value that is a path: of a flag that must be given, or of an argument. */
export interface PathValue {
  readonly kind: "parsed";
  readonly parse: (input: string) => string;
  readonly completes: Completes;
  readonly placeholder: string;
  readonly brief: string;
}

/** The same, of a flag that may be left out. */
export interface OptionalPathValue extends PathValue {
  readonly optional: true;
}

/** An optional flag with a file. */
export function file(brief: string): OptionalPathValue {
  return { ...requiredFile(brief), optional: true };
}

/** An optional flag with a directory. */
export function directory(brief: string): OptionalPathValue {
  return { ...requiredFile(brief), completes: "directory", placeholder: "DIR", optional: true };
}

/** A flag with a file, which must be given. */
export function requiredFile(brief: string): PathValue {
  return { kind: "parsed", parse: parsePath, completes: "file", placeholder: "FILE", brief };
}

/** An optional flag with a file that is only read: `-` is standard input. */
export function inputFile(brief: string): OptionalPathValue {
  return { ...file(brief), parse: parseInput };
}

/** An argument with a file that is only read: `-` is standard input. */
export function inputArgument(placeholder: string, brief: string): Omit<PathValue, "kind"> {
  return { parse: parseInput, completes: "file", placeholder, brief };
}

function parseInput(input: string): string {
  return input === "-" ? standardInputPath : parsePath(input);
}

/**
 * Requires that no stream is named twice: it can be read only once.
 *
 * @param paths those of all that a command reads.
 * @throws UsageError
 */
export function requireStreamsOnce(paths: readonly (string | undefined)[]): void {
  const streams = paths.flatMap((path) => path === undefined ? [] : streamAt(path) ?? []);
  const twice = streams.find((stream, index) => streams.indexOf(stream) !== index);
  if (twice === undefined) return;
  const name = twice === standardInputPath ? "standard input" : twice;
  throw new UsageError(
    [`${name} is given twice, and can be read only once`],
    "Name a file instead.",
  );
}

/** An argument that is one of these words. The command itself says what is wrong with another. */
export function wordArgument(placeholder: string, words: readonly string[]): {
  readonly parse: (input: string) => string;
  readonly completes: Completes;
  readonly placeholder: string;
  readonly brief: string;
} {
  return { parse: String, completes: words, placeholder, brief: alternatives(words) };
}

/** An optional flag with the name of a pair in the configuration. */
export function pairName(brief: string): {
  readonly kind: "parsed";
  readonly parse: (input: string) => string;
  readonly optional: true;
  readonly placeholder: string;
  readonly brief: string;
} {
  return { kind: "parsed", parse: parsePairName, optional: true, placeholder: "NAME", brief };
}

/** Reads the name of a pair. Whether the configuration has one of that name is not known yet. */
function parsePairName(input: string): string {
  if (input === "") throw new UsageError(["the name is empty"]);
  return input;
}

/** Reads a path, of which only the file system can say whether it leads anywhere. */
export function parsePath(input: string): string {
  if (input === "") throw new UsageError(["the path is empty"]);
  if (input.includes("\0")) throw new UsageError(["a path cannot hold a NUL byte"]);
  // Bytes that are not UTF-8 reach certswap as this character, which would name another file.
  if (input.includes("\ufffd")) throw new UsageError(["a path that is not UTF-8 cannot be named"]);
  return input;
}

/** `--json`, which every command has. */
export const jsonFlag = { json: toggle("Print one JSON object instead of text") } as const;

/** The flags that say which pair is meant. */
export interface PairFlags {
  readonly name?: string;
  readonly config?: string;
  readonly dir?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly combined?: string;
}

/** `--config`, for what reads the configuration. */
export const configFlag = {
  config: file("The configuration (else $CERTSWAP_CONFIG, or /etc/certswap/certswap.toml)"),
} as const;

/** {@linkcode PairFlags}, declared. */
export const pairFlags = {
  name: pairName("A pair of the configuration"),
  ...configFlag,
  dir: directory("Short for --cert DIR/cert.pem --key DIR/key.pem"),
  cert: file("The active certificate, with its chain (PEM)"),
  key: file("Its private key (PEM)"),
  combined: file("A file with both, for services that read one"),
} as const;

/**
 * The pair that is given by its paths.
 *
 * @throws UsageError where the flags name none, or two.
 */
export function pairPaths({ config, dir, cert, key, combined }: PairFlags): PairPaths {
  if (config !== undefined) {
    throw new UsageError(
      ["--config is given, and no pair of it is named"],
      "Name one: --name NAME.",
    );
  }
  const paths = dir === undefined ? { cert, key } : fromDirectory(dir, { cert, key });
  if (paths.cert === undefined || paths.key === undefined) {
    const missing = [
      paths.cert === undefined ? "--cert" : "",
      paths.key === undefined ? "--key" : "",
    ].filter((flag) => flag !== "");
    throw new UsageError(
      [missing.length === 2 ? "no pair is named" : `${missing[0]} is missing`],
      "Say which pair is meant: --name NAME, --cert FILE --key FILE, or --dir DIR.",
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
    throw new UsageError(["--dir names the pair already"], "Leave out --dir, or --cert and --key.");
  }
  const prefix = dir.endsWith("/") ? dir : `${dir}/`;
  return { cert: `${prefix}cert.pem`, key: `${prefix}key.pem` };
}

/** The flags that name a new pair. */
export interface NewPairFlags {
  readonly newCert?: string;
  readonly newKey?: string;
  readonly newPkcs12?: string;
  readonly passwordFile?: string;
}

/** `--password-file`, for PKCS#12. */
export const passwordFileFlag = {
  passwordFile: file("The password of the PKCS#12 file: its first line, readable by no other user"),
} as const;

/** {@linkcode NewPairFlags}, declared. */
export const newPairFlags = {
  newCert: inputFile("The new certificate, with its chain (PEM; - is standard input)"),
  newKey: inputFile("Its private key (PEM; - is standard input), not encrypted"),
  newPkcs12: inputFile("A PKCS#12 file with both instead (.p12, .pfx; - is standard input)"),
  ...passwordFileFlag,
} as const;

/**
 * The new pair, where one is named.
 *
 * @throws UsageError where only half of it is, or where one stream is named twice.
 */
export function newPairFiles(flags: NewPairFlags & TrustFlags): NewPair | undefined {
  const { newCert, newKey, newPkcs12, passwordFile } = flags;
  const isNamed = [newCert, newKey, newPkcs12, passwordFile].some((flag) => flag !== undefined);
  return isNamed ? requiredNewPair(flags) : undefined;
}

/**
 * The new pair, where there has to be one.
 *
 * @throws UsageError where it is not named in full, or where one stream is named twice.
 */
export function requiredNewPair(flags: NewPairFlags & TrustFlags): NewPair {
  const { newCert, newKey, newPkcs12, passwordFile, trust } = flags;
  requireStreamsOnce([newCert, newKey, newPkcs12, trust]);
  if (newPkcs12 !== undefined || passwordFile !== undefined) return pkcs12Pair(flags);
  if (newCert !== undefined && newKey !== undefined) return { certificate: newCert, key: newKey };
  const missing = newCert === undefined ? "--new-cert" : "--new-key";
  throw new UsageError(
    [`${missing} is missing`],
    "Name both files: --new-cert FILE --new-key FILE.",
  );
}

function pkcs12Pair({ newCert, newKey, newPkcs12, passwordFile }: NewPairFlags): NewPair {
  if (newPkcs12 === undefined) {
    throw new UsageError(
      ["--password-file is the password of a PKCS#12 file, and none is named"],
      "Name it: --new-pkcs12 FILE --password-file FILE. PEM files must not be encrypted.",
    );
  }
  if (newCert !== undefined || newKey !== undefined) {
    throw new UsageError(
      ["--new-pkcs12 names the certificate and the key already"],
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

/** The flag that names trust anchors. */
interface TrustFlags {
  readonly trust?: string;
}

/** `--trust`, for what checks a pair. */
export const trustFlag = {
  trust: inputFile("CA certificates; the chain must lead to one (else it is not checked)"),
} as const;

/** The checks that can be waived. */
export interface WaiverFlags {
  readonly allowIdentityChange: boolean;
  readonly allowOlder: boolean;
  readonly allowCa: boolean;
}

/** {@linkcode WaiverFlags}, declared. */
export const waiverFlags = {
  allowIdentityChange: toggle("Accept another subject, or fewer alternative names"),
  allowOlder: toggle("Accept a certificate issued before the active one"),
  allowCa: toggle("Accept a CA certificate, such as a self-signed one with CA:TRUE"),
} as const;

/** `--purpose`, for what checks a new pair. May be given several times. */
export const purposeFlag = {
  purpose: {
    kind: "parsed",
    parse: readPurpose,
    variadic: ",",
    optional: true,
    placeholder: "NAME",
    brief: "What it must be usable for: serverAuth,... (else what the active one is)",
  },
} as const;

/** Reads a purpose by its name or its OBJECT IDENTIFIER. */
function readPurpose(input: string): string {
  const purpose = parsePurpose(input);
  if (purpose !== undefined) return purpose;
  throw new UsageError(
    [`'${input}' is not a purpose of certificates`],
    `Write ${purposeNames.join(", ")}, or an OBJECT IDENTIFIER in dots.`,
  );
}

/** `--keep-previous`, for what replaces a pair. */
export const keepPreviousFlag = {
  keepPrevious: toggle("Keep the replaced pair for 'certswap rollback'"),
} as const;

/** What {@linkcode acceptMissingFlag} says. */
export interface MissingFlags {
  readonly acceptMissing: boolean;
}

/** `--accept-missing`, for what refuses a pair that may not be mounted. */
export const acceptMissingFlag = {
  acceptMissing: toggle("Go on without a file that is gone for good, not just not mounted"),
} as const;

/** `--keep`, for what recovers. */
export const keepFlag = {
  keep: {
    kind: "enum",
    values: recoverySides,
    optional: true,
    brief: "Settle what recovery cannot decide",
  },
} as const;

/** `--metrics`, for what looks at every pair. */
export const metricsFlag = {
  metrics: file("Write metrics for node_exporter there (FILE ends in .prom)"),
} as const;

/** `--lock-timeout`, which every changing command has. */
export const lockTimeoutFlag = {
  lockTimeout: {
    kind: "parsed",
    parse: parseDuration,
    default: "10s",
    placeholder: "TIME",
    brief: "How long to wait for another certswap",
  },
} as const;

/** `--dry-run`, which every changing command has. */
export const dryRunFlag = { dryRun: toggle("Say what would be done, and do nothing") } as const;

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
      [`'${input}' is not a length of time`],
      "Write it as 10s, 2m, 12h or 30d.",
    );
  }
  return milliseconds;
}
