/** Rows of the tables, and the values that they stand for. */
import { isTime, type SqlDatabase, type SqlRow, type SqlValue } from "../../../system/mod.ts";
import { isRevocationReason, type RevocationReason } from "../../../x509/mod.ts";
import { BadRowError } from "../../errors.ts";
import type { CertificateDetails } from "../details.ts";
import { isShard } from "../shards/mod.ts";
import type { CertificateRecord, FormerCertificate, Revocation } from "../store.ts";

/** The size of a serial number in bytes: the largest of RFC 5280 4.1.2.2. So they sort as numbers. */
const serialSize = 20;

/**
 * A serial number as the database has it: 20 bytes, the most significant first.
 *
 * @param serial formatted by `formatSerial`.
 */
export function toSerialBytes(serial: string): Uint8Array {
  return Uint8Array.fromHex(serial.padStart(2 * serialSize, "0"));
}

/** The columns of a record, in the order of {@linkcode certificateColumns}. */
export const recordColumns =
  "number, serial, subject, not_before, not_after, revoked_at, revocation_reason";

/** The columns of a revocation. */
export const revocationColumns = "number, serial, not_after, revoked_at, revocation_reason, shard";

/** The columns of details. */
export const detailColumns =
  "profile, names, requested_by, key, superseded_by, imported_from, shard";

/** What reading the details selects. A certificate that is only a record has no bytes. */
export const readDetailColumns = `${detailColumns}, der IS NULL AS is_lost`;

/** The columns of a certificate that is inserted. `number` is given by the database. */
export const certificateColumns =
  `serial, subject, not_before, not_after, revoked_at, revocation_reason, der, ${detailColumns}`;

/** The values for {@linkcode certificateColumns}. */
export function toColumns({ record, der, details = {} }: FormerCertificate): readonly SqlValue[] {
  const isRevoked = record.status === "revoked";
  return [
    toSerialBytes(record.serial),
    record.subject,
    record.notBefore,
    record.notAfter,
    isRevoked ? record.revokedAt : null,
    isRevoked ? record.revocationReason : null,
    der ?? null,
    ...toDetailColumns(details),
  ];
}

/** The values for {@linkcode detailColumns}. */
export function toDetailColumns(details: CertificateDetails): readonly SqlValue[] {
  const { profile, names, requestedBy, key, supersededBy, importedFrom, shard } = details;
  return [
    profile ?? null,
    names === undefined ? null : JSON.stringify(names),
    requestedBy ?? null,
    key === undefined ? null : Uint8Array.fromHex(key),
    supersededBy === undefined ? null : toSerialBytes(supersededBy),
    importedFrom ?? null,
    shard ?? null,
  ];
}

/** Reads rows of one table, and reports values that certswap cannot have written. */
export class RowReader {
  readonly #database: string;

  /** @param database what errors call it. */
  constructor(database: string) {
    this.#database = database;
  }

  /** A record. @throws BadRowError */
  record(row: SqlRow): CertificateRecord {
    const copied = {
      serial: this.serial(row),
      subject: this.#text(row, "subject"),
      notBefore: this.#time(row, "not_before"),
      notAfter: this.#time(row, "not_after"),
    };
    const { revoked_at: revokedAt, revocation_reason: reason } = row;
    if (revokedAt === null && reason === null) {
      return { ...copied, status: "active", revokedAt: "", revocationReason: "" };
    }
    return {
      ...copied,
      status: "revoked",
      revokedAt: this.#time(row, "revoked_at"),
      revocationReason: this.#reason(row),
    };
  }

  /** A revoked certificate. @throws BadRowError */
  revocation(row: SqlRow): Revocation {
    const { shard } = row;
    return {
      serial: this.serial(row),
      notAfter: this.#time(row, "not_after"),
      revokedAt: this.#time(row, "revoked_at"),
      reason: this.#reason(row),
      shard: isShard(shard) ? shard : undefined,
    };
  }

  #text(row: SqlRow, column: string): string {
    const value = row[column];
    return typeof value === "string" ? value : this.#fail(row, column);
  }

  #time(row: SqlRow, column: string): string {
    const value = this.#text(row, column);
    return isTime(value) ? value : this.#fail(row, column);
  }

  #reason(row: SqlRow): RevocationReason {
    const column = "revocation_reason";
    const known = this.#text(row, column);
    return isRevocationReason(known) ? known : this.#fail(row, column);
  }

  #fail(row: SqlRow, column: string): never {
    throw new BadRowError(this.#database, `certificate ${this.serial(row)}`, column);
  }

  /** The details; `undefined` if there are none. @throws BadRowError */
  details(row: SqlRow): CertificateDetails | undefined {
    const { profile, names, requested_by: requestedBy, key, superseded_by: by } = row;
    const { imported_from: imported, shard } = row;
    const found: CertificateDetails = {
      ...(typeof profile === "string" ? { profile } : {}),
      ...(typeof names === "string" ? { names: this.#names(row, names) } : {}),
      ...(typeof requestedBy === "string" ? { requestedBy } : {}),
      ...(key instanceof Uint8Array ? { key: key.toHex() } : {}),
      ...(by instanceof Uint8Array ? { supersededBy: toSerial(by) ?? "" } : {}),
      ...(typeof imported === "string" ? { importedFrom: imported } : {}),
      ...(isShard(shard) ? { shard } : {}),
      // Databases have their own kinds of truth.
      ...(row["is_lost"] ? { isLost: true } : {}),
    };
    return Object.keys(found).length === 0 ? undefined : found;
  }

  /** The serial number of a certificate, formatted by `formatSerial`. @throws BadRowError */
  serial(row: SqlRow): string {
    const { serial, number } = row;
    const found = serial instanceof Uint8Array ? toSerial(serial) : undefined;
    if (found === undefined) {
      throw new BadRowError(this.#database, `certificates, number ${number}`, "serial");
    }
    return found;
  }

  #names(row: SqlRow, names: string): readonly string[] {
    try {
      const value: unknown = JSON.parse(names);
      if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
    } catch {
      // Reported below.
    }
    throw new BadRowError(this.#database, `certificate ${this.serial(row)}`, "names");
  }
}

/** The highest serial number of a certificate; `undefined` if there is none. @throws BadRowError */
export async function highestSerialIn(database: SqlDatabase): Promise<string | undefined> {
  const [row] = await database.query(
    "SELECT number, serial FROM certificates ORDER BY serial DESC LIMIT 1",
  );
  return row && new RowReader(database.name).serial(row);
}

/** A serial number from its bytes; `undefined` if no certificate can have it. */
function toSerial(bytes: Uint8Array): string | undefined {
  // The first bit is the sign (RFC 5280 4.1.2.2).
  if (bytes.length !== serialSize || (bytes[0] ?? 0) >= 0x80) return undefined;
  let first = 0;
  while (bytes[first] === 0) first++;
  if (first === serialSize) return undefined;
  const digits = bytes.subarray(first).toHex();
  return digits.length > 2 && digits.startsWith("0") ? digits.slice(1) : digits;
}
