/** Checks of requests: form, key, signature and names, and that none is for the CA itself. */
import {
  CertswapError,
  type FileSystem,
  FileTooLargeError,
  readGivenFile,
} from "../../system/mod.ts";
import { isReadableType, valueTags } from "../../x509/name/attribute_types.ts";
import { bytesEqual } from "../../x509/encoding/bytes.ts";
import { BadDerError, TruncatedDerError } from "../../x509/errors.ts";
import { formatGeneralName, type GeneralName } from "../../x509/name/general_name.ts";
import { formatName, type NameAttribute, namesEqual } from "../../x509/name/name.ts";
import { nameOfOid } from "../../x509/encoding/oids.ts";
import {
  type CertificationRequest,
  readRequestFile,
  requestFileLimit,
} from "../../x509/read/request.ts";
import { judgeSignature, type Verdict } from "../../x509/verify/signature.ts";
import type { KeyKindFor } from "../../x509/key/kinds.ts";
import { uncompressed } from "../../x509/key/web_crypto.ts";
import { keyTypeOf, type Root } from "./authority.ts";
import {
  RequestKeyUnsupportedError,
  RequestRefusedError,
  RequestSignatureError,
  RequestsRefusedError,
  RequestUnreadableError,
} from "../errors.ts";
import { mapConcurrently } from "./concurrency.ts";

/** A request that proves its key, and asks for what a CA signs. */
export interface CheckedRequest {
  /** The path it was read from. */
  readonly file: string;
  readonly request: CertificationRequest;
  readonly keyType: KeyKindFor<"ca">;
}

/**
 * Reads a request and makes every check that needs no CA: its form, its key, its signature, its names.
 *
 * @throws RequestError; FileSystemError, WrongFileKindError where the file cannot be read.
 */
async function checkRequestFile(files: FileSystem, file: string): Promise<CheckedRequest> {
  const request = await withFullPoint(await readRequestAt(files, file), file);
  const keyType = keyTypeOf(request.subjectPublicKeyInfo);
  if (keyType === undefined) throw new RequestKeyUnsupportedError(file);
  await requireSignature(request, file);
  requireNames(request, file);
  const [critical] = request.unknownCriticalExtensions;
  if (critical !== undefined) {
    throw new RequestRefusedError(file, { reason: "critical-extension", detail: critical });
  }
  return { file, request, keyType };
}

/**
 * The request with both coordinates of an EC key in its public key. OpenSSL takes a compressed point (SEC 1
 * 2.3.3) in a request; of the peers that a certificate is for, Go and Java do not.
 *
 * @throws RequestKeyUnsupportedError if no point of the curve has that coordinate.
 */
async function withFullPoint(
  request: CertificationRequest,
  file: string,
): Promise<CertificationRequest> {
  const key = await uncompressed(request.subjectPublicKeyInfo);
  if (key === undefined) throw new RequestKeyUnsupportedError(file);
  return { ...request, subjectPublicKeyInfo: key };
}

/**
 * Makes the checks that need the CA: nobody else gets its name or a certificate for its key.
 *
 * @throws RequestRefusedError
 */
function requireStranger({ request, file }: CheckedRequest, { certificate }: Root): void {
  const { subject, subjectPublicKeyInfo: key } = certificate;
  if (namesEqual(request.subject, subject)) {
    throw new RequestRefusedError(file, { reason: "own-name", detail: formatName(subject) });
  }
  if (bytesEqual(request.subjectPublicKeyInfo.bytes, key.bytes)) {
    throw new RequestRefusedError(file, { reason: "own-key" });
  }
}

async function readRequestAt(files: FileSystem, file: string): Promise<CertificationRequest> {
  try {
    return readRequestFile((await readGivenFile(files, file, requestFileLimit)).content);
  } catch (cause) {
    const isUnreadable = isAboutContent(cause) || cause instanceof FileTooLargeError;
    throw isUnreadable ? new RequestUnreadableError(file, { cause }) : cause;
  }
}

/** Whether what was thrown says that bytes are no request, and not that they could not be read. */
function isAboutContent(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && contentErrors.has(code);
}

const contentErrors: ReadonlySet<string> = new Set([
  "not-pem",
  "bad-pem",
  "pem-too-large",
  "too-many-pem-blocks",
  "encrypted-private-key",
  "bad-request",
  "bad-der",
  "truncated-der",
]);

