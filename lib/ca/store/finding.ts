/** What `ca check` can find, and which of it can be mended. */
import { CertswapError } from "../../system/mod.ts";
import { largestSerial } from "../../x509/mod.ts";
import type { CertificateRecord } from "./store.ts";

/**
 * What `ca check` finds in the store of a CA. Names are relative to it; text in them is untrusted.
 *
 * Problems break what a CA promises; notes are worth knowing.
 */
export type Finding = Problem | Note;

/** What a record should say: all of it, or the fields that differ. */
export type RecordPatch = Partial<CertificateRecord> & Pick<CertificateRecord, "serial">;

/** What a record repeats of its certificate. */
export type CopiedField = "subject" | "notBefore" | "notAfter";

/** A promise that is broken. `next`: the first number that is surely free. */
export type Problem =
  /** A file cannot be read, or is not what it should be. */
  | { readonly code: "bad-file"; readonly name: string; readonly error: CertswapError }
  /** A counter does not hold one number, or is missing. */
  | { readonly code: "bad-counter"; readonly name: string; readonly next: bigint | undefined }
  /** A counter would give a number again. */
  | {
    readonly code: "counter-behind";
    readonly name: string;
    readonly value: string;
    readonly used: string;
    readonly usedIn: string;
    readonly next: bigint;
  }
  /**
   * Others can read the key, write any of the files, or put others in their place (`.` is the data
   * directory). Of a link, `name` is the absolute path that it leads to.
   */
  | {
    readonly code: "open-mode";
    readonly name: string;
    readonly mode: number;
    readonly wanted: number;
    /** Whether the store can give it the wanted mode. */
    readonly isMendable: boolean;
  }
  /** The index has a certificate that is not there. */
  | { readonly code: "missing-file"; readonly serial: string }
  /** A certificate of this CA is not in the index, and so cannot be revoked. */
  | {
    readonly code: "missing-entry";
    readonly serial: string;
    readonly patch: CertificateRecord;
    /** `false`: it may have been revoked, as the CRL that would say so cannot be read. */
    readonly isMendable: boolean;
  }
  /** A file in `certs/` is no certificate of this CA with the serial number of its name. */
  | {
    readonly code: "foreign-file";
    readonly name: string;
    readonly reason: "not-a-certificate" | "not-signed" | "other-serial" | "serial-of-root";
  }
  /** The index does not say of a certificate what that says itself. */
  | {
    readonly code: "wrong-entry";
    readonly serial: string;
    readonly fields: readonly CopiedField[];
    readonly patch: RecordPatch;
  }
  /** The CRL lists a certificate that the index has as active. */
  | { readonly code: "not-revoked"; readonly serial: string; readonly patch: RecordPatch }
  /** The CRL lists a certificate that the index does not know. */
  | { readonly code: "unknown-revoked"; readonly serial: string }
  /** The CRL does not say what the index said when it was made. */
  | { readonly code: "wrong-crl"; readonly serial: string; readonly reason: "missing" | "differs" }
  /** The root is past its notAfter: nobody accepts what it has signed, and it signs nothing. */
  | { readonly code: "root-expired"; readonly notAfter: Date };

/** What is worth knowing, and breaks nothing. */
export type Note =
  | { readonly code: "no-crl" }
  | { readonly code: "stale-crl"; readonly nextUpdate: Date }
  /** The CRL has its authority key identifier twice, which RFC 5280 4.2 forbids. */
  | { readonly code: "crl-repeated-extension" }
  | { readonly code: "revoked-since"; readonly serials: readonly string[] }
  /** The root ends before a certificate of the longest life would. `left`, `longest`: milliseconds. */
  | {
    readonly code: "root-expires";
    readonly notAfter: Date;
    readonly left: number;
    readonly longest: number;
  }
  | { readonly code: "stray-file"; readonly name: string };

const noteCodes: ReadonlySet<string> = new Set(
  [
    "no-crl",
    "stale-crl",
    "crl-repeated-extension",
    "revoked-since",
    "root-expires",
    "stray-file",
  ] satisfies Note["code"][],
);

/** Whether a finding breaks a promise. */
export function isProblem(finding: Finding): finding is Problem {
  return !noteCodes.has(finding.code);
}

/** Whether `ca check --repair` can mend it without guessing. */
export function isMendable(problem: Problem): boolean {
  switch (problem.code) {
    case "wrong-entry":
    case "not-revoked":
      return true;
    case "missing-entry":
    case "open-mode":
      return problem.isMendable;
    case "bad-counter":
    case "counter-behind":
      // Above the largest number there is none.
      return problem.next !== undefined && problem.next <= largestSerial;
    default:
      return false;
  }
}

/**
 * What `read` gives. Where it throws on purpose, `undefined`, and a finding about the file of that name.
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
