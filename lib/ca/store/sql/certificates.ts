/** Writes rows of certificates, and the names by which they are found. */
import { attempt, type SqlDatabase, type SqlValue } from "../../../system/mod.ts";
import { bytesEqual, formatGeneralName, readCertificate } from "../../../x509/mod.ts";
import { BadRowError } from "../../errors.ts";
import type { CertificateDetails, DetailsPatch } from "../details.ts";
import type { FormerCertificate } from "../store.ts";
import {
  certificateColumns,
  detailColumns,
  readDetailColumns,
  RowReader,
  toColumns,
  toDetailColumns,
  toSerialBytes,
} from "./rows.ts";
import { searchableNames } from "./searchable_names.ts";

/** Inserts certificates, with their details and names. */
export async function insertCertificates(
  database: SqlDatabase,
  certificates: readonly FormerCertificate[],
): Promise<void> {
  const marks = certificateColumns.split(",").map(() => "?").join(", ");
  await database.runEach(
    `INSERT INTO certificates (${certificateColumns}) VALUES (${marks})`,
    certificates.map(toColumns),
  );
  const names = certificates.flatMap(({ record: { serial, subject }, details, der }) => {
    const known = details?.names ?? (der === undefined ? [] : namesIn(der));
    return searchableNames(subject, known).map((name) => [name, toSerialBytes(serial)]);
  });
  await database.runEach(insertName, names);
}

const insertName =
  "INSERT INTO names (name, certificate) SELECT ?, number FROM certificates WHERE serial = ?";

/** The alternative names in a certificate, which an older version has issued; none if it is damaged. */
function namesIn(der: Uint8Array): readonly string[] {
  const certificate = attempt(() => readCertificate(Uint8Array.from(der)));
  return certificate?.subjectAltName.map(formatGeneralName) ?? [];
}

/** A certificate, and what it is found by. */
interface Named {
  readonly serial: string;
  readonly subject: string;
  readonly details?: CertificateDetails | undefined;
}

/** Adds to the details of a certificate, or replaces them. Does nothing if there is no such certificate. */
export async function patchDetails(
  database: SqlDatabase,
  { serial, details: patch }: { readonly serial: string; readonly details: DetailsPatch },
): Promise<void> {
  const id = toSerialBytes(serial);
  const [row] = await database.query(
    `SELECT number, serial, subject, ${readDetailColumns} FROM certificates WHERE serial = ?`,
    [id],
  );
  if (row === undefined) return;
  const { subject } = row;
  if (typeof subject !== "string") {
    throw new BadRowError(database.name, `certificate ${serial}`, "subject");
  }
  const before = new RowReader(database.name).details(row) ?? {};
  const details = patched(before, patch);
  const old = toDetailColumns(before);
  const values = toDetailColumns(details);
  // Only those that differ: a front end may have no right to change the others.
  for (const [index, column] of detailColumns.split(", ").entries()) {
    const value = values[index] ?? null;
    if (isSameValue(value, old[index] ?? null)) continue;
    await database.query(`UPDATE certificates SET ${column} = ? WHERE serial = ?`, [value, id]);
  }
  if (patch.names === undefined) return;
  await replaceNames(database, { serial, subject, details });
}

/** Writes the names of a certificate anew. */
export async function replaceNames(database: SqlDatabase, named: Named): Promise<void> {
  await database.query(
    "DELETE FROM names WHERE certificate = (SELECT number FROM certificates WHERE serial = ?)",
    [toSerialBytes(named.serial)],
  );
  const { serial, subject, details } = named;
  await database.runEach(
    insertName,
    searchableNames(subject, details?.names ?? []).map((name) => [name, toSerialBytes(serial)]),
  );
}

/** Whether two values of a column are the same. */
export function isSameValue(one: SqlValue, other: SqlValue): boolean {
  return one instanceof Uint8Array && other instanceof Uint8Array
    ? bytesEqual(Uint8Array.from(one), Uint8Array.from(other))
    : one === other;
}

function patched(details: CertificateDetails, patch: DetailsPatch): CertificateDetails {
  const all: Record<string, unknown> = { ...details };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete all[field];
    else if (value !== undefined) all[field] = value;
  }
  return all;
}
