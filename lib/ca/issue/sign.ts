/** `ca sign`: checks requests and issues a certificate for each. */
import { type CertswapError, day, type FileSystem, join, type System } from "../../system/mod.ts";
import { type KeySource, readCertificate, webCryptoKeys, writePem } from "../../x509/mod.ts";
import { type CaOptions, type ChangeReport, requirePossibleCa } from "../ca.ts";
import { NoRequestsError, TooManyRequestsError } from "../request_errors.ts";
import { CrlExpiredWarning, type DuplicateWarning, ValidityCutWarning } from "../errors.ts";
import {
  type Earlier,
  findEarlier,
  profileOfRenewed,
  refusalOf,
  type RenewalPolicy,
  requesterOf,
  warningsOf,
} from "../identity/mod.ts";
import { type CaSettings, readSettings } from "../settings/mod.ts";
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
  refuseSome,
} from "./check_request.ts";
import { issueLeaves, type Leaf } from "./issue_leaves.ts";

/** The default validity of certificates, in milliseconds. */
export const usualValidity = 365 * day;

/** Options of `ca sign`. */
export interface SignOptions extends CaOptions, BadRequestPolicy, RenewalPolicy {
  /** Milliseconds. */
  readonly validity: number;
  /** The name of a profile; `undefined`: that of the renewed certificate, or the default one. */
  readonly profile?: string | undefined;
  /** The settings of the CA, if they are read already. */
  readonly settings?: CaSettings;
  /** What the requests are for, if not for a person: `pair web`. */
  readonly onBehalfOf?: string;
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
  const { duplicates, defaults } = options.settings ?? await readSettings(system, options);
  const { renews, isRenewal, revokeSuperseded, onBehalfOf } = options;
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: async (change) =>
      await issue(change, {
        renewal: { renews, isRenewal, revokeSuperseded },
        duplicates,
        profile: options.profile ?? await profileOfRenewed(store, renews) ?? defaults.profile,
        requestedBy: requesterOf(system, onBehalfOf),
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
  readonly renewal: RenewalPolicy;
  readonly duplicates: "warn" | "refuse";
  /** The name of the profile. */
  readonly profile: string;
  readonly requestedBy: string;
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
  readonly noticed: readonly (ValidityCutWarning | CrlExpiredWarning | DuplicateWarning)[];
}

async function issue(store: StoreChange, terms: SigningTerms): Promise<Signed> {
  const { policy, now, keys } = terms;
  const root = await readRoot(store);
  const authority = await loadAuthority({ store, keys }, root);
  const crl = await readLastCrl(store, root);
  requireUsableTime(now, { root, crl });
  const ours = await checkAgainstRoot(terms.checked, root, policy);
  const { good, bad: skipped, earlier } = await compareWithEarlier(store, ours, terms);
  const { serial, notAfter: end } = root.certificate;
  const firstSerial = await store.takeSerials({ count: good.length, root: serial });
  const asked = new Date(now.getTime() + terms.validity);
  const notAfter = asked > end ? end : asked;
  const { requestedBy, profile } = terms;
  const leafTerms = { authority, firstSerial, notBefore: now, notAfter, profile, requestedBy };
  const leaves = await issueLeaves(good, leafTerms, terms.onSigned);
  await requireOwn(leaves, { root, store });
  await store.record(leaves);
  await supersede(store, { leaves, earlier, terms });
  const crlExpired = expiryOfCrl(crl, now);
  const noticed = [
    ...(notAfter < asked ? [new ValidityCutWarning(asked, notAfter)] : []),
    ...(crlExpired === undefined ? [] : [new CrlExpiredWarning(crlExpired)]),
    ...warningsOf(earlier, good),
  ];
  return { leaves, skipped, noticed };
}

/** Finds earlier certificates of the requests, and refuses duplicates if the CA's settings say so. */
async function compareWithEarlier(
  store: StoreChange,
  checked: CheckedRequests,
  { renewal, duplicates, requestedBy, now, policy }: SigningTerms,
): Promise<CheckedRequests & { readonly earlier: readonly Earlier[] }> {
  const earlier = await findEarlier(store, checked.good, { ...renewal, requestedBy, now });
  if (duplicates === "warn") return { ...checked, earlier };
  const left = await refuseSome(checked, (_, index) => {
    const refusal = earlier[index] && refusalOf(earlier[index], checked.good[index]?.file ?? "");
    if (refusal !== undefined) throw refusal;
  }, policy);
  return { ...left, earlier: earlier.filter(({ duplicateOf }) => duplicateOf === undefined) };
}

/** Records which certificates the new ones supersede, and revokes them if that is wanted. */
async function supersede(
  store: StoreChange,
  { leaves, earlier, terms }: {
    readonly leaves: readonly Leaf[];
    readonly earlier: readonly Earlier[];
    readonly terms: SigningTerms;
  },
): Promise<void> {
  const { now, renewal: { revokeSuperseded } } = terms;
  const revoked = new Set<string>();
  for (const [index, { record }] of leaves.entries()) {
    for (const serial of earlier[index]?.supersedes ?? []) {
      await store.describe(serial, { supersededBy: record.serial });
      // Two requests of one command may supersede the same certificate.
      if (!revokeSuperseded || revoked.has(serial)) continue;
      await store.revoke(serial, { at: now, reason: "superseded" });
      revoked.add(serial);
    }
  }
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
