/** The request of a renewal: created once, and kept until a certificate for it exists. */
import { joined, type System } from "../../../system/mod.ts";
import { type Entry, type SnapshotWithContent, takeSnapshot } from "../../../transaction/mod.ts";
import {
  type Bytes,
  bytesEqual,
  type CertificationRequest,
  copiedExtension,
  createRequest,
  encodePem,
  extensionOid,
  type KeyKind,
  type KeySource,
  kindOf,
  type PrivateKey,
  privateKeyFileLimit,
  proveKeyBelongs,
  readPrivateKeyFile,
  readRequest,
  readRequestFile,
  type RequestFields,
  requestFileLimit,
} from "../../../x509/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import {
  type ActivePair,
  concerning,
  drop,
  firstAttributes,
  type Pair,
  put,
  requireOwnKey,
  requireSoleName,
  type SoundPair,
} from "../../pair/mod.ts";
import { wantedFields } from "../decide/mod.ts";
import { IdentityUnknownError } from "../errors.ts";
import { dropAnswer } from "./kept_answer.ts";

/** A request, with its key. */
export interface PreparedRequest {
  readonly request: CertificationRequest;
  /** PEM. */
  readonly requestContent: Uint8Array;
  /** PEM. Secret. */
  readonly keyContent: Uint8Array;
  /** The entries that make it durable. None if it is already on the disk. */
  readonly entries: readonly Entry[];
}

/** What a request contains, and which key it is for. */
export type RequestRules = Pick<PairConfiguration, "identity" | "keyAlgorithm" | "keyPolicy">;

/** What a request is made from. */
interface RequestSources extends RequestRules {
  /** DER Extensions that the issuer wants. */
  readonly extensions: readonly Bytes[];
  readonly active: ActivePair;
  readonly keys: KeySource;
}

/**
 * The request on the disk, if it still matches the configuration, or a new one.
 *
 * @throws IdentityUnknownError, KeyNotOwnError; UnusableFileError if a key that should be kept is not
 *   usable.
 */
export async function prepareRequest(
  system: System,
  pair: Pair,
  sources: RequestSources,
): Promise<PreparedRequest> {
  const { identity, keyAlgorithm, keyPolicy, active, extensions } = sources;
  const wanted = wantedFields(identity, active);
  if (wanted === undefined) throw new IdentityUnknownError(pair.active.certificate);
  const fields = { ...wanted, extensions };
  const stored = {
    key: await takeSnapshot(system.files, pair.requested.key, privateKeyFileLimit),
    request: await takeSnapshot(system.files, pair.requested.request, requestFileLimit),
  };
  // Only the key of a usable pair is kept.
  const kept = keyPolicy === "keep" && active.condition === "sound" ? active : undefined;
  // Checked before an issuer is asked for a pair that could not be swapped in.
  if (kept) requireOwnKey(system.files, pair);
  else requireSoleName(system.files, pair);
  const key = kept ? kept.stored.key : stored.key;
  const resumed = key && stored.request && await resume(fields, { key, request: stored.request });
  if (resumed && (kept || isOfKind(resumed, keyAlgorithm))) return resumed;
  const made = kept
    ? await makeForKeptKey(pair, fields, { kept, keys: sources.keys })
    : await makeWithNewKey(fields, sources);
  return {
    ...made,
    entries: [
      ...(kept ? drop(pair.requested.key, stored.key) : put(pair.requested.key, {
        content: made.keyContent,
        old: stored.key,
        first: firstAttributes(system, pair, "requestedKey"),
      })),
      ...put(pair.requested.request, {
        content: made.requestContent,
        old: stored.request,
        first: firstAttributes(system, pair, "request"),
      }),
    ],
  };
}

/** The entries that remove a request, its key and its answer. */
export async function dropRequest(system: System, pair: Pair): Promise<Entry[]> {
  const { key, request } = pair.requested;
  return [
    ...drop(key, await takeSnapshot(system.files, key, privateKeyFileLimit)),
    ...drop(request, await takeSnapshot(system.files, request, requestFileLimit)),
    ...await dropAnswer(system, pair),
  ];
}

async function resume(
  { subject, alternativeNames, extensions = [] }: RequestFields,
  stored: { readonly key: SnapshotWithContent; readonly request: SnapshotWithContent },
): Promise<PreparedRequest | undefined> {
  let request: CertificationRequest;
  let key: PrivateKey;
  try {
    request = readRequestFile(stored.request.content);
    key = readPrivateKeyFile(stored.key.content);
    if (!await proveKeyBelongs(key, request)) return undefined;
  } catch {
    // Only certswap writes these files. What cannot be read is made again.
    return undefined;
  }
  const isWanted = bytesEqual(request.subject.der, subject) &&
    bytesEqual(request.alternativeNames ?? nothing, alternativeNames ?? nothing) &&
    bytesEqual(furtherExtensions(request), joined(extensions));
  if (!isWanted) return undefined;
  const { content: requestContent } = stored.request;
  return { request, requestContent, keyContent: stored.key.content, entries: [] };
}

/** Those besides the alternative names, as a request has them. */
function furtherExtensions({ extensions }: CertificationRequest): Uint8Array {
  return joined(
    extensions.filter(({ oid }) => oid !== extensionOid.subjectAltName).map(copiedExtension),
  );
}

const nothing = new Uint8Array();

function isOfKind({ request }: PreparedRequest, kind: KeyKind): boolean {
  return kindOf(request.subjectPublicKeyInfo.algorithm) === kind;
}

type MadeRequest = Omit<PreparedRequest, "entries">;

interface KeptKey {
  readonly kept: SoundPair;
  readonly keys: KeySource;
}

async function makeForKeptKey(
  pair: Pair,
  fields: RequestFields,
  { kept: { loaded }, keys }: KeptKey,
): Promise<MadeRequest> {
  try {
    const signer = await keys.load(loaded.key, loaded.leaf.subjectPublicKeyInfo);
    return { ...toFile(await createRequest(fields, signer)), keyContent: loaded.keyContent };
  } catch (error) {
    throw concerning(pair.active.key, "key", error);
  }
}

async function makeWithNewKey(
  fields: RequestFields,
  { keyAlgorithm, keys }: RequestSources,
): Promise<MadeRequest> {
  const key = await keys.generate(keyAlgorithm);
  return {
    ...toFile(await createRequest(fields, key)),
    keyContent: encodePem("PRIVATE KEY", key.pkcs8),
  };
}

function toFile(
  der: Uint8Array<ArrayBuffer>,
): Pick<PreparedRequest, "request" | "requestContent"> {
  return {
    request: readRequest(der),
    requestContent: encodePem("CERTIFICATE REQUEST", der),
  };
}
