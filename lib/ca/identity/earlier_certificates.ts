/** Finds active certificates with the names of a request: duplicates, and what a new one supersedes. */
import { attemptAsync, formatTime } from "../../system/mod.ts";
import { type CertificationRequest, formatName } from "../../x509/mod.ts";
import {
  AlreadyRevokedError,
  type DuplicateOf,
  DuplicateRequestError,
  DuplicateWarning,
  RenewalNamesError,
  SerialNotFoundError,
} from "../errors.ts";
import {
  type CertificateDetails,
  type CertificateRecord,
  readStoredCertificate,
  type StoreReader,
} from "../store/mod.ts";
import { describe, namesOf } from "./describe.ts";

/** How new certificates relate to earlier ones. */
export interface RenewalPolicy {
  /** The serial number of the certificate that the only request renews. */
  readonly renews?: string | undefined;
  /** The requests renew what the same requester has. */
  readonly isRenewal?: boolean | undefined;
  /** Supersede and revoke the active certificates with the same names, or the renewed one. */
  readonly revokeSuperseded?: boolean | undefined;
}

/** A request, and the path that it was read from. */
interface NamedRequest {
  readonly file: string;
  readonly request: CertificationRequest;
}

/** What a request has to do with certificates that exist. */
export interface Earlier {
  /** An active certificate with the same key and names, of whose life more than half is left. */
  readonly duplicateOf: DuplicateOf | undefined;
  /** The serial numbers of the certificates that the new one supersedes. */
  readonly supersedes: readonly string[];
}

/** What requests are compared with. */
interface EarlierTerms extends RenewalPolicy {
  readonly now: Date;
  /** Who asks. */
  readonly requestedBy: string;
}

const nothing: Earlier = { duplicateOf: undefined, supersedes: [] };

/**
 * Finds the earlier certificates of requests.
 *
 * @returns one for each request.
 * @throws SerialNotFoundError, AlreadyRevokedError, RenewalNamesError if the certificate cannot be renewed by
 * the request; BadIndexError, BadDetailsError
 */
export async function findEarlier(
  store: StoreReader,
  requests: readonly NamedRequest[],
  terms: EarlierTerms,
): Promise<readonly Earlier[]> {
  const { renews } = terms;
  if (renews !== undefined) {
    return await Promise.all(requests.map((request) => renewalOf(store, request, renews)));
  }
  const wanted = await Promise.all(requests.map(identityOf));
  const candidates = await findCandidates(store, wanted, terms);
  const bySubject = Map.groupBy(candidates, ({ record }) => record.subject);
  const before = new Map<string, string>();
  const found: Earlier[] = [];
  for (const [index, { file }] of requests.entries()) {
    const identity = wanted[index];
    if (identity === undefined) continue;
    const same = (bySubject.get(identity.subject) ?? []).filter(({ names }) =>
      names === identity.names
    );
    found.push({
      ...nothing,
      ...(terms.isRenewal
        ? {}
        : { duplicateOf: await duplicateOf(store, identity, { same, before, ...terms }) }),
      supersedes: await supersededBy(store, same, terms),
    });
    before.set(keyOf(identity), file);
  }
  return found;
}

/** Subject, names and key. */
interface Identity {
  /** RFC 4514, as in records. */
  readonly subject: string;
  /** In one text, in a fixed order. */
  readonly names: string;
  readonly key: string;
}

const keyOf = ({ subject, names, key }: Identity): string => JSON.stringify([subject, names, key]);

// The names are words without commas, see `formatGeneralName`.
const inOneText = (names: readonly string[]): string => names.toSorted().join();

async function identityOf({ request }: NamedRequest): Promise<Identity> {
  const { names, key } = await describe(request);
  return { subject: formatName(request.subject), names: inOneText(names), key };
}

/** An active certificate with the subject of a request. */
interface Candidate extends Identity {
  readonly record: CertificateRecord;
}

/** Of each subject, this many certificates are read: the last ones that were issued. */
const fewCandidates = 32;

