/** `ca list`: lists the certificates that a CA has issued. */
import { CertswapError, formatTime, type System } from "../../system/mod.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import { findCa, patientOutlook } from "../ca.ts";
import { namesOf } from "../identity/mod.ts";
import {
  type CaLocation,
  type CertificateDetails,
  type CertificateRecord,
  type DescribedRecord,
  readStoredCertificate,
  type RecordFilter,
  type StoreReader,
} from "../store/mod.ts";
import { hasName } from "./names.ts";

/** The status of a certificate now. The index only stores active and revoked. */
export type CertificateStatus = "active" | "expired" | "revoked";

/** Which certificates to list. Those that match everything that is given. */
export interface ListFilter {
  /** Any of these; all if it is empty. */
  readonly statuses?: ReadonlySet<CertificateStatus>;
  /** Active ones only if they end within this time, in milliseconds. Without `statuses`: only those. */
  readonly expiring?: number | undefined;
  /** Only the newest ones of devices that have not renewed in time, see `Stock`. Without the two above. */
  readonly overdue?: boolean | undefined;
  /** A pattern that one of the names matches, see {@linkcode hasName}. */
  readonly name?: string | undefined;
  /** A part of the subject. Case does not matter. */
  readonly subject?: string | undefined;
  /** The name of the profile. Certificates of older versions have none. */
  readonly profile?: string | undefined;
  /** The most certificates to return. */
  readonly limit?: number | undefined;
}

/** Options of `ca list`. */
export interface ListOptions extends CaLocation {
  readonly filter?: ListFilter;
  /** Whether to return details too. */
  readonly withDetails?: boolean;
}

/** A certificate that a CA has issued. */
export interface ListedCertificate {
  readonly record: CertificateRecord;
  readonly status: CertificateStatus;
  /** Empty unless details were asked for; the first name of one without a subject is always there. */
  readonly details: CertificateDetails;
}

/** Report of `ca list`. */
export interface ListReport {
  /** In the order of issue; those that end soon or are overdue by their end. */
  readonly certificates: readonly ListedCertificate[];
  /** How many match, with those beyond the limit. */
  readonly matching: number;
  readonly outlook: RecoveryOutlook;
}

/** A list that may be too long to be held in memory. */
export interface LongList extends Omit<ListReport, "certificates"> {
  /** The first ones: not more than were asked for. */
  readonly first: readonly ListedCertificate[];
  /** How many there are. */
  readonly length: number;
  /** The length of the longest serial number. */
  readonly serialLength: number;
  /** All of them, a page at a time, read anew. */
  readonly pages: () => AsyncIterable<readonly ListedCertificate[]>;
}

/** Lists the certificates of a CA. Writes nothing and takes no lock. */
export async function list(system: System, options: ListOptions): Promise<ListReport> {
  const { first: certificates, matching, outlook } = await openList(system, {
    ...options,
    most: Infinity,
  });
  return { certificates, matching, outlook };
}

/**
 * Lists the certificates of a CA, and keeps the first ones in memory. All are read once before it returns, so
 * that what cannot be read is found before anything is shown.
 *
 * @param options `most`: how many are kept.
 */
export async function openList(
  system: System,
  options: ListOptions & { readonly most: number },
): Promise<LongList> {
  const { filter = {}, withDetails = false, most } = options;
  const { limit = Infinity } = filter;
  const store = await findCa(system, options);
  const moment = { system, now: formatTime(system.clock.now()) };
  const pages = (): AsyncGenerator<readonly ListedCertificate[]> =>
    matchingPages(store, { filter, withDetails, moment });
  const first: ListedCertificate[] = [];
  let [length, serialLength, matching] = [0, 0, 0];
  reading: for await (const page of pages()) {
    for (const one of page) {
      // With a limit, the rest is only counted: not even by reading it, if the store selects all by itself.
      if (matching >= limit && isExact(filter)) break reading;
      matching++;
      if (length >= limit) continue;
      length++;
      serialLength = Math.max(serialLength, one.record.serial.length);
      if (length <= most) first.push(one);
    }
  }
  if (isExact(filter) && limit < Infinity) matching = await store.count(coarse(filter, moment));
  const outlook = await patientOutlook(system, store);
  return {
    first,
    length,
    serialLength,
    matching,
    outlook,
    pages: () => shortened(pages(), limit),
  };
}

/** Whether a store selects exactly what is wanted. */
function isExact(filter: ListFilter): boolean {
  const { name, profile, subject, overdue } = filter;
  return name === undefined && profile === undefined && subject === undefined &&
    overdue !== true && hasExactStatus(filter);
}

/** Only the first certificates of some pages. */
async function* shortened(
  pages: AsyncIterable<readonly ListedCertificate[]>,
  limit: number,
): AsyncGenerator<readonly ListedCertificate[]> {
  let left = limit;
  for await (const page of pages) {
    yield page.length > left ? page.slice(0, left) : page;
    left -= page.length;
    if (left <= 0) return;
  }
}

interface Selected {
  readonly filter: ListFilter;
  readonly withDetails: boolean;
  readonly moment: Moment;
}

