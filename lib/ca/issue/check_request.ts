/** Checks requests: form, key, signature and names, and that none asks for the CA's own identity. */
import {
  CertswapError,
  type FileSystem,
  FileTooLargeError,
  readGivenFile,
  withUse,
} from "../../system/mod.ts";
import {
  BadDerError,
  bytesEqual,
  type CertificationRequest,
  commonNamesOf,
  formatGeneralName,
  formatName,
  type GeneralName,
  isReadableType,
  judgeSignature,
  mayNameService,
  type NameAttribute,
  nameOfOid,
  namesEqual,
  parseIpAddress,
  readRequestFile,
  requestFileLimit,
  TruncatedDerError,
  uncompressed,
  valueTags,
  type Verdict,
} from "../../x509/mod.ts";
import { isSupportedKey, type Root } from "./authority.ts";
import {
  RequestKeyUnsupportedError,
  RequestRefusedError,
  RequestSignatureError,
  RequestsRefusedError,
  RequestUnreadableError,
} from "../request_errors.ts";
import { constrainingAuthorities, type Hierarchy } from "./chain.ts";
import { type GivenNames, withGivenNames } from "./given_names.ts";
import { mapConcurrently } from "./concurrency.ts";
import type { Profile } from "../settings/mod.ts";

/** A request that passed the checks. */
export interface CheckedRequest {
  /** The path it was read from, or what it is called in errors. */
  readonly file: string;
  readonly request: CertificationRequest;
  /** Who asks, if not the requester of the whole command. For the details. */
  readonly requestedBy?: string;
}

/**
 * Reads a request and makes all checks that do not need the CA: form, key, signature and names.
 *
 * @throws RequestError; FileSystemError, WrongFileKindError if the file cannot be read.
 */
async function checkRequestFile(
  files: FileSystem,
  file: string,
  names: GivenNames | undefined,
): Promise<CheckedRequest> {
  return await checkRequest(await readRequestAt(files, file), file, names);
}

/**
 * Makes all checks of a request that do not need the CA: key, signature and names.
 *
 * @param file what it is called in errors.
 * @throws RequestError
 */
export async function checkRequest(
  read: CertificationRequest,
  file: string,
  names?: GivenNames,
): Promise<CheckedRequest> {
  const asked = await withFullPoint(read, file);
  if (!isSupportedKey(asked.subjectPublicKeyInfo, "leaf")) {
    throw new RequestKeyUnsupportedError(file);
  }
  await requireSignature(asked, file);
  const request = names === undefined ? asked : withGivenNames(asked, file, names);
  requireNames(request, file);
  const [critical] = request.unknownCriticalExtensions;
  if (critical !== undefined) {
    throw new RequestRefusedError(file, { reason: "critical-extension", detail: critical });
  }
  return { file, request };
}

/**
 * The request with its EC public key as an uncompressed point. OpenSSL accepts compressed points (SEC 1
 * 2.3.3) in requests, but Go and Java reject them in certificates.
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
 * Makes the checks that need the CA: a request must not have the CA's name or key.
 *
 * @throws RequestRefusedError
 */
function refuseOwnIdentity({ request, file }: CheckedRequest, { certificate }: Root): void {
  const { subject, subjectPublicKeyInfo: key } = certificate;
  if (namesEqual(request.subject, subject)) {
    throw new RequestRefusedError(file, { reason: "own-name", detail: formatName(subject) });
  }
  if (bytesEqual(request.subjectPublicKeyInfo.bytes, key.bytes)) {
    throw new RequestRefusedError(file, { reason: "own-key" });
  }
}

/**
 * Checks that a request can become the certificate of a CA.
 *
 * @throws RequestKeyUnsupportedError, RequestRefusedError
 */
function requireCaRequest({ request, file }: CheckedRequest): void {
  if (!isSupportedKey(request.subjectPublicKeyInfo, "ca")) {
    throw new RequestKeyUnsupportedError(file, "ca");
  }
  // RFC 5280 4.1.2.6
  if (request.subject.relativeNames.length === 0) {
    throw new RequestRefusedError(file, { reason: "no-subject" });
  }
}

/**
 * What checks that a request has only names that the name constraints of the CA, and of those above it,
 * permit: clients would refuse the certificate. The code for it is loaded if there are any.
 *
 * @param profile for a CA, its common name is not the name of a server, to OpenSSL and GnuTLS either.
 */
async function nameConstraintCheck(
  hierarchy: Hierarchy,
  profile: Profile,
): Promise<(checked: CheckedRequest) => void> {
  const authorities = constrainingAuthorities(hierarchy);
  if (authorities.length === 0) return () => {};
  const { findConstrainedName } = await import("../../x509/verify/name_constraints.ts");
  return ({ request, file }) => {
    const names = profile.ca === undefined ? withCommonNames(request) : request;
    const found = findConstrainedName(names, authorities);
    if (found === undefined) return;
    throw new RequestRefusedError(file, { reason: "name-constraint", detail: found.constrained });
  };
}

/**
 * The names of a request, with the common names that software may take for DNS names. OpenSSL does not apply
 * name constraints to all of those that it accepts as the name of a server, such as `w*.example`.
 */
function withCommonNames(
  { subject, subjectAltName }: CertificationRequest,
): Pick<CertificationRequest, "subject" | "subjectAltName"> {
  const hasDnsName = subjectAltName.some(({ kind }) => kind === "dns");
  const more = commonNamesOf(subject)
    .filter((text) =>
      mayNameService(text, { hasDnsName }) && !text.includes("@") &&
      parseIpAddress(text) === undefined
    )
    .map((text): GeneralName => ({ kind: "dns", text }));
  return { subject, subjectAltName: [...subjectAltName, ...more] };
}

