/** The one row about the CA itself: its counters, its last CRL, and what tells changes apart. */
import type { SqlDatabase, SqlRow, SqlValue } from "../../../../system/mod.ts";
import { bytesEqual, formatSerial, parseSerial, readCertificate } from "../../../../x509/mod.ts";
import {
  BadCaFileError,
  BadRowError,
  StoreMovedError,
  WrongDatabaseError,
} from "../../../errors.ts";

/** Columns of the row that hold a number, formatted by `formatSerial`. */
export type CounterColumn = "next_serial" | "next_crl_number" | "published_crl";

/** The values of a new CA. */
export interface NewCaRow {
  /** The CA's subjectKeyIdentifier. */
  readonly keyIdentifier: Uint8Array;
  readonly nextSerial: bigint;
  readonly nextCrlNumber: bigint;
}

/** Writes the row of a new CA. @param isReplacing there is a row already, of a CA that never was. */
export async function insertCa(
  database: SqlDatabase,
  { keyIdentifier, nextSerial, nextCrlNumber }: NewCaRow,
  { isReplacing = false }: { readonly isReplacing?: boolean | undefined } = {},
): Promise<void> {
  const values = [keyIdentifier, formatSerial(nextSerial), formatSerial(nextCrlNumber), ""];
  await database.query(
    isReplacing
      ? "UPDATE ca SET key_identifier = ?, next_serial = ?, next_crl_number = ?, last_change = ?"
      : "INSERT INTO ca (only_row, key_identifier, next_serial, next_crl_number, last_change) " +
        "VALUES (1, ?, ?, ?, ?)",
    values,
  );
}

/** Reads columns of the row. @throws WrongDatabaseError if it is missing. */
export async function readCa(database: SqlDatabase, columns: string): Promise<SqlRow> {
  const [row] = await database.query(`SELECT ${columns} FROM ca WHERE only_row = 1`);
  if (row === undefined) throw new WrongDatabaseError(database.name, "no-ca");
  return row;
}

/** Changes one column of the row. */
export async function updateCa(
  database: SqlDatabase,
  column: CounterColumn | "last_change" | "moved_to" | "crl_files_due" | "shard_templates",
  value: SqlValue,
): Promise<void> {
  await database.query(`UPDATE ca SET ${column} = ? WHERE only_row = 1`, [value]);
}

/** Leaves the mark of a change in the row. */
export async function markChange(database: SqlDatabase, mark: string): Promise<void> {
  await updateCa(database, "last_change", mark);
}

/** The mark of the last change. */
export async function lastMark(database: SqlDatabase): Promise<unknown> {
  return (await readCa(database, "last_change"))["last_change"];
}

/** A number of the row; `undefined` if it is not a valid one. */
export async function readNumber(
  database: SqlDatabase,
  column: CounterColumn,
): Promise<bigint | undefined> {
  const { [column]: value } = await readCa(database, column);
  return typeof value === "string" ? parseSerial(value) : undefined;
}

/**
 * Checks that a database belongs to this CA, and is in use.
 *
 * @param root the CA's own certificate, DER; `undefined` if it cannot be read, which its reader reports.
 * @throws WrongDatabaseError, StoreMovedError, BadRowError
 */
export async function requireOwnDatabase(
  database: SqlDatabase,
  root: Uint8Array<ArrayBuffer> | undefined,
  isBegun: IsBegun,
): Promise<void> {
  const { key_identifier: found, ...moved } = await readCa(
    database,
    "key_identifier, moved_to, last_change",
  );
  if (!(found instanceof Uint8Array)) throw new BadRowError(database.name, "ca", "key_identifier");
  await requireNotMoved(database, moved, isBegun);
  const wanted = root === undefined ? undefined : keyIdentifierIn(root);
  if (wanted !== undefined && !bytesEqual(wanted, found)) {
    throw new WrongDatabaseError(database.name, "other-ca");
  }
}

/**
 * Whether a move of this CA has begun and was not finished, so that its old database is still the one in use.
 *
 * @param mark what the database was marked with.
 */
export type IsBegun = (mark: SqlValue) => Promise<boolean>;

/**
 * Checks that a database is in use.
 *
 * @param row with `moved_to` and `last_change`.
 * @throws StoreMovedError
 */
export async function requireNotMoved(
  database: SqlDatabase,
  { moved_to: to, last_change: mark = null }: SqlRow,
  isBegun: IsBegun,
): Promise<void> {
  if (typeof to !== "string" || await isBegun(mark)) return;
  throw new StoreMovedError(database.name, to);
}

/** Marks a database as moved. The mark tells this move from others, see `BegunMove`. */
export async function markMoved(
  database: SqlDatabase,
  { to, mark }: { readonly to: string; readonly mark: string },
): Promise<void> {
  await database.transaction("write", async () => {
    await updateCa(database, "moved_to", to);
    await markChange(database, mark);
  });
}

/** Takes back {@linkcode markMoved}, if the database has this mark. */
export async function takeBackMove(database: SqlDatabase, mark: string): Promise<void> {
  const { moved_to: to, last_change: found } = await readCa(database, "moved_to, last_change");
  if (typeof to !== "string" || found !== mark) return;
  await database.transaction("write", () => updateCa(database, "moved_to", null));
}

/**
 * The subjectKeyIdentifier of the certificate of a new CA.
 *
 * @param certificate DER.
 * @param path for errors only.
 * @throws BadCaFileError if it has none.
 */
export function requireKeyIdentifier(certificate: Uint8Array, path: string): Uint8Array {
  const keyIdentifier = keyIdentifierIn(Uint8Array.from(certificate));
  if (keyIdentifier === undefined) throw new BadCaFileError(path, "no-subject-key-identifier");
  return keyIdentifier;
}

/** The subjectKeyIdentifier of a CA's certificate, DER. */
function keyIdentifierIn(certificate: Uint8Array<ArrayBuffer>): Uint8Array | undefined {
  return readCertificate(certificate).subjectKeyIdentifier;
}
