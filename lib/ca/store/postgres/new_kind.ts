/** Creates the rows of a new CA in PostgreSQL. */
import type { SqlDatabase, System } from "../../../system/mod.ts";
import { BadCaFileError, WrongDatabaseError } from "../../errors.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { crlFiles, type DataDirectory, type FirstContent } from "../files/mod.ts";
import { insertCa, insertCertificates, insertLines, keyIdentifierIn } from "../sql/mod.ts";
import { PostgresKind } from "./postgres_kind.ts";

/** How long to wait for another front end, in milliseconds. */
const timeout = 10_000;

/**
 * Reserves the database for a new CA, in one transaction, before its files are created: a database that has
 * one is never taken over. What an interrupted `init` has reserved, without files, is replaced.
 *
 * @returns the files of the store.
 * @throws WrongDatabaseError, BadCaFileError, DatabaseError
 */
export async function reserveDatabase(
  system: System,
  directory: DataDirectory,
  { certificate, past, lines }: FirstContent,
): Promise<readonly Entry[]> {
  const keyIdentifier = keyIdentifierIn(Uint8Array.from(certificate));
  if (keyIdentifier === undefined) {
    throw new BadCaFileError(directory.paths.certificate, "no-subject-key-identifier");
  }
  const { certificates, crl, nextSerial, nextCrlNumber } = past;
  await withDatabase(system, directory, async (database) => {
    await database.transaction("write", async () => {
      const isFree = await isReserved(database);
      const numbers = { keyIdentifier, nextSerial, nextCrlNumber };
      await insertCa(database, numbers, { isReplacing: isFree });
      await insertCertificates(database, certificates);
      if (crl !== undefined) await database.query("UPDATE ca SET crl = ?", [crl]);
      await insertLines(database, lines, 1);
    });
  });
  return crl === undefined ? [] : await crlFiles(system.files, directory, crl);
}

/** The files of the CA exist: from now on, its row can no longer be replaced. */
export async function confirmDatabase(system: System, directory: DataDirectory): Promise<void> {
  await withDatabase(system, directory, async (database) => {
    await database.transaction("write", async () => {
      await database.query("UPDATE ca SET ready = 1 WHERE ready = 0");
    });
  });
}

/**
 * Whether an interrupted `init` has left a row, of a CA that has issued nothing and has no files.
 *
 * @throws WrongDatabaseError if there is a CA.
 */
async function isReserved(database: SqlDatabase): Promise<boolean> {
  const [row] = await database.query("SELECT ready FROM ca");
  const [issued] = await database.query("SELECT 1 AS one FROM certificates LIMIT 1");
  if (row?.["ready"] === 1 || issued !== undefined) {
    throw new WrongDatabaseError(database.name, "in-use");
  }
  return row !== undefined;
}

async function withDatabase(
  system: System,
  directory: DataDirectory,
  work: (database: SqlDatabase) => Promise<void>,
): Promise<void> {
  const database = await new PostgresKind(system, directory).connect("write", { timeout });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}
