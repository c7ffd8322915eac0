/** Makes the outputs of a pair, and tells those that are already made of it. */
import {
  CertswapError,
  isErrno,
  SecretFileError,
  sha256Hex,
  type System,
} from "../../../system/mod.ts";
import type { SnapshotWithContent } from "../../../transaction/mod.ts";
import { bytesEqual, type Certificate, type PrivateKey } from "../../../x509/mod.ts";
import type { Pkcs12Content } from "../../../protocol/pkcs12/mod.ts";
import type { LoadedPair } from "../read_pair.ts";
import type { OutputRecord } from "../state.ts";
import { requirePairFile } from "../unrelated/mod.ts";
import { makeBundle } from "./bundle.ts";
import { type Piece, piecesOf } from "./contents.ts";
import {
  KeyKindNotHeldError,
  NoTrustAnchorsError,
  OutputHoldsMoreError,
  OutputLockedError,
  OutputNotMadeError,
  OutputPasswordError,
} from "./errors.ts";
import { type OutputFormat, writeOutput } from "./formats.ts";
import { canHold } from "./settings/mod.ts";
import type { Output } from "./spec.ts";

/** What is at the path of an output. */
interface Found {
  readonly old: SnapshotWithContent | undefined;
  /** What the state says of it. */
  readonly record: OutputRecord | undefined;
}

/** The trust anchors that an output may contain. */
interface Trusted {
  /** `undefined`: no file of trust anchors is named. */
  readonly anchors: readonly Certificate[] | undefined;
}

/** What an output is made from, and what is there. */
interface Making extends Found, Trusted {
  readonly next: Pick<LoadedPair, "key" | "leaf" | "chain">;
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
  requireAnchors(output, anchors);
  if (output.isBundle) return await makeBundle(output, { anchors, old, record });
  const pieces = piecesOf(output.contains, next, anchors ?? []);
  if (format === "pkcs12") {
    requireHeld(output, next.key);
    return await makePkcs12(system, output, { pieces, old, record });
  }
  // What certswap wrote there before may be replaced, also if it was changed or has another format.
  if (record === undefined) requireReplaceableOutput(output, old?.content);
  try {
    return { content: await writeOutput(pieces, { kind: format }), record: { path } };
  } catch (cause) {
    throw notMade(path, cause);
  }
}

/**
 * Requires that an output could be written, as far as that does not depend on the pair: nothing else would be
 * lost, and its password can be read.
 *
 * @throws as {@linkcode makeOutput}.
 */
export async function requireDeliverable(
  system: System,
  output: Output,
  { anchors, old, record }: Found & Trusted,
): Promise<void> {
  requireAnchors(output, anchors);
  if (output.format !== "pkcs12") {
    if (record === undefined) requireReplaceableOutput(output, old?.content);
    return;
  }
  const format = await passwordOf(system, output);
  if (old !== undefined && !await isOwn({ old, record })) {
    await openOld(output, { old, record, format });
  }
}

function requireAnchors({ path, contains }: Output, anchors: Trusted["anchors"]): void {
  if (!contains.includes("trust") || anchors !== undefined) return;
  throw new OutputNotMadeError(path, { cause: new NoTrustAnchorsError() });
}

/** @throws OutputNotMadeError */
function requireHeld(
  { path, contains, profile }: Output,
  { algorithm: { kind } }: PrivateKey,
): void {
  if (!contains.includes("key") || canHold(profile, kind)) return;
  throw new OutputNotMadeError(path, { cause: new KeyKindNotHeldError(kind) });
}

/** Whether a file is the one that an earlier change wrote. */
async function isOwn({ old, record }: Found): Promise<boolean> {
  return old !== undefined && record?.content === await old.snapshot.hash();
}

async function makePkcs12(
  system: System,
  output: Output,
  { pieces, old, record }: Found & { readonly pieces: readonly Piece[] },
): Promise<MadeOutput> {
  const { path } = output;
  const made = await digestOf(output, pieces);
  const isKnown = await isOwn({ old, record });
  if (isKnown && old !== undefined && record?.made === made) {
    await requireOpens(system, output, { old, record });
    return { content: old.content, record };
  }
  const format = await passwordOf(system, output);
  const held = old === undefined || isKnown
    ? undefined
    : await openOld(output, { old, record, format });
  if (old !== undefined && held !== undefined && isMadeFrom(held, pieces)) {
    return { content: old.content, record: { path, content: await old.snapshot.hash(), made } };
  }
  try {
    const content = await writeOutput(pieces, format);
    return { content, record: { path, content: await sha256Hex(content), made } };
  } catch (cause) {
    throw notMade(path, cause);
  }
}

