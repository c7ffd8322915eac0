import type { FileSystem, System } from "../system/mod.ts";
import { CertswapError, join } from "../system/mod.ts";
import type { CreateEntry, ReplaceEntry } from "../transaction/mod.ts";
import { readCertificate } from "../x509/certificate.ts";
import { type Authority, issueLeaf } from "../x509/issue_certificate.ts";
import { keyIdentifierOf } from "../x509/key_identifier.ts";
import { formatName } from "../x509/name.ts";
import { writePem } from "../x509/pem.ts";
import {
  currentSecond,
  loadAuthority,
  readLastCrl,
  readRoot,
  requireOwnSignature,
  requireUsableTime,
  type Root,
} from "./authority.ts";
import {
  type CaOptions,
  type ChangeReport,
  type LockedCa,
  ownAttributes,
  requirePossibleCa,
  withCa,
} from "./ca.ts";
import { type CheckedRequest, checkRequestFile, requireStranger } from "./check_request.ts";
import { mapConcurrently } from "./concurrency.ts";
import { advance, type Counter, readCounter } from "./counter.ts";
import { certificatePath } from "./data_directory.ts";
import {
  NoRequestsError,
  RequestsRefusedError,
  TooManyRequestsError,
  ValidityCutWarning,
} from "./errors.ts";
import { appendToIndex, type IndexEntry } from "./index_file.ts";
import { type Issued, readIssued, requireCounterAbove } from "./issued.ts";
import { formatSerial } from "./serial.ts";
import { formatTime } from "./time.ts";

/** What is to be signed, and how. */
export interface SignOptions extends CaOptions {
  /** Paths of requests. */
  readonly requests: readonly string[];
  /** Days, of 86,400 seconds. */
  readonly validity: number;
  /** What becomes of the others where one is bad: none is signed, or all but the bad ones. */
  readonly onBadRequest: "stop" | "skip";
  /** Is told how many of the requests are checked, and then how many are signed. */
  readonly onProgress?: (step: "checked" | "signed", done: number) => void;
}

/** A certificate just issued. */
export interface IssuedCertificate {
  /** The path of its request. */
  readonly request: string;
  readonly serial: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly notAfter: Date;
  /** Its file, in the data directory as the caller wrote it. */
  readonly path: string;
}

/** What `ca sign` did. */
export interface SignReport extends ChangeReport {
  readonly issued: readonly IssuedCertificate[];
  /** The requests left out, with what is wrong with each. */
  readonly skipped: readonly CertswapError[];
}

/** The most requests that are signed at once: what the journal of one transaction holds. */
const requestLimit = 10_000;

/** The requests (`*.csr`) in a directory, sorted by name. @throws NoRequestsError, FileSystemError */
export function findRequests(files: FileSystem, directory: string): string[] {
  const names = files.readDirectory(directory).filter((name) => /^[^.].*\.csr$/.test(name));
  if (names.length === 0) throw new NoRequestsError(directory);
  return names.map((name) => join(directory, name));
}

/**
 * Signs requests: all are checked first, then all certificates are issued in one transaction.
 *
 * @throws the error of the request where there is one alone, RequestsRefusedError where there are several;
 * TooManyRequestsError
 */
export async function sign(system: System, options: SignOptions): Promise<SignReport> {
  await requirePossibleCa(system, options);
  const { length } = options.requests;
  if (length > requestLimit) throw new TooManyRequestsError(length, requestLimit);
  const checked = await checkAll(system, options);
  if (checked.good.length === 0) return refuse(options, checked.bad);
  return await withCa(system, { ...options, work: (ca) => signInSession(ca, checked, options) });
}

interface Checked {
  readonly good: readonly CheckedRequest[];
  readonly bad: readonly CertswapError[];
}

async function checkAll({ files }: System, options: SignOptions): Promise<Checked> {
  const { requests, onProgress } = options;
  const results = await mapConcurrently(
    requests,
    (file) => orError(() => checkRequestFile(files, file)),
    (done) => onProgress?.("checked", done),
  );
  return divide(results, options);
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
  options: SignOptions,
): Checked {
  const bad = results.filter((result) => result instanceof CertswapError);
  const good = results.filter((result): result is CheckedRequest =>
    !(result instanceof CertswapError)
  );
  if (bad.length > 0 && options.onBadRequest === "stop") refuse(options, bad);
  return { good, bad };
}

function refuse({ requests }: SignOptions, errors: readonly CertswapError[]): never {
  const [only] = errors;
  throw requests.length === 1 && only ? only : new RequestsRefusedError(requests.length, errors);
}

