/** Makes the outputs of a pair, and tells those that are already made of it. */
import { CertswapError, sha256Hex, type System } from "../../../system/mod.ts";
import type { SnapshotWithContent } from "../../../transaction/mod.ts";
import { bytesEqual, type Certificate } from "../../../x509/mod.ts";
import type { LoadedPair } from "../read_pair.ts";
import type { OutputRecord } from "../state.ts";
import { requirePairFile } from "../unrelated/mod.ts";
import { type Piece, piecesOf } from "./contents.ts";
import {
  OutputHoldsMoreError,
  OutputLockedError,
  OutputNotMadeError,
  OutputPasswordError,
} from "./errors.ts";
import { type OutputFormat, writeOutput } from "./formats.ts";
import type { Output } from "./spec.ts";

/** What an output is made from, and what is there. */
interface Making {
  readonly next: Pick<LoadedPair, "key" | "leaf" | "chain">;
  readonly anchors: readonly Certificate[];
  /** The file at its path. */
  readonly old: SnapshotWithContent | undefined;
  /** What the state says of it. */
  readonly record: OutputRecord | undefined;
}

/** The content that an output must have. */
export interface MadeOutput {
  /** The content of `old`, if that is already made from this pair. */
  readonly content: Uint8Array;
  /** For the state. */
  readonly record: OutputRecord;
}

/**
 * Makes an output. A file that is already made from this pair stays: a PKCS#12 file has random salts, so its
 * digest in the state tells, or else its content.
 *
 * @throws UnrelatedFileError, OutputHoldsMoreError, OutputLockedError if another file would be lost.
 * @throws OutputPasswordError, OutputNotMadeError
 */
export async function makeOutput(
  system: System,
  output: Output,
  { next, anchors, old, record }: Making,
): Promise<MadeOutput> {
  const { path, format } = output;
  const pieces = piecesOf(output.contains, next, anchors);
  if (format === "pkcs12") return await makePkcs12(system, output, { pieces, old, record });
  requireReplaceableOutput(output, old?.content);
  try {
    return { content: await writeOutput(pieces, { kind: format }), record: { path } };
  } catch (cause) {
    throw notMade(path, cause);
  }
}

async function makePkcs12(
  system: System,
  output: Output,
  { pieces, old, record }: Pick<Making, "old" | "record"> & { readonly pieces: readonly Piece[] },
): Promise<MadeOutput> {
  const { path } = output;
  const made = await digestOf(output, pieces);
  const isOwn = old !== undefined && record?.content === old.snapshot.hash;
  if (isOwn && record.made === made) return { content: old.content, record };
  const format = await passwordOf(system, output);
  if (old !== undefined && !isOwn && await isMadeFrom(output, { old, format, pieces })) {
    return { content: old.content, record: { path, content: old.snapshot.hash, made } };
  }
  try {
    const content = await writeOutput(pieces, format);
    return { content, record: { path, content: await sha256Hex(content), made } };
  } catch (cause) {
    throw notMade(path, cause);
  }
}

type Pkcs12Format = OutputFormat & { readonly kind: "pkcs12" };

async function passwordOf(system: System, output: Output): Promise<Pkcs12Format> {
  const { path, passwordFile, profile, friendlyName } = output;
  if (passwordFile === undefined) throw new TypeError("PKCS#12 without a password file");
  const { readPasswordFile } = await import("../../pkcs12/mod.ts");
  try {
    const password = await readPasswordFile(system, passwordFile);
    return { kind: "pkcs12", password, profile, friendlyName };
  } catch (cause) {
    throw cause instanceof CertswapError ? new OutputPasswordError(path, { cause }) : cause;
  }
}

/**
 * Whether a PKCS#12 file that is not known from the state holds exactly this pair. One that cannot be opened
 * is not replaced: it may hold other keys. One that is damaged is.
 */
async function isMadeFrom(
  { path, passwordFile = "" }: Output,
  { old, format, pieces }: {
    readonly old: SnapshotWithContent;
    readonly format: Pkcs12Format;
    readonly pieces: readonly Piece[];
  },
): Promise<boolean> {
  requireReplaceableOutput({ path, format: "pkcs12" }, old.content);
  const { readPkcs12 } = await import("../../pkcs12/mod.ts");
  try {
    const held = await readPkcs12(new Uint8Array(old.content), format.password);
    const [key] = pieces.filter(({ kind }) => kind === "key");
    const certificates = pieces.filter(({ kind }) => kind !== "key");
    return key !== undefined && bytesEqual(held.key.pkcs8, key.der) &&
      held.certificates.length === certificates.length &&
      certificates.every(({ der }) => held.certificates.some((bag) => bytesEqual(bag.der, der)));
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    switch (error.code) {
      case "pkcs12-wrong-password":
        throw new OutputLockedError(path, passwordFile);
      case "pkcs12-several-keys":
        throw new OutputHoldsMoreError(path);
      case "pkcs12-without-key":
      case "truncated-der":
      case "bad-der":
      case "bad-pkcs12":
        return false;
      default:
        throw notMade(path, error);
    }
  }
}

/**
 * Requires that a file at the path of an output is one, as far as its first bytes tell.
 *
 * @param content `undefined`: there is no file.
 * @throws UnrelatedFileError
 */
export function requireReplaceableOutput(
  { path, format }: Pick<Output, "path" | "format">,
  content: Uint8Array | undefined,
): void {
  // ITU-T X.690 8.1.2: a SEQUENCE, with which every certificate, key and PKCS#12 file begins.
  const isDer = content?.[0] === 0x30;
  if (format !== "pem" && isDer) return;
  requirePairFile(path, "output", content);
}

/**
 * Identifies what a PKCS#12 file is made from. The key counts by its certificate, which it matches; the
 * password does not count.
 */
async function digestOf(output: Output, pieces: readonly Piece[]): Promise<string> {
  const { contains, profile, friendlyName = null } = output;
  const terms = new TextEncoder().encode(JSON.stringify([contains, profile, friendlyName]));
  const certificates = pieces.flatMap(({ kind, der }) => kind === "key" ? [] : [der]);
  const digests = await Promise.all([terms, ...certificates].map((bytes) => sha256Hex(bytes)));
  return await sha256Hex(new TextEncoder().encode(digests.join(" ")));
}

function notMade(path: string, cause: unknown): unknown {
  return cause instanceof CertswapError ? new OutputNotMadeError(path, { cause }) : cause;
}
