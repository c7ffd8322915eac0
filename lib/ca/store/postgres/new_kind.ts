/** Creates the rows of a new CA in PostgreSQL. */
import type { SqlDatabase, System } from "../../../system/mod.ts";
import { WrongDatabaseError } from "../../errors.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { crlFiles, type DataDirectory, type FirstContent } from "../files/mod.ts";
import { insertNewCa, requireKeyIdentifier, whileConnected } from "../sql/mod.ts";
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
  const keyIdentifier = requireKeyIdentifier(certificate, directory.paths.certificate);
  const { crl } = past;
  await whileConnected(new PostgresKind(system, directory), timeout, async (database) => {
    await database.transaction("write", async () => {
      const isReplacing = await isReserved(database);
      await insertNewCa(database, { keyIdentifier, past, lines, isReplacing });
    });
  });
  return crl === undefined ? [] : await crlFiles(system.files, directory, crl);
}

/** The files of the CA exist: from now on, its row can no longer be replaced. */
export async function confirmDatabase(system: System, directory: DataDirectory): Promise<void> {
  await whileConnected(new PostgresKind(system, directory), timeout, async (database) => {
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