async function requireSignature(request: CertificationRequest, file: string): Promise<void> {
  const verdict = await judge(request);
  if (verdict.is === "good") return;
  // The bytes are those of a key's form, and no key: a point off its curve, an even modulus.
  if (verdict.is === "unusable-key") throw new RequestKeyUnsupportedError(file);
  if (verdict.is === "bad") throw new RequestSignatureError(file, { reason: "mismatch" });
  const algorithm = nameOfOid(request.signatureAlgorithm.oid);
  const reason = /md[245]|sha-?1(?!\d)/i.test(algorithm) ? "broken-hash" : "unknown-algorithm";
  throw new RequestSignatureError(file, { reason, algorithm });
}

async function judge(request: CertificationRequest): Promise<Verdict> {
  try {
    return await judgeSignature(request, request.subjectPublicKeyInfo);
  } catch (error) {
    // The parameters of its algorithm are malformed.
    if (error instanceof BadDerError || error instanceof TruncatedDerError) {
      return { is: "refused" };
    }
    throw error;
  }
}

function requireNames(request: CertificationRequest, file: string): void {
  if (request.subject.relativeNames.length === 0 && request.subjectAltName.length === 0) {
    throw new RequestRefusedError(file, { reason: "no-name" });
  }
  for (const attribute of request.subject.relativeNames.flat()) {
    const reason = objectionToAttribute(attribute);
    if (reason === undefined) continue;
    const detail = formatName({ der: attribute.der, relativeNames: [[attribute]] });
    throw new RequestRefusedError(file, { reason, detail });
  }
  for (const name of request.subjectAltName) {
    const reason = objectionTo(name);
    if (reason === undefined) continue;
    const detail = reason === "name-kind" ? name.kind : formatGeneralName(name);
    throw new RequestRefusedError(file, { reason, detail });
  }
}

/** OpenSSL reads no certificate with the first in its subject, GnuTLS none with one of the others. */
function objectionToAttribute(
  { type, text, tag }: NameAttribute,
): RequestRefusedError["reason"] | undefined {
  if (!valueTags.has(tag)) return "name-type";
  if (text === "") return "name-value-empty";
  return isReadableType(type) ? undefined : "name-attribute-type";
}

function objectionTo(name: GeneralName): RequestRefusedError["reason"] | undefined {
  if (name.kind === "ip") return undefined;
  if (!("text" in name)) return "name-kind";
  if (name.text === "") return "name-empty";
  // RFC 5280 4.2.1.6: none of the three may hold any. Readers that stop at a NUL see another name.
  // deno-lint-ignore no-control-regex
  return /[\x00-\x1f\x7f]/.test(name.text) ? "name-control-character" : undefined;
}

/** What is done with a bad request among others: none is signed then, or all but the bad ones. */
export interface BadRequestPolicy {
  /** Paths of all requests. */
  readonly requests: readonly string[];
  readonly onBadRequest: "stop" | "skip";
}

/** Requests, told apart. At least one is good. */
export interface CheckedRequests {
  readonly good: readonly CheckedRequest[];
  /** What is wrong with each of the others. */
  readonly bad: readonly CertswapError[];
}

/**
 * Reads requests and makes every check that needs no CA.
 *
 * @param onDone is told how many are done.
 * @throws the error of the request where there is one alone, RequestsRefusedError where there are several.
 */
export async function checkRequestFiles(
  files: FileSystem,
  policy: BadRequestPolicy,
  onDone?: (done: number) => void,
): Promise<CheckedRequests> {
  const results = await mapConcurrently(
    policy.requests,
    (file) => orError(() => checkRequestFile(files, file)),
    onDone,
  );
  return divide(results, [], policy);
}

/**
 * Makes the checks that need the CA on those that were good so far.
 *
 * @throws as {@linkcode checkRequestFiles}.
 */
export async function checkAgainstRoot(
  { good, bad }: CheckedRequests,
  root: Root,
  policy: BadRequestPolicy,
): Promise<CheckedRequests> {
  const results = await Promise.all(good.map((request) =>
    orError(() => {
      requireStranger(request, root);
      return request;
    })
  ));
  return divide(results, bad, policy);
}

/** What `check` gives, or the error that it throws on purpose. */
async function orError<T>(check: () => Promise<T> | T): Promise<T | CertswapError> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof CertswapError) return error;
    throw error;
  }
}

function divide(
  results: readonly (CheckedRequest | CertswapError)[],
  badBefore: readonly CertswapError[],
  { requests, onBadRequest }: BadRequestPolicy,
): CheckedRequests {
  const bad = [...badBefore, ...results.filter((result) => result instanceof CertswapError)];
  const good = results.filter((result): result is CheckedRequest =>
    !(result instanceof CertswapError)
  );
  if (good.length === 0 || (bad.length > 0 && onBadRequest === "stop")) {
    const [only] = bad;
    throw requests.length === 1 && only ? only : new RequestsRefusedError(requests.length, bad);
  }
  return { good, bad };
}
