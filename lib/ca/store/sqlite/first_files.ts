/** Makes the database of a new CA. */
import type { SqlDatabase, System } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { caModes, crlFiles, type DataDirectory, type FirstContent, newFile } from "../files/mod.ts";
import { insertNewCa, requireKeyIdentifier } from "../sql/mod.ts";
import { schema } from "./schema.ts";

/**
 * The entries for a new database, with what the CA has issued. Its content is made in memory, so that one
 * transaction brings it in with the CA's key and certificate.
 *
 * @throws BadCaFileError if the certificate has no subjectKeyIdentifier.
 */
export async function firstFiles(
  system: System,
  directory: DataDirectory,
  content: FirstContent,
): Promise<readonly Entry[]> {
  const { files, databases } = system;
  const { past: { crl } } = content;
  const database = newFile(files, directory, {
    target: directory.paths.database,
    content: await databases.makeSqlite((made) => fill(made, directory, content)),
    mode: caModes.database,
  });
  return crl === undefined ? [database] : [database, ...await crlFiles(files, directory, crl)];
}

async function fill(
  database: SqlDatabase,
  directory: DataDirectory,
  { certificate, past, lines }: FirstContent,
): Promise<void> {
  const keyIdentifier = requireKeyIdentifier(certificate, directory.paths.certificate);
  await database.script(schema);
  await database.transaction("write", () => insertNewCa(database, { keyIdentifier, past, lines }));
}