/**
 * Requires that the password still opens a file that certswap wrote: a service that is started again could
 * not read it. A user who may not read the password cannot know.
 *
 * @throws OutputPasswordError, OutputLockedError
 */
async function requireOpens(
  system: System,
  output: Output,
  { old, record }: { readonly old: SnapshotWithContent; readonly record: OutputRecord },
): Promise<void> {
  let format: Pkcs12Format;
  try {
    format = await passwordOf(system, output);
  } catch (error) {
    if (error instanceof OutputPasswordError && isErrno(error.cause, "EACCES")) return;
    throw error;
  }
  await openOld(output, { old, record, format });
}

type Pkcs12Format = OutputFormat & { readonly kind: "pkcs12" };

async function passwordOf(system: System, output: Output): Promise<Pkcs12Format> {
  const { path, passwordFile, profile, friendlyName } = output;
  if (passwordFile === undefined) throw new TypeError("PKCS#12 without a password file");
  const { readPasswordFile } = await import("../../pkcs12/mod.ts");
  try {
    const password = await readPasswordFile(system, passwordFile);
    // With an empty password, the key would be as good as in the clear.
    if (password.length === 0) {
      const place = { path: passwordFile, kind: "password" } as const;
      throw new SecretFileError(place, { reason: "empty" });
    }
    return { kind: "pkcs12", password, profile, friendlyName };
  } catch (cause) {
    throw cause instanceof CertswapError ? new OutputPasswordError(path, { cause }) : cause;
  }
}

/** Whether a PKCS#12 file holds exactly this pair. */
function isMadeFrom(held: Pkcs12Content, pieces: readonly Piece[]): boolean {
  const key = pieces.find(({ kind }) => kind === "key");
  const certificates = pieces.filter(({ kind }) => kind !== "key");
  return key !== undefined && bytesEqual(held.key.pkcs8, key.der) &&
    areAllAmong(held.certificates, certificates) && areAllAmong(certificates, held.certificates);
}

type Encoded = Pick<Piece, "der">;

function areAllAmong(some: readonly Encoded[], others: readonly Encoded[]): boolean {
  return some.every(({ der }) => others.some((other) => bytesEqual(other.der, der)));
}

/**
 * Opens a PKCS#12 file that is not known from the state. One that cannot be opened is not replaced: it may
 * hold other keys.
 *
 * @returns `undefined` for a file that may be replaced: it is damaged, or holds no key.
 */
async function openOld(
  { path, passwordFile = "" }: Output,
  { old, record, format }: {
    readonly old: SnapshotWithContent;
    readonly record: OutputRecord | undefined;
    readonly format: Pkcs12Format;
  },
): Promise<Pkcs12Content | undefined> {
  if (record === undefined) requireReplaceableOutput({ path, format: "pkcs12" }, old.content);
  // Otherwise it is blank, or one in PEM.
  if (!isPkcs12(old.content)) return undefined;
  const { readPkcs12 } = await import("../../pkcs12/mod.ts");
  try {
    return await readPkcs12(new Uint8Array(old.content), format.password);
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
        return undefined;
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
  if (content !== undefined && format === "pkcs12" && isPkcs12(content)) return;
  // ITU-T X.690 8.1.2: a SEQUENCE, with which every certificate and key begins.
  if (content?.[0] === 0x30 && format === "der" && !isPkcs12(content)) return;
  requirePairFile(path, "output", content);
}

/** Whether a file begins like PKCS#12: a SEQUENCE, and in it the version 3 (RFC 7292 4). */
function isPkcs12(content: Uint8Array): boolean {
  const [sequence, length = 0] = content;
  // ITU-T X.690 8.1.3.5: the long form says how many octets of the length follow.
  const begin = 2 + (length < 0x80 ? 0 : length & 0x7f);
  const [integer, size, version] = content.subarray(begin);
  return sequence === 0x30 && integer === 0x02 && size === 1 && version === 3;
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
