/** The first rows of a new CA. */
import type { SqlDatabase } from "../../../../system/mod.ts";
import type { FirstContent } from "../../files/mod.ts";
import { insertCa } from "./row.ts";
import { insertCertificates } from "../certificates.ts";
import { writeCrls } from "../crls.ts";
import { insertLines } from "../history/mod.ts";

/** What a new CA has. */
interface NewCa extends Omit<FirstContent, "certificate"> {
  /** See `requireKeyIdentifier`. */
  readonly keyIdentifier: Uint8Array;
  /** As in {@linkcode insertCa}. */
  readonly isReplacing?: boolean | undefined;
}

/** Writes the rows of a new CA, with what it has issued elsewhere. The caller has begun a transaction. */
export async function insertNewCa(
  database: SqlDatabase,
  { keyIdentifier, past, lines, isReplacing }: NewCa,
): Promise<void> {
  const { certificates, crl, nextSerial, nextCrlNumber } = past;
  await insertCa(database, { keyIdentifier, nextSerial, nextCrlNumber }, { isReplacing });
  await insertCertificates(database, certificates);
  if (crl !== undefined) await writeCrls(database, { der: crl, shards: [] });
  await insertLines(database, lines, 1);
}
