/** The findings of `ca check`, and which of them can be repaired. */
import { CertswapError } from "../../system/mod.ts";
import { largestSerial } from "../../x509/mod.ts";
import type { CaPlace } from "../errors.ts";
import type { CertificateDetails, DetailsPatch } from "./details.ts";
import type { CertificateRecord } from "./store.ts";

/**
 * A finding of `ca check`. Names are relative to the store; text is untrusted.
 *
 * A problem violates the consistency of the CA; a note is only information.
 */
export type Finding = Problem | Note;

/** The correct content of a record: all of it, or the fields that differ. */
export type RecordPatch = Partial<CertificateRecord> & Pick<CertificateRecord, "serial">;

/** Fields of a record that are copied from its certificate. */
export type CopiedField = "subject" | "notBefore" | "notAfter";

/** The correct details of one certificate: the fields that are missing or differ. */
export interface DetailsCorrection {
  readonly serial: string;
  readonly details: DetailsPatch;
}

/** An inconsistency. `next` is the first number that is certainly free. */
export type Problem =
  /** A file cannot be read, or has the wrong content. */
  | { readonly code: "bad-file"; readonly name: string; readonly error: CertswapError }
  /** A counter is missing, or does not contain one number. */
  | { readonly code: "bad-counter"; readonly name: string; readonly next: bigint | undefined }
  /** A counter would reuse a number. */
  | {
    readonly code: "counter-behind";
    readonly name: string;
    readonly value: string;
    readonly used: string;
    readonly usedIn: string;
    readonly next: bigint;
  }
  /**
   * Other users can read the key, or write or replace files (`.` is the data directory). For a symbolic link,
   * `name` is the absolute path of its target.
   */
  | {
    readonly code: "open-mode";
    readonly name: string;
    readonly mode: number;
    readonly wanted: number;
    /** Whether `--repair` can set the wanted mode. */
    readonly isMendable: boolean;
  }
  /** The index lists a certificate whose file does not exist. */
  | { readonly code: "missing-file"; readonly serial: string }
  /** A certificate of this CA is not in the index, so it cannot be revoked. */
  | {
    readonly code: "missing-entry";
    readonly serial: string;
    readonly patch: CertificateRecord;
    /** `false`: it may have been revoked, but the CRL cannot be read. */
    readonly isMendable: boolean;
  }
  /** A file in `certs/` is not a certificate of this CA with the serial number in its name. */
  | {
    readonly code: "foreign-file";
    readonly name: string;
    readonly reason: "not-a-certificate" | "not-signed" | "other-serial" | "serial-of-root";
  }
  /** The index and a certificate disagree. */
  | {
    readonly code: "wrong-entry";
    readonly serial: string;
    readonly fields: readonly CopiedField[];
    readonly patch: RecordPatch;
  }
  /** The details and a certificate disagree. */
  | {
    readonly code: "wrong-details";
    readonly serial: string;
    readonly fields: readonly (keyof CertificateDetails)[];
    readonly corrections: readonly DetailsCorrection[];
  }
  /** This CA has signed the certificate in a given file, but does not know it, so it cannot be revoked. */
  | {
    readonly code: "unknown-certificate";
    readonly serial: string;
    /** The path of the given file. */
    readonly name: string;
    readonly patch: CertificateRecord;
    readonly der: Uint8Array;
    readonly corrections: readonly DetailsCorrection[];
  }
  /** This CA has signed the certificate in a given file, and another one with the same serial number. */
  | { readonly code: "serial-used-twice"; readonly serial: string; readonly name: string }
  /** Serial numbers that were given out, as someone knows, but have no certificate in the store. */
  | { readonly code: "unknown-serials"; readonly first: string; readonly last: string }
  /** The CRL lists a certificate that is active in the index. */
  | { readonly code: "not-revoked"; readonly serial: string; readonly patch: RecordPatch }
  /** The CRL lists a certificate that is not in the index. */
  | { readonly code: "unknown-revoked"; readonly serial: string }
  /** The CRL does not match the index at the time it was issued. */
  | { readonly code: "wrong-crl"; readonly serial: string; readonly reason: "missing" | "differs" }
  /** The certificates above this intermediate CA are missing: its leaves are delivered without them. */
  | { readonly code: "no-chain"; readonly name: string }
  /** They are not in order, or do not lead up to a root, or do not verify. */
  | {
    readonly code: "bad-chain";
    readonly name: string;
    /** `undefined`: the last one is not a root. */
    readonly error: CertswapError | undefined;
  }
  /** One of them has expired. `subject` is RFC 4514, escaped. */
  | {
    readonly code: "chain-expired";
    readonly name: string;
    readonly subject: string;
    readonly notAfter: Date;
  }
  /** An older certificate of this CA has another name or another key. */
  | { readonly code: "foreign-previous"; readonly name: string; readonly number: string }
  /**
   * The two copies of the last CRL differ: `name` is older than `other`, or is not one of this CA.
   * `content`: that of `other`, in the form of `name`; `undefined` if `other` does not exist.
   */
  | {
    readonly code: "crl-copy";
    readonly name: string;
    readonly other: string;
    readonly content: Uint8Array | undefined;
  }
  /** The CA certificate is not yet valid by this clock: clients reject everything that it has signed. */
  | { readonly code: "root-not-yet-valid"; readonly notBefore: Date; readonly now: Date }
  /**
   * A line of the history does not follow from the one before it: it is not an entry, its sequence number is
   * not the next one, or the line before is not the one whose hash it holds.
   */
  | {
    readonly code: "history-broken";
    /** Where it is: `history.jsonl:12`. */
    readonly place: string;
    readonly reason: "not-an-entry" | "sequence" | "hash" | "start";
  }
  /** Certificates in the index that the history does not know. */
  | { readonly code: "history-unrecorded"; readonly records: readonly CertificateRecord[] }
  /** The history knows a certificate that is neither in the index nor in the store. */
  | { readonly code: "history-lost"; readonly serial: string; readonly subject: string }
  /**
   * The revocation of a certificate is another one in the history, or only in one of both. `revokedAt`,
   * `reason`: what is right: that of the history, if it has one. `patch`: for the index.
   */
  | {
    readonly code: "history-revocation";
    readonly serial: string;
    readonly found: "active" | "differs";
    readonly revokedAt: string;
    readonly reason: string;
    readonly patch: RecordPatch;
  }
  | {
    readonly code: "history-revocation";
    readonly serial: string;
    readonly found: "unrecorded";
    readonly revokedAt: string;
    readonly reason: string;
  }
  /** A certificate is not the one that was issued with its serial number. */
  | { readonly code: "history-certificate"; readonly serial: string }
  /** Details of a certificate are not those with which it was issued. */
  | {
    readonly code: "history-details";
    readonly serial: string;
    readonly fields: readonly (keyof CertificateDetails)[];
    readonly corrections: readonly DetailsCorrection[];
  }
  /** The CRL, or that of a shard, is not the one that was issued last. Numbers are decimal. */
  | {
    readonly code: "history-crl";
    readonly name: string;
    readonly number: string;
    readonly last: string;
  }
  /** The CRL of a shard does not belong to the last CRL of the CA. */
  | {
    readonly code: "shard-crl";
    readonly name: string;
    readonly reason: "missing" | "unreadable" | "foreign" | "number" | "address" | "entries";
  }
  /** The certificate of the CA is not the one that the history names last. */
  | { readonly code: "history-own"; readonly name: string }
  /** The root has expired: clients reject everything that it has signed, and it cannot sign. */
  | { readonly code: "root-expired"; readonly notAfter: Date; readonly place: CaPlace };

