/** What a CA must look like according to its history. */
import { formatSerial, highestSerial, parseSerial } from "../../x509/mod.ts";
import type { CertificateDetails, HistoryEvent } from "../store/mod.ts";

/** What the history says about one certificate. */
export interface ExpectedCertificate {
  /** RFC 4514, escaped. */
  readonly subject: string;
  /** SHA-256 of its DER; `undefined` if the history does not know. */
  readonly certificate: string | undefined;
  /** `undefined`: it is active. */
  readonly revocation: { readonly revokedAt: string; readonly reason: string } | undefined;
  /** What its details must be: only the fields that the history knows. */
  readonly details: Pick<CertificateDetails, "profile" | "requestedBy" | "supersededBy">;
}

/** The CRL that was issued last. */
export interface ExpectedCrl {
  readonly number: bigint;
  /** SHA-256 of its DER. */
  readonly hash: string;
  /** Those of the shards, in the order of their numbers. */
  readonly shards: readonly string[];
}

/** What a history says of the CA as a whole. Follows its entries, from the first one on. */
export class HistorySummary {
  #crl: ExpectedCrl | undefined;
  #own: string | undefined;
  #highestIssued: string | undefined;
  #highestCrl: bigint | undefined;

  /** Takes the next entry into account. */
  add(event: HistoryEvent): void {
    switch (event.kind) {
      case "init":
      case "activate":
      case "start":
      case "import":
      case "renew":
        this.#own = event.certificate ?? this.#own;
        return;
      case "issue":
      case "adopt":
        if (event.serial !== undefined) this.#use(event.serial);
        return;
      case "crl":
        this.#addCrl(event);
        return;
      case "raise":
        this.#raise(event.to);
    }
  }

  /** The last CRL; `undefined` if the history has none. */
  get crl(): ExpectedCrl | undefined {
    return this.#crl;
  }

  /** SHA-256 of the CA's own certificate, DER; `undefined` if the history does not know. */
  get own(): string | undefined {
    return this.#own;
  }

  /** The highest serial number that must not be used again, formatted by `formatSerial`. */
  get highestSerial(): string | undefined {
    return this.#highestIssued;
  }

  /** The highest number of a CRL. */
  get highestCrl(): bigint | undefined {
    return this.#highestCrl;
  }

  #use(serial: string): void {
    const before = this.#highestIssued;
    this.#highestIssued = before === undefined ? serial : highestSerial([serial, before]);
  }

  #addCrl({ number, crl, shards = [] }: HistoryEvent): void {
    if (crl === undefined || number === undefined) return;
    this.#crl = { number: BigInt(number), hash: crl, shards };
    const { number: last } = this.#crl;
    if (this.#highestCrl === undefined || last > this.#highestCrl) this.#highestCrl = last;
  }

  /** The number before the next one counts as used. */
  #raise(next: string | undefined): void {
    const value = next === undefined ? undefined : parseSerial(next);
    if (value !== undefined && value > 1n) this.#use(formatSerial(value - 1n));
  }
}

/** What a history says of certificates. Follows the entries about them, from the first one on. */
export class Replay {
  readonly #certificates = new Map<string, ExpectedCertificate>();

  /** Takes the next entry into account. */
  add(event: HistoryEvent): void {
    switch (event.kind) {
      case "issue":
      case "adopt":
        this.#addCertificate(event);
        return;
      case "revoke":
        this.#change(event.serial, (expected) => ({
          ...expected,
          revocation: { revokedAt: event.revokedAt ?? "", reason: event.reason ?? "" },
        }));
        return;
      case "supersede":
        this.#change(event.serial, (expected) => ({
          ...expected,
          details: {
            ...expected.details,
            ...(event.supersededBy === undefined ? {} : { supersededBy: event.supersededBy }),
          },
        }));
        return;
      case "mend":
        if (event.finding === "wrong-details") this.#forgetDetails(event.serial);
    }
  }

  /** What is expected, by serial number. */
  get certificates(): ReadonlyMap<string, ExpectedCertificate> {
    return this.#certificates;
  }

  #addCertificate(event: HistoryEvent): void {
    const { serial, subject = "", certificate, revokedAt, reason } = event;
    if (serial === undefined) return;
    const { profile, requestedBy } = event;
    this.#certificates.set(serial, {
      subject,
      certificate,
      revocation: revokedAt === undefined ? undefined : { revokedAt, reason: reason ?? "" },
      details: {
        ...(profile === undefined ? {} : { profile }),
        ...(requestedBy === undefined ? {} : { requestedBy }),
      },
    });
  }

  #change(
    serial: string | undefined,
    change: (expected: ExpectedCertificate) => ExpectedCertificate,
  ): void {
    const expected = serial === undefined ? undefined : this.#certificates.get(serial);
    if (serial !== undefined && expected !== undefined) {
      this.#certificates.set(serial, change(expected));
    }
  }

  /** Details were corrected according to the certificates: what was before is no longer expected. */
  #forgetDetails(serial: string | undefined): void {
    this.#change(serial, (expected) => ({ ...expected, details: {} }));
  }
}