async function readRequestAt(files: FileSystem, file: string): Promise<CertificationRequest> {
  try {
    return readRequestFile((await readGivenFile(files, file, requestFileLimit)).content);
  } catch (cause) {
    const isUnreadable = isAboutContent(cause) || cause instanceof FileTooLargeError;
    throw isUnreadable ? new RequestUnreadableError(file, { cause }) : withUse(cause, "request");
  }
}

/** Whether an error is about the content of the file, rather than about reading it. */
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
  // Well formed but invalid: a point that is not on its curve, an even modulus.
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
  if (!isShortEnough(formatName(request.subject))) {
    throw new RequestRefusedError(file, { reason: "subject-too-long" });
  }
  for (const attribute of request.subject.relativeNames.flat()) {
    const reason = reasonToRefuseAttribute(attribute);
    if (reason === undefined) continue;
    const detail = formatName({ der: attribute.der, relativeNames: [[attribute]] });
    throw new RequestRefusedError(file, { reason, detail });
  }
  for (const name of request.subjectAltName) {
    const reason = reasonToRefuseName(name);
    if (reason === undefined) continue;
    throw new RequestRefusedError(file, { reason, detail: shownName(name, reason) });
  }
}

/** What a refusal says about a name: a name that is too long fills no screen. */
function shownName(name: GeneralName, reason: RequestRefusedError["reason"]): string {
  if (reason === "name-kind") return name.kind;
  const text = formatGeneralName(name);
  return reason === "name-too-long" ? `${text.slice(0, 60)}...` : text;
}

/**
 * The longest subject and alternative name, in bytes of UTF-8. A row of an index of PostgreSQL has at most
 * 2704 bytes, and every store takes the same requests.
 */
const longestName = 2000;

function isShortEnough(text: string): boolean {
  return new TextEncoder().encode(text).length <= longestName;
}

/** Why TLS libraries reject a subject: OpenSSL for the first reason, GnuTLS for the others. */
function reasonToRefuseAttribute(
  { type, text, tag }: NameAttribute,
): RequestRefusedError["reason"] | undefined {
  if (!valueTags.has(tag)) return "name-type";
  if (text === "") return "name-value-empty";
  return isReadableType(type) ? undefined : "name-attribute-type";
}

function reasonToRefuseName(name: GeneralName): RequestRefusedError["reason"] | undefined {
  if (name.kind === "ip") return undefined;
  if (!("text" in name)) return "name-kind";
  if (name.text === "") return "name-empty";
  if (!isShortEnough(formatGeneralName(name))) return "name-too-long";
  // RFC 5280 4.2.1.6 allows no control characters here. Software that stops at a NUL sees a different name.
  // deno-lint-ignore no-control-regex
  return /[\x00-\x1f\x7f]/.test(name.text) ? "name-control-character" : undefined;
}

/** What to do if some requests are bad: sign none, or skip the bad ones. */
export interface BadRequestPolicy {
  /** Paths of all requests. */
  readonly requests: readonly string[];
  readonly onBadRequest: "stop" | "skip";
  /** Names for the certificates instead of those in the requests. */
  readonly names?: GivenNames | undefined;
}

/** The result of checking several requests. At least one is good. */
export interface CheckedRequests {
  readonly good: readonly CheckedRequest[];
  /** One error for each bad request. */
  readonly bad: readonly CertswapError[];
}

/**
 * Reads requests and makes all checks that do not need the CA.
 *
 * @param onDone is called with the number of requests checked so far.
 * @throws the error of the request if there is only one, RequestsRefusedError if there are several.
 */
export async function checkRequestFiles(
  files: FileSystem,
  policy: BadRequestPolicy,
  onDone?: (done: number) => void,
): Promise<CheckedRequests> {
  const results = await mapConcurrently(
    policy.requests,
    (file) => orError(() => checkRequestFile(files, file, policy.names)),
    onDone,
  );
  return divide(results, [], policy);
}

/**
 * Makes the checks that need the CA, on the requests that are good so far.
 *
 * @throws as {@linkcode checkRequestFiles}.
 */
export async function checkAgainstCa(
  checked: CheckedRequests,
  { hierarchy, profile }: { readonly hierarchy: Hierarchy; readonly profile: Profile },
  policy: BadRequestPolicy,
): Promise<CheckedRequests> {
  const requirePermitted = await nameConstraintCheck(hierarchy, profile);
  return await checkFurther(checked, policy, (request) => {
    refuseOwnIdentity(request, hierarchy.root);
    if (profile.ca !== undefined) requireCaRequest(request);
    requirePermitted(request);
    return request;
  });
}

/**
 * Makes a check on the requests that are good so far.
 *
 * @param check returns what to sign, or throws a CertswapError. Gets its index among the good ones.
 * @throws as {@linkcode checkRequestFiles}.
 */
export async function checkFurther(
  { good, bad }: CheckedRequests,
  policy: BadRequestPolicy,
  check: (request: CheckedRequest, index: number) => CheckedRequest,
): Promise<CheckedRequests> {
  const results = await Promise.all(
    good.map((request, index) => orError(() => check(request, index))),
  );
  return divide(results, bad, policy);
}

/** The result of `check`, or the CertswapError that it throws. */
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