/** All certificates that match, with those beyond the limit: these have no details. */
async function* matchingPages(
  store: StoreReader,
  { filter, withDetails, moment }: Selected,
): AsyncGenerator<readonly ListedCertificate[]> {
  const { name, profile, limit = Infinity } = filter;
  const isWanted = selection(filter, moment);
  const needsDetails = withDetails || name !== undefined || profile !== undefined;
  const pages = filter.overdue
    ? overduePages(store, moment.system)
    : describedPages(store, coarse(filter, moment), needsDetails);
  let matching = 0;
  for await (const page of pages) {
    const shown = Math.max(0, limit - matching);
    const found: ListedCertificate[] = [];
    for (const { record, details: known } of page) {
      const status = statusAt(record, moment.now);
      if (!isWanted(record, status)) continue;
      if (profile !== undefined && known?.profile !== profile) continue;
      const isShown = matching < limit;
      const details = name !== undefined || (withDetails && isShown)
        ? await withNames(store, record.serial, known)
        : {};
      const { names = [] } = details;
      if (name !== undefined && !hasName({ subject: record.subject, names }, name)) continue;
      matching++;
      found.push({ record, status, details: withDetails ? details : {} });
      if (matching === limit && isExact(filter)) break;
    }
    yield withDetails
      ? found
      : [...await withFirstNames(store, found.slice(0, shown)), ...found.slice(shown)];
    if (matching >= limit && isExact(filter)) return;
  }
}

/** Adds the first name of each certificate without a subject: otherwise nothing says what it is for. */
async function withFirstNames(
  store: StoreReader,
  certificates: readonly ListedCertificate[],
): Promise<readonly ListedCertificate[]> {
  const unnamed = certificates.filter(({ record }) => record.subject === "");
  if (unnamed.length === 0) return certificates;
  const { firstNamesOf } = await import("./unnamed.ts");
  const names = await firstNamesOf(store, new Set(unnamed.map(({ record }) => record.serial)));
  return certificates.map((one) => {
    const name = names.get(one.record.serial);
    return name === undefined ? one : { ...one, details: { names: [name] } };
  });
}

/** The status of a certificate. @param now RFC 3339, as the times of records. */
export function statusAt({ status, notAfter }: CertificateRecord, now: string): CertificateStatus {
  if (status === "revoked") return "revoked";
  // The last second is part of the validity period (RFC 5280 4.1.2.5). The texts are in the order of the
  // times.
  return now > notAfter ? "expired" : "active";
}

interface Moment {
  readonly system: System;
  readonly now: string;
}

/** Whether a certificate is selected by everything that its record shows. */
function selection(
  { statuses, expiring, subject }: ListFilter,
  moment: Moment,
): (record: CertificateRecord, status: CertificateStatus) => boolean {
  const end = expiring === undefined ? undefined : endAfter(expiring, moment);
  const hasStatuses = statuses !== undefined && statuses.size > 0;
  const wantedSubject = subject?.toLowerCase();
  return (record, status) => {
    const isStatus = status === "active" && end !== undefined
      ? record.notAfter <= end
      : hasStatuses
      ? statuses.has(status)
      : end === undefined;
    return isStatus &&
      (wantedSubject === undefined || record.subject.toLowerCase().includes(wantedSubject));
  };
}

/** Whether {@linkcode coarse} selects by status exactly what is wanted. */
function hasExactStatus({ statuses, expiring }: ListFilter): boolean {
  const isAny = statuses === undefined || statuses.size === 0;
  if (expiring !== undefined) return isAny || (statuses.size === 1 && statuses.has("active"));
  return isAny || (statuses.size === 1 && statuses.has("revoked"));
}

/** The part of a filter that a store can apply itself. */
function coarse(filter: ListFilter, moment: Moment): RecordFilter {
  const { name, profile } = filter;
  return {
    ...coarseStatus(filter, moment),
    ...(name === undefined || /[*?]/.test(name) ? {} : { mayHaveNames: bareNames(name) }),
    ...(profile === undefined ? {} : { mayHaveProfile: profile }),
  };
}

/** The names that a pattern without wildcards matches, without and with its kind (`DNS:a.example`). */
function bareNames(name: string): ReadonlySet<string> {
  const lower = name.toLowerCase();
  return new Set([lower, lower.slice(lower.indexOf(":") + 1)]);
}

function coarseStatus({ statuses, expiring }: ListFilter, moment: Moment): RecordFilter {
  const isAlone = statuses === undefined || statuses.size === 0 ||
    (statuses.size === 1 && statuses.has("active"));
  if (expiring !== undefined && isAlone) {
    const endsBy = endAfter(expiring, moment);
    return { status: "active", endsFrom: moment.now, endsBy, order: "end" };
  }
  const isRevoked = expiring === undefined && statuses?.size === 1 && statuses.has("revoked");
  return isRevoked ? { status: "revoked" } : {};
}

/** The time in `milliseconds`, at most the last one that a certificate can have. */
function endAfter(milliseconds: number, { system }: Moment): string {
  const end = system.clock.now().getTime() + milliseconds;
  return formatTime(new Date(Math.min(end, Date.UTC(9999, 11, 31, 23, 59, 59))));
}

/** Loaded only if asked for: `ca list` starts faster without it. */
async function* overduePages(
  store: StoreReader,
  { clock }: System,
): AsyncGenerator<readonly DescribedRecord[]> {
  const overdue = await import("./overdue.ts");
  yield* overdue.overduePages(store, clock.now());
}

async function* describedPages(
  store: StoreReader,
  filter: RecordFilter,
  withDetails: boolean,
): AsyncGenerator<readonly DescribedRecord[]> {
  if (withDetails) {
    yield* store.describedPages(filter);
    return;
  }
  for await (const page of store.pages(filter)) {
    yield page.map((record) => ({ record, details: undefined }));
  }
}

/** Details with the names. If they have none, the names are in the certificate. */
async function withNames(
  store: StoreReader,
  serial: string,
  known: CertificateDetails | undefined,
): Promise<CertificateDetails> {
  if (known?.names !== undefined) return known;
  try {
    return { ...known, names: namesOf(await readStoredCertificate(store, serial)) };
  } catch (error) {
    // A missing certificate is a matter for `ca check`.
    if (error instanceof CertswapError) return known ?? {};
    throw error;
  }
}