/** The active certificates with the subject of one of the requests that may have the same names. */
async function findCandidates(
  store: StoreReader,
  requests: readonly Identity[],
  { now, isRenewal, revokeSuperseded }: EarlierTerms,
): Promise<readonly Candidate[]> {
  const filter = {
    status: "active",
    subjects: new Set(requests.map(({ subject }) => subject)),
    endsFrom: formatTime(now),
  } as const;
  const isAll = isRenewal === true || revokeSuperseded === true;
  const records: CertificateRecord[] = [];
  const pages = store.pages(isAll ? filter : { ...filter, lastOfEach: fewCandidates + 1 });
  for await (const page of pages) {
    for (const record of page) records.push(record);
  }
  const groups = [...Map.groupBy(records, ({ subject }) => subject).values()];
  const found: (Candidate | undefined)[] = [];
  if (groups.every(({ length }) => length <= fewCandidates)) {
    for (const record of records) found.push(await candidateOf(store, record, undefined));
  } else if (isAll) {
    // All with the same names are wanted, with any key.
    const names = namesToFind(requests);
    const named = names === undefined ? filter : { ...filter, mayHaveNames: names };
    for await (const page of store.describedPages(named)) {
      for (const { record, details } of page) {
        found.push(await candidateOf(store, record, details));
      }
    }
  } else {
    // Thousands of certificates may have no subject at all: only those with the same key, and the last ones,
    // which an older version may have issued without recording their keys.
    const sameKey = await store.findByKey(new Set(requests.map(({ key }) => key)));
    const last = new Set(groups.flatMap((group) => group.slice(-fewCandidates)));
    const chosen = records.filter((record) => last.has(record) || sameKey.has(record.serial));
    const known = new Set(chosen.map(({ serial }) => serial));
    // A store may have left them out.
    for (const serial of sameKey.difference(known)) {
      const record = await store.find(serial);
      if (record !== undefined && isSelectedBy(filter, record)) chosen.push(record);
    }
    for (const record of chosen) found.push(await candidateOf(store, record, undefined));
  }
  return found.filter((candidate) => candidate !== undefined);
}

/**
 * One name of each request, as stores find certificates by it: the others with the same names have it too.
 *
 * @returns `undefined` if a request has none.
 */
function namesToFind(requests: readonly Identity[]): ReadonlySet<string> | undefined {
  const names = requests.map(({ names }) => names.split(",")[0] ?? "");
  if (names.includes("")) return undefined;
  return new Set(names.map((name) => name.slice(name.indexOf(":") + 1).toLowerCase()));
}

function isSelectedBy(
  { subjects, endsFrom }: { readonly subjects: ReadonlySet<string>; readonly endsFrom: string },
  { subject, status, notAfter }: CertificateRecord,
): boolean {
  return status === "active" && notAfter >= endsFrom && subjects.has(subject);
}

/** The names and the key of a certificate; `undefined` if it cannot be read, which `ca check` reports. */
async function candidateOf(
  store: StoreReader,
  record: CertificateRecord,
  details: CertificateDetails | undefined,
): Promise<Candidate | undefined> {
  const { names, key } = details ?? {};
  const known = names === undefined || key === undefined
    ? await describeStored(store, record.serial)
    : { names, key };
  return known &&
    { record, subject: record.subject, names: inOneText(known.names), key: known.key };
}

async function describeStored(
  store: StoreReader,
  serial: string,
): Promise<{ readonly names: readonly string[]; readonly key: string } | undefined> {
  return await attemptAsync(async () => await describe(await readStoredCertificate(store, serial)));
}

/**
 * The serial numbers of other active certificates with the subject and the names of this one: of the last
 * ones that were issued, if there are very many.
 *
 * @throws BadIndexError, BadDetailsError
 */
export async function activeNamesakes(
  store: StoreReader,
  { serial, subject }: Pick<CertificateRecord, "serial" | "subject">,
  now: Date,
): Promise<readonly string[]> {
  const described = await describeStored(store, serial);
  if (described === undefined) return [];
  const names = inOneText(described.names);
  const identity = { subject, names, key: described.key };
  const candidates = await findCandidates(store, [identity], { now, requestedBy: "" });
  return candidates.filter((one) => one.names === names && one.record.serial !== serial)
    .map(({ record }) => record.serial);
}

