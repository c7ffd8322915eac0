import { type CertswapError, type FileSystem, join, type System } from "../../system/mod.ts";
import { readCertificate } from "../../x509/read/certificate.ts";
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
  requirePossibleCa,
  withCa,
} from "../ca.ts";
import {
  type BadRequestPolicy,
  checkAgainstRoot,
  type CheckedRequests,
  checkRequestFiles,
} from "./check_request.ts";
import { readCounter } from "../store/directory/counter.ts";
import { certificatePath } from "../store/directory/data_directory.ts";
import { NoRequestsError, TooManyRequestsError, ValidityCutWarning } from "../errors.ts";
import { changesFor, issueLeaves, type Leaf } from "./issue_leaves.ts";
import { readIssued, requireCounterAbove } from "../store/directory/issued.ts";

/** What is to be signed, and how. */
export interface SignOptions extends CaOptions, BadRequestPolicy {
  /** Days, of 86,400 seconds. */
  readonly validity: number;
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
  const names = files.readDirectory(directory).filter((name) => /^[^.].*\.csr$/s.test(name));
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
  const checked = await checkRequestFiles(
    system.files,
    options,
    (done) => options.onProgress?.("checked", done),
  );
  return await withCa(system, { ...options, work: (ca) => signInSession(ca, checked, options) });
}

async function signInSession(
  ca: LockedCa,
  checked: CheckedRequests,
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
  const { good, bad: skipped } = await checkAgainstRoot(checked, root, options);
  const asked = new Date(now.getTime() + options.validity * 86_400_000);
  const notAfter = asked > root.certificate.notAfter ? root.certificate.notAfter : asked;
  const terms = { authority, counter, notBefore: now, notAfter };
  const leaves = await issueLeaves(good, terms, (done) => options.onProgress?.("signed", done));
  await requireOwn(leaves, ca, root);
  const { warnings } = await ca.session.commit(changesFor(ca, leaves, { counter, issued }));
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

/** All are of one key: one signature that verifies proves it to be the root's. */
async function requireOwn(
  [first]: readonly Leaf[],
  { paths }: LockedCa,
  root: Root,
): Promise<void> {
  if (first !== undefined) await requireOwnSignature(readCertificate(first.der), { root, paths });
}
