/** `ca sign`: checks requests and issues a certificate for each. */
import {
  type CertswapError,
  day,
  type FileSystem,
  join,
  present,
  type Random,
  type System,
} from "../../system/mod.ts";
import { type KeySource, purposeOid, webCryptoKeys, writePem } from "../../x509/mod.ts";
import { type CaOptions, type ChangeReport, requirePossibleCa } from "../ca.ts";
import { NoRequestsError, TooManyRequestsError } from "../request_errors.ts";
import { askEarly, type AskPassphrase, once } from "../key/mod.ts";
import {
  type CaExpiresWarning,
  CrlExpiredWarning,
  type DuplicateWarning,
  ValidityCutWarning,
} from "../errors.ts";
import {
  type Earlier,
  findEarlier,
  profileOfRenewed,
  refusalOf,
  type RenewalPolicy,
  warningsOf,
} from "../identity/mod.ts";
import {
  type CaSettings,
  type Profile,
  profileNamed,
  readSettings,
  validityIn,
} from "../settings/mod.ts";
import { openStore, requesterOf, type StoreChange, type StoreReader } from "../store/mod.ts";
import { type IssuingCa, requireIssuing, withIssuingCa } from "../succession/mod.ts";
import { readHierarchy, servedWithLeaf, warnOfEnd } from "./chain.ts";
import { currentSecond, expiryOfCrl, loadUsableAuthority, placeOf, readRoot } from "./authority.ts";
import {
  type BadRequestPolicy,
  checkAgainstCa,
  type CheckedRequests,
  checkFurther,
  checkRequestFiles,
} from "./check_request.ts";
import { checkAgainstProfile } from "./check_profile.ts";
import { issueBatch } from "./issue_batch.ts";
import type { Leaf } from "./issue_leaves.ts";

/** The default validity of certificates, in milliseconds. */
export const usualValidity = 365 * day;

/** Options of `ca sign`. */
export interface SignOptions extends CaOptions, BadRequestPolicy, RenewalPolicy {
  /** Milliseconds; `undefined`: what the profile says. */
  readonly validity: number | undefined;
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
  /** The name of its profile. */
  readonly profile: string;
  /** Path of the certificate, based on the data directory as given by the caller. */
  readonly path: string;
  /** Whether TLS clients reject it as a server's certificate, because it has no alternative names. */
  readonly lacksNames: boolean;
  /** PEM, as a service should send it: the leaf, then the intermediate CAs, without the root. */
  readonly chain: Uint8Array;
}

/** Report of `ca sign`. */
export interface SignReport extends ChangeReport {
  readonly issued: readonly IssuedCertificate[];
  /** One error for each skipped request. */
  readonly skipped: readonly CertswapError[];
  /** The data directory of the CA that has signed, if it has replaced the one that was asked. */
  readonly signedBy?: string;
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
  const asked = options.passphrase && once(options.passphrase);
  return await withIssuingCa(system, options, async (issuing) => {
    const own = { ...options, passphrase: asked };
    return await signWith(system, await forIssuing(system, own, issuing), issuing);
  });
}

/**
 * The options for the CA that issues. Of another CA, the settings apply; a certificate to renew is one of the
 * replaced CA, and gives only its profile.
 */
async function forIssuing(
  system: System,
  { settings, ...options }: SignOptions,
  { dataDirectory, replaces }: IssuingCa,
): Promise<SignOptions> {
  if (replaces === undefined) return { ...options, ...present({ settings }) };
  const { profile, renews } = options;
  const former = profile ??
    (renews === undefined
      ? undefined
      : await profileOfRenewed(await openStore(system, options), renews));
  return {
    ...options,
    dataDirectory,
    profile: former,
    renews: undefined,
    isRenewal: options.isRenewal === true || renews !== undefined,
  };
}

async function signWith(
  system: System,
  options: SignOptions,
  issuing: IssuingCa,
): Promise<SignReport> {
  const { requests, onBadRequest, names, lockTimeout, keys = webCryptoKeys } = options;
  await requirePossibleCa(system, options);
  const settings = options.settings ?? await readSettings(system, options);
  const store = await openStore(system, options);
  const { renews, isRenewal, revokeSuperseded, onBehalfOf } = options;
  const profile = profileNamed(
    settings,
    options.profile ?? await profileOfRenewed(store, renews),
  );
  const validity = validityIn(settings, profile, options.validity);
  const { length } = requests;
  if (length > requestLimit) throw new TooManyRequestsError(length, requestLimit);
  const policy = { requests, onBadRequest, names };
  const readable = await checkRequestFiles(
    system.files,
    policy,
    (done) => options.onProgress?.("checked", done),
  );
  const checked = await checkAgainstProfile(readable, { settings, profile }, policy);
  const passphrase = await askEarly(store, options);
  const requestedBy = requesterOf(system, onBehalfOf);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    actor: requestedBy,
    async work(change) {
      await requireIssuing(system, change, issuing);
      return await issue(change, {
        renewal: { renews, isRenewal, revokeSuperseded },
        requestedBy,
        checked,
        policy,
        settings,
        profile,
        validity,
        random: system.random,
        now: currentSecond(system),
        keys,
        passphrase,
        onSigned: (done) => options.onProgress?.("signed", done),
      });
    },
  });
  const { leaves, intermediates, skipped, noticed } = value;
  const isForServers = profile.ca === undefined && allowsServers(profile);
  const issued = leaves.map((leaf) => ({
    ...toIssued(store, leaf, intermediates),
    lacksNames: isForServers && leaf.checked.request.alternativeNames === undefined,
  }));
  const { replaces } = issuing;
  const signedBy = replaces === undefined ? undefined : options.dataDirectory;
  return {
    issued,
    skipped,
    recovery,
    warnings: [...noticed, ...warnings],
    ...present({ signedBy }),
  };
}

