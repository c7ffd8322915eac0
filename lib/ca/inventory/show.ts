/** `ca show`: everything that a CA knows about one certificate. */
import { formatTime, type System } from "../../system/mod.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import {
  type Certificate,
  fingerprint,
  formatName,
  type KeyKind,
  kindOf,
  normalizeSerial,
  parseSerial,
  type RevocationReason,
  writePem,
} from "../../x509/mod.ts";
import { findCa, patientOutlook } from "../ca.ts";
import { CertificateNotKeptError, NoSuchCertificateError, SerialNotFoundError } from "../errors.ts";
import { describe } from "../identity/mod.ts";
import { lastCrlIfGood } from "../issue/mod.ts";
import {
  type CaLocation,
  type CaStore,
  type CertificateDetails,
  type CertificateRecord,
  readStoredCertificate,
  type StoreReader,
} from "../store/mod.ts";
import { certificateIn, requireOurs } from "./given_certificate.ts";
import { type CertificateStatus, list, type ListedCertificate, statusAt } from "./list.ts";

/** Options of `ca show`. */
export interface ShowOptions extends CaLocation {
  /** A serial number in any spelling, the path of a certificate, or a name, with `*` and `?` as wildcards. */
  readonly wanted: string;
}

/** Something that happened to a certificate. */
export type HistoryEvent =
  | { readonly event: "issued"; readonly at: Date | undefined }
  | { readonly event: "superseded"; readonly at: Date | undefined; readonly by: string }
  | { readonly event: "revoked"; readonly at: Date; readonly reason: RevocationReason | "" }
  /** The last CRL lists it. */
  | { readonly event: "listed"; readonly at: Date; readonly crlNumber: bigint }
  | { readonly event: "expired"; readonly at: Date };

/** Everything about one certificate. Text is untrusted. */
export interface ShownCertificate {
  readonly record: CertificateRecord;
  readonly status: CertificateStatus;
  /** With the names and the key if the certificate is kept: they are known from it. */
  readonly details: CertificateDetails;
  /** `undefined` if the CA was imported without it. */
  readonly kept: KeptCertificate | undefined;
  /** In the order of time. */
  readonly history: readonly HistoryEvent[];
}

/** What only the certificate itself tells. */
export interface KeptCertificate {
  /** RFC 4514, escaped. */
  readonly issuer: string;
  /** `undefined` if certswap does not know the kind. */
  readonly keyKind: KeyKind | undefined;
  /** SHA-256, lowercase hexadecimal. */
  readonly fingerprint: string;
  /** Path of the certificate, based on the data directory as given by the caller. */
  readonly path: string;
  readonly pem: string;
}

/** Report of `ca show`. */
export interface ShowReport {
  /** The certificate; `undefined` if several have the name. */
  readonly certificate: ShownCertificate | undefined;
  /** The certificates with the name, if there are several. */
  readonly several: readonly ListedCertificate[];
  readonly outlook: RecoveryOutlook;
}

/**
 * Finds one certificate and reports everything about it. What is spelled like a serial number that exists is
 * one; else a file of that name counts, and then the names in certificates. Writes nothing, takes no lock and
 * needs no private key.
 *
 * @throws SerialNotFoundError, NoSuchCertificateError, NotOfThisCaError, CertificateUnreadableError;
 * BadIndexError, BadDetailsError, FileSystemError
 */
export async function show(system: System, options: ShowOptions): Promise<ShowReport> {
  const { wanted } = options;
  const store = await findCa(system, options);
  const found = await findRecord(system, store, wanted);
  if (found !== undefined) return await reportOn(system, store, found);
  const filter = { name: wanted };
  const { certificates, outlook } = await list(system, { ...options, filter, withDetails: true });
  const [only, ...others] = certificates;
  if (only === undefined) {
    const isNumber = normalizeSerial(wanted) !== undefined;
    throw isNumber
      ? new SerialNotFoundError(normalizeSerial(wanted) ?? wanted)
      : new NoSuchCertificateError(wanted);
  }
  if (others.length === 0) return await reportOn(system, store, only.record);
  return { certificate: undefined, several: certificates, outlook };
}

/** The record for a serial number or a file; `undefined` if it can only be a name. */
async function findRecord(
  system: System,
  store: StoreReader,
  wanted: string,
): Promise<CertificateRecord | undefined> {
  const serial = normalizeSerial(wanted);
  const record = serial === undefined ? undefined : await store.find(serial);
  if (record !== undefined) return record;
  const certificate = await certificateIn(system, wanted);
  if (certificate === undefined) return undefined;
  await requireOurs(store, certificate, wanted);
  const { serialNumber } = certificate;
  const known = await store.find(serialNumber);
  if (known === undefined) throw new SerialNotFoundError(serialNumber);
  return known;
}

async function reportOn(
  system: System,
  store: CaStore,
  record: CertificateRecord,
): Promise<ShowReport> {
  const { serial } = record;
  const certificate = await readUnlessLost(store, serial);
  const details = {
    ...await store.details(serial),
    ...(certificate === undefined ? {} : await describe(certificate)),
  };
  const status = statusAt(record, formatTime(system.clock.now()));
  const shown: ShownCertificate = {
    record,
    status,
    details,
    kept: certificate && {
      issuer: formatName(certificate.issuer),
      keyKind: kindOf(certificate.subjectPublicKeyInfo.algorithm),
      fingerprint: await fingerprint(certificate),
      path: store.nameOf({ certificate: serial }).written,
      pem: writePem("CERTIFICATE", certificate.der),
    },
    history: await historyOf(store, { record, isKept: certificate !== undefined, details, status }),
  };
  return { certificate: shown, several: [], outlook: await patientOutlook(system, store) };
}

/** A certificate; `undefined` if the CA was imported without it. */
async function readUnlessLost(
  store: StoreReader,
  serial: string,
): Promise<Certificate | undefined> {
  try {
    return await readStoredCertificate(store, serial);
  } catch (error) {
    if (error instanceof CertificateNotKeptError) return undefined;
    throw error;
  }
}

interface Known {
  readonly record: CertificateRecord;
  /** If not, notBefore is not known. */
  readonly isKept: boolean;
  readonly details: CertificateDetails;
  readonly status: CertificateStatus;
}

async function historyOf(
  store: StoreReader,
  { record, isKept, details, status }: Known,
): Promise<readonly HistoryEvent[]> {
  const notBefore = new Date(record.notBefore);
  const events: HistoryEvent[] = [{ event: "issued", at: isKept ? notBefore : undefined }];
  const { supersededBy: by } = details;
  if (by !== undefined) {
    const next = await store.find(by);
    events.push({ event: "superseded", at: next && new Date(next.notBefore), by });
  }
  if (record.status === "revoked") {
    const { revokedAt, revocationReason: reason } = record;
    events.push({ event: "revoked", at: new Date(revokedAt), reason });
  }
  // If it cannot be trusted, `ca check` reports that.
  const crl = record.status === "revoked" ? await lastCrlIfGood(store) : undefined;
  if (crl?.entries.find(parseSerial(record.serial) ?? 0n) !== undefined) {
    events.push({ event: "listed", at: crl.thisUpdate, crlNumber: crl.number });
  }
  if (status === "expired") events.push({ event: "expired", at: new Date(record.notAfter) });
  const timeOf = ({ at = notBefore }: HistoryEvent): number => at.getTime();
  // A stable sort: events of one second stay in the order above.
  return events.toSorted((a, b) => timeOf(a) - timeOf(b));
}
