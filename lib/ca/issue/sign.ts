/** `ca sign`: checks requests and issues a certificate for each. */
import { type CertswapError, day, type FileSystem, join, type System } from "../../system/mod.ts";
import { type KeySource, readCertificate, webCryptoKeys, writePem } from "../../x509/mod.ts";
import { type CaOptions, type ChangeReport, requirePossibleCa } from "../ca.ts";
import { NoRequestsError, TooManyRequestsError } from "../request_errors.ts";
import { CrlExpiredWarning, ValidityCutWarning } from "../errors.ts";
import { openStore, type StoreChange, type StoreReader } from "../store/mod.ts";
import {
  currentSecond,
  expiryOfCrl,
  loadAuthority,
  readLastCrl,
  readRoot,
  requireOwnSignature,
  requireUsableTime,
  type Root,
} from "./authority.ts";
import {
  type BadRequestPolicy,
  checkAgainstRoot,
  type CheckedRequests,
  checkRequestFiles,
} from "./check_request.ts";
import { issueLeaves, type Leaf } from "./issue_leaves.ts";

/** The default validity of certificates, in milliseconds. */
export const usualValidity = 365 * day;

/** Options of `ca sign`. */
export interface SignOptions extends CaOptions, BadRequestPolicy {
  /** Milliseconds. */
  readonly validity: number;
  /** Called with the number of requests checked so far, and later of certificates signed. */
  readonly onProgress?: (step: "checked" | "signed", done: number) => void;
}

/** A certificate just issued. */
export interface IssuedCertificate {
  /** Path of the request. */
  readonly request: string;
  readonly serial: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly notAfter: Date;
  /** Path of the certificate, based on the data directory as given by the caller. */
  readonly path: string;
  /** PEM, as a service should send it. Only the leaf, because the root signs it directly. */
  readonly chain: Uint8Array;
}

/** Report of `ca sign`. */
export interface SignReport extends ChangeReport {
  readonly issued: readonly IssuedCertificate[];
  /** One error for each skipped request. */
  readonly skipped: readonly CertswapError[];
}

/** The maximum number of requests for one `ca sign`: the journal of one transaction cannot hold more. */
const requestLimit = 10_000;

/** Lists the requests (`*.csr`) in a directory by name. @throws NoRequestsError, FileSystemError */
export function findRequests(files: FileSystem, directory: string): string[] {
  const names = files.readDirectory(directory).filter((name) => /^[^.].*\.csr$/s.test(name));
  if (names.length === 0) throw new NoRequestsError(directory);
  return names.map((name) => join(directory, name));
}

/**
 * Signs requests: checks all of them first, then issues all certificates in one transaction.
 *
 * @throws the error of the request if there is only one, RequestsRefusedError if there are several;
 * TooManyRequestsError
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../../system/mod.ts";
 * import { init, request, sign } from "../mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${root}/ca`, lockTimeout: 1000 };
 * const day = 24 * 3600 * 1000;
 * const keyType = "ecdsa-p256";
 * await init(denoSystem, { ...ca, subject: "CN=Root", keyType, validity: 3650 * day, built: undefined });
 * const paths = { keyPath: `${root}/a.key`, requestPath: `${root}/a.csr` };
 * const names = { subject: "CN=a.example", alternativeNames: "DNS:a.example" };
 * await request(denoSystem, { ...paths, ...names, keyType });
 * const policy = { requests: [paths.requestPath], onBadRequest: "stop" } as const;
 * const { issued: [leaf] } = await sign(denoSystem, { ...ca, ...policy, validity: 90 * day });
 * assert.equal(leaf?.serial, "02");
 * assert.equal(leaf?.subject, "CN=a.example");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function sign(system: System, options: SignOptions): Promise<SignReport> {
  const { requests, onBadRequest, validity, lockTimeout, keys = webCryptoKeys } = options;
  await requirePossibleCa(system, options);
  const { length } = requests;
  if (length > requestLimit) throw new TooManyRequestsError(length, requestLimit);
  const policy = { requests, onBadRequest };
  const checked = await checkRequestFiles(
    system.files,
    policy,
    (done) => options.onProgress?.("checked", done),
  );
  const store = await openStore(system, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: (change) =>
      issue(change, {
        checked,
        policy,
        validity,
        now: currentSecond(system),
        keys,
        onSigned: (done) => options.onProgress?.("signed", done),
      }),
  });
  const { leaves, skipped, noticed } = value;
  const issued = leaves.map((leaf) => toIssued(store, leaf));
  return { issued, skipped, recovery, warnings: [...noticed, ...warnings] };
}

/** What the work inside a change needs. */
interface SigningTerms {
  readonly checked: CheckedRequests;
  readonly policy: BadRequestPolicy;
  /** Milliseconds. */
  readonly validity: number;
  readonly now: Date;
  readonly keys: KeySource;
  readonly onSigned: (done: number) => void;
}

interface Signed {
  readonly leaves: readonly Leaf[];
  readonly skipped: readonly CertswapError[];
  /** Warnings that did not prevent signing. */
  readonly noticed: readonly (ValidityCutWarning | CrlExpiredWarning)[];
}

async function issue(store: StoreChange, terms: SigningTerms): Promise<Signed> {
  const { policy, now, keys } = terms;
  const root = await readRoot(store);
  const authority = await loadAuthority({ store, keys }, root);
  const crl = await readLastCrl(store, root);
  requireUsableTime(now, { root, crl });
  const { good, bad: skipped } = await checkAgainstRoot(terms.checked, root, policy);
  const { serial, notAfter: end } = root.certificate;
  const firstSerial = await store.takeSerials({ count: good.length, root: serial });
  const asked = new Date(now.getTime() + terms.validity);
  const notAfter = asked > end ? end : asked;
  // One certificate alone has nothing to wait for meanwhile.
  const onSigned = good.length > 1 ? (leaf: Leaf) => store.writeAhead(leaf) : undefined;
  const leafTerms = { authority, firstSerial, notBefore: now, notAfter, onSigned };
  const leaves = await issueLeaves(good, leafTerms, terms.onSigned);
  await requireOwn(leaves, { root, store });
  await store.record(leaves);
  const crlExpired = expiryOfCrl(crl, now);
  const noticed = [
    ...(notAfter < asked ? [new ValidityCutWarning(asked, notAfter)] : []),
    ...(crlExpired === undefined ? [] : [new CrlExpiredWarning(crlExpired)]),
  ];
  return { leaves, skipped, noticed };
}

/** Checks one signature with the root's public key. All are made with the same key, so one is enough. */
async function requireOwn(
  [first]: readonly Leaf[],
  place: { readonly root: Root; readonly store: StoreReader },
): Promise<void> {
  if (first !== undefined) await requireOwnSignature(readCertificate(first.der), place);
}

function toIssued(store: StoreReader, { checked, der, record }: Leaf): IssuedCertificate {
  const { serial, subject, notAfter } = record;
  return {
    request: checked.file,
    serial,
    subject,
    notAfter: new Date(notAfter),
    path: store.nameOf({ certificate: serial }).written,
    chain: new TextEncoder().encode(writePem("CERTIFICATE", der)),
  };
}