/** Something worth knowing that is not an inconsistency. */
export type Note =
  /** There is no history: it begins with the next change. */
  | { readonly code: "no-history" }
  /** The CA's key is not in the store, as on an offline root. */
  | { readonly code: "no-key" }
  | { readonly code: "no-crl" }
  | { readonly code: "stale-crl"; readonly nextUpdate: Date }
  /** The CRL has two authority key identifiers, which RFC 5280 4.2 forbids. */
  | { readonly code: "crl-repeated-extension" }
  | { readonly code: "revoked-since"; readonly serials: readonly string[] }
  /** The publish hook was not yet run for the last CRL, as it was for an earlier one. */
  | { readonly code: "crl-unpublished"; readonly number: bigint }
  /** The root expires before new certificates of the usual validity. `left`, `longest`: milliseconds. */
  | {
    readonly code: "root-expires";
    readonly notAfter: Date;
    readonly place: CaPlace;
    readonly left: number;
    readonly longest: number;
  }
  /** A certificate above this intermediate CA expires within a year. `left`: milliseconds. */
  | {
    readonly code: "chain-expires";
    readonly name: string;
    readonly subject: string;
    readonly notAfter: Date;
    readonly left: number;
  }
  | { readonly code: "stray-file"; readonly name: string }
  /** An older version has issued these certificates: their details are only in the certificates. */
  | {
    readonly code: "missing-details";
    readonly serials: readonly string[];
    readonly corrections: readonly DetailsCorrection[];
  }
  /** The CA was imported without these certificates. They can be revoked, but not shown or renewed. */
  | { readonly code: "lost-certificates"; readonly serials: readonly string[] }
  /** Details of certificates that do not exist. */
  | { readonly code: "unknown-details"; readonly serials: readonly string[] }
  /** A given certificate is not of this CA. */
  | { readonly code: "not-compared"; readonly name: string }
  /** The highest serial number says nothing, because this CA chooses them at random. */
  | { readonly code: "random-serials" }
  /** The key is encrypted, and there was no passphrase to prove it with. */
  | { readonly code: "key-not-checked"; readonly name: string };

const noteCodes: ReadonlySet<string> = new Set(
  [
    "no-history",
    "no-key",
    "no-crl",
    "stale-crl",
    "crl-repeated-extension",
    "revoked-since",
    "crl-unpublished",
    "root-expires",
    "chain-expires",
    "stray-file",
    "missing-details",
    "lost-certificates",
    "unknown-details",
    "not-compared",
    "random-serials",
    "key-not-checked",
  ] satisfies Note["code"][],
);

/** Whether a finding is a problem, not a note. */
export function isProblem(finding: Finding): finding is Problem {
  return !noteCodes.has(finding.code);
}

/** Whether `ca check --repair` can repair it without guessing. */
export function isMendable(finding: Finding): boolean {
  switch (finding.code) {
    case "wrong-entry":
    case "wrong-details":
    case "missing-details":
    case "unknown-certificate":
    case "not-revoked":
    case "history-unrecorded":
    case "history-revocation":
    case "history-details":
      return true;
    case "missing-entry":
    case "open-mode":
      return finding.isMendable;
    case "crl-copy":
      return finding.content !== undefined;
    case "bad-counter":
    case "counter-behind":
      // There is no number above the largest.
      return finding.next !== undefined && finding.next <= largestSerial;
    default:
      return false;
  }
}

/**
 * The result of `read`. If it throws a CertswapError, returns `undefined` and adds a finding about the file.
 */
export async function orBadFile<T>(
  { findings, name }: { readonly findings: Finding[]; readonly name: string },
  read: () => Promise<T> | T,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    findings.push({ code: "bad-file", name, error });
    return undefined;
  }
}