/** Without extendedKeyUsage, a certificate is for every purpose (RFC 5280 4.2.1.12). */
function allowsServers({ extendedKeyUsage }: Profile): boolean {
  const { serverAuth, anyExtendedKeyUsage } = purposeOid;
  return extendedKeyUsage.length === 0 || extendedKeyUsage.includes(serverAuth) ||
    extendedKeyUsage.includes(anyExtendedKeyUsage);
}

/** What the work inside a change needs. */
interface SigningTerms {
  readonly checked: CheckedRequests;
  readonly policy: BadRequestPolicy;
  readonly settings: CaSettings;
  readonly profile: Profile;
  readonly renewal: RenewalPolicy;
  readonly requestedBy: string;
  /** Milliseconds. */
  readonly validity: number;
  readonly random: Random;
  readonly now: Date;
  readonly keys: KeySource;
  readonly passphrase: AskPassphrase;
  readonly onSigned: (done: number) => void;
}

interface Signed {
  readonly leaves: readonly Leaf[];
  /** PEM, see {@linkcode servedWithLeaf}. */
  readonly intermediates: string;
  readonly skipped: readonly CertswapError[];
  /** Warnings that did not prevent signing. */
  readonly noticed: readonly (
    | ValidityCutWarning
    | CaExpiresWarning
    | CrlExpiredWarning
    | DuplicateWarning
  )[];
}

async function issue(store: StoreChange, terms: SigningTerms): Promise<Signed> {
  const { policy, settings, profile, validity, random, now, keys, passphrase } = terms;
  const root = await readRoot(store);
  const { authority, crl } = await loadUsableAuthority({ store, keys, passphrase }, { root, now });
  const hierarchy = await readHierarchy(store, root);
  const ours = await checkAgainstCa(terms.checked, { hierarchy, profile }, policy);
  const { good, bad: skipped, earlier } = await compareWithEarlier(store, ours, terms);
  const { requestedBy, onSigned } = terms;
  const [group] = await issueBatch(store, [{ requests: good, profile, validity }], {
    hierarchy,
    authority,
    settings,
    random,
    now,
    requestedBy,
    onSigned,
  });
  if (group === undefined) throw new TypeError("a group of requests is lost");
  const { leaves, asked, notAfter } = group;
  await supersede(store, { leaves, earlier, terms });
  const crlExpired = expiryOfCrl(crl, now);
  const isCut = notAfter < asked;
  const ends = isCut ? undefined : warnOfEnd(hierarchy, now);
  const noticed = [
    ...(isCut ? [new ValidityCutWarning(asked, notAfter, placeOf(root))] : []),
    ...(ends === undefined ? [] : [ends]),
    ...(crlExpired === undefined ? [] : [new CrlExpiredWarning(crlExpired)]),
    ...warningsOf(earlier, good),
  ];
  const intermediates = servedWithLeaf(hierarchy).map(({ der }) => writePem("CERTIFICATE", der))
    .join("");
  return { leaves, intermediates, skipped, noticed };
}

/** Finds earlier certificates of the requests, and refuses duplicates if the CA's settings say so. */
async function compareWithEarlier(
  store: StoreChange,
  checked: CheckedRequests,
  { renewal, settings, requestedBy, now, policy }: SigningTerms,
): Promise<CheckedRequests & { readonly earlier: readonly Earlier[] }> {
  const earlier = await findEarlier(store, checked.good, { ...renewal, requestedBy, now });
  if (settings.duplicates === "warn") return { ...checked, earlier };
  const left = await checkFurther(checked, policy, (request, index) => {
    const refusal = earlier[index] && refusalOf(earlier[index], request.file);
    if (refusal !== undefined) throw refusal;
    return request;
  });
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

function toIssued(
  store: StoreReader,
  { checked, der, record, details }: Leaf,
  intermediates: string,
): Omit<IssuedCertificate, "lacksNames"> {
  const { serial, subject, notAfter } = record;
  return {
    request: checked.file,
    serial,
    subject,
    notAfter: new Date(notAfter),
    profile: details?.profile ?? "",
    path: store.nameOf({ certificate: serial }).written,
    chain: new TextEncoder().encode(writePem("CERTIFICATE", der) + intermediates),
  };
}