async function signInSession(
  ca: LockedCa,
  checked: Checked,
  options: SignOptions,
): Promise<SignReport> {
  const { system: { files }, paths } = ca;
  const root = readRoot(files, paths);
  const authority = await loadAuthority(ca, root);
  const now = currentSecond(ca.system);
  requireUsableTime(now, { root, crl: await readLastCrl(files, { paths, root }) });
  const issued = await readIssued(ca);
  const counter = await readCounter(files, { path: paths.serial, dataDirectory: ca.written });
  requireCounterAbove(counter, { issued, root });
  const known = await Promise.all(checked.good.map((request) =>
    orError(() => {
      requireStranger(request, root);
      return request;
    })
  ));
  const { good, bad } = divide(known, options);
  const skipped = [...checked.bad, ...bad];
  if (good.length === 0) return refuse(options, skipped);
  const asked = new Date(now.getTime() + options.validity * 86_400_000);
  const notAfter = asked > root.certificate.notAfter ? root.certificate.notAfter : asked;
  const leaves = await issueAll(good, { ...options, authority, counter, notBefore: now, notAfter });
  await requireOwn(leaves, ca, root);
  const { warnings } = await ca.session.commit(entriesFor(ca, leaves, { counter, issued }));
  const cut = notAfter < asked ? [new ValidityCutWarning(asked, notAfter)] : [];
  return {
    issued: leaves.map(({ checked: { file }, entry: { serial, subject } }) => ({
      request: file,
      serial,
      subject,
      notAfter,
      path: certificatePath({ certificates: join(ca.written, "certs") }, serial),
    })),
    skipped,
    recovery: ca.recovery,
    warnings: [...cut, ...warnings],
  };
}

/** A certificate, with what the index says of it. */
interface Leaf {
  readonly checked: CheckedRequest;
  readonly der: Uint8Array;
  readonly entry: IndexEntry;
}

interface Issue {
  readonly authority: Authority;
  readonly counter: Counter;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly onProgress?: SignOptions["onProgress"];
}

async function issueAll(requests: readonly CheckedRequest[], issue: Issue): Promise<Leaf[]> {
  const { notBefore, notAfter, onProgress } = issue;
  return await mapConcurrently(requests, async (checked, index) => {
    const { request, keyType } = checked;
    const serial = issue.counter.value + BigInt(index);
    const der = await issueLeaf({
      serial,
      subject: request.subject.der,
      notBefore,
      notAfter,
      publicKeyInfo: request.subjectPublicKeyInfo.der,
      keyIdentifier: keyIdentifierOf(request.subjectPublicKeyInfo),
      keyType,
      alternativeNames: request.alternativeNames,
    }, issue.authority);
    return { checked, der, entry: toIndexEntry(serial, checked, issue) };
  }, (done) => onProgress?.("signed", done));
}

function toIndexEntry(
  serial: bigint,
  { request }: CheckedRequest,
  { notBefore, notAfter }: Issue,
): IndexEntry {
  return {
    serial: formatSerial(serial),
    subject: formatName(request.subject),
    "not_before": formatTime(notBefore),
    "not_after": formatTime(notAfter),
    status: "active",
    "revoked_at": "",
    "revocation_reason": "",
  };
}

/** All are of one key: one signature that verifies proves it to be the root's. */
async function requireOwn(
  [first]: readonly Leaf[],
  { paths }: LockedCa,
  root: Root,
): Promise<void> {
  if (first !== undefined) await requireOwnSignature(readCertificate(first.der), { root, paths });
}

/** In this order a crash that nobody recovers from can lose a number, and never use one twice. */
function entriesFor(
  { system, paths }: LockedCa,
  leaves: readonly Leaf[],
  { counter, issued }: { readonly counter: Counter; readonly issued: Issued },
): (CreateEntry | ReplaceEntry)[] {
  const attributes = ownAttributes(system, paths, 0o644);
  const { index, entries } = issued;
  return [
    { ...advance(counter, leaves.length), onRollback: "keep" },
    ...leaves.map(({ der, entry }): CreateEntry => ({
      kind: "create",
      target: certificatePath(paths, entry.serial),
      content: new TextEncoder().encode(writePem("CERTIFICATE", der)),
      attributes,
    })),
    {
      kind: "replace",
      target: paths.index,
      content: appendToIndex(index.content, { entries, added: leaves.map(({ entry }) => entry) }),
      attributes: index.snapshot,
      old: index.snapshot,
    },
  ];
}