async function duplicateOf(
  store: StoreReader,
  identity: Identity,
  { same, before, now }: {
    readonly same: readonly Candidate[];
    /** The requests before this one, by {@linkcode keyOf}. */
    readonly before: ReadonlyMap<string, string>;
    readonly now: Date;
  },
): Promise<DuplicateOf | undefined> {
  const duplicate = same.findLast(({ key, record }) =>
    key === identity.key && isInFirstHalf(record, now)
  );
  if (duplicate !== undefined) {
    const { serial } = duplicate.record;
    return { serial, isAuthority: await isAuthority(store, serial) };
  }
  const request = before.get(keyOf(identity));
  return request === undefined ? undefined : { request };
}

/** Whether a certificate is one of a CA; not if it cannot be read, which `ca check` reports. */
async function isAuthority(store: StoreReader, serial: string): Promise<boolean> {
  const stored = await attemptAsync(() => readStoredCertificate(store, serial));
  return stored?.basicConstraints?.ca === true;
}

function isInFirstHalf({ notBefore, notAfter }: CertificateRecord, now: Date): boolean {
  const [start, end] = [Date.parse(notBefore), Date.parse(notAfter)];
  return end - now.getTime() > (end - start) / 2;
}

/** Which of the certificates with the same names a new one supersedes. */
async function supersededBy(
  store: StoreReader,
  same: readonly Candidate[],
  { isRenewal, revokeSuperseded, requestedBy }: EarlierTerms,
): Promise<readonly string[]> {
  const superseded: string[] = [];
  if (!isRenewal && !revokeSuperseded) return superseded;
  for (const { record: { serial }, names } of same) {
    const details = await store.details(serial);
    const isTheirs = details?.requestedBy === requestedBy && details.supersededBy === undefined;
    if (!revokeSuperseded && !isTheirs) continue;
    // The details may have been edited: nothing is revoked unless the certificate itself has the names.
    const stored = await describeStored(store, serial);
    if (stored !== undefined && inOneText(stored.names) === names) superseded.push(serial);
  }
  return superseded;
}

/** The renewal of one certificate. */
async function renewalOf(
  store: StoreReader,
  { file, request }: NamedRequest,
  serial: string,
): Promise<Earlier> {
  const record = await store.find(serial);
  if (record === undefined) throw new SerialNotFoundError(serial);
  if (record.status === "revoked") throw new AlreadyRevokedError(serial);
  const certificate = await readStoredCertificate(store, serial);
  const all = (named: Pick<CertificationRequest, "subject" | "subjectAltName">): string[] => [
    `subject ${formatName(named.subject) || "(none)"}`,
    ...namesOf(named),
  ];
  const [old, asked] = [new Set(all(certificate)), new Set(all(request))];
  const missing = [...old.difference(asked)];
  const extra = [...asked.difference(old)];
  if (missing.length + extra.length > 0) {
    throw new RenewalNamesError(file, { serial, missing, extra });
  }
  return { ...nothing, supersedes: [serial] };
}

/**
 * The name of the profile of the certificate that is renewed; `undefined` if there is none, or it is
 * unknown.
 */
export async function profileOfRenewed(
  store: StoreReader,
  renews: string | undefined,
): Promise<string | undefined> {
  return renews === undefined ? undefined : (await store.details(renews))?.profile;
}

/** The error for a request that would make a duplicate. */
export function refusalOf(
  { duplicateOf: of }: Earlier,
  file: string,
): DuplicateRequestError | undefined {
  return of && new DuplicateRequestError(file, of);
}

/** The warning about duplicates that are signed nevertheless, if there are any. */
export function warningsOf(
  earlier: readonly Earlier[],
  requests: readonly NamedRequest[],
): readonly DuplicateWarning[] {
  const [first, ...others] = earlier.flatMap(({ duplicateOf: of }, index) => {
    const file = requests[index]?.file;
    return of === undefined || file === undefined ? [] : [{ file, of }];
  });
  return first === undefined ? [] : [new DuplicateWarning([first, ...others])];
}
