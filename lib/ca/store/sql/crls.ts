/** The CRLs in a database: that of the CA, which counts as shard 0, and those of its shards. */
// They are not in the row of the CA: with every change of it, SQLite would write fifty megabytes anew.
import type { SqlDatabase } from "../../../system/mod.ts";
import type { ShardCrl } from "../shards/mod.ts";
import { readCa } from "./ca/mod.ts";

/** What counts as the number of a shard for the CRL of the CA. */
const whole = 0;

/** The CRL of the CA, DER, and those of its shards. */
export interface PublishedCrls {
  readonly der: Uint8Array;
  readonly shards: readonly ShardCrl[];
}

/** A CRL, or its beginning. */
interface CrlRow {
  readonly content: Uint8Array<ArrayBuffer>;
  /** The size of all of it. */
  readonly size: number;
}

/** The last CRL, DER; `undefined` if there is none. */
export async function readCrlRow(
  database: SqlDatabase,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return (await readCrl(database, "crl"))?.content;
}

/** The beginning of the last CRL. @param length how many bytes of it. */
export async function readStartOfCrl(
  database: SqlDatabase,
  length: number,
): Promise<CrlRow | undefined> {
  return await readCrl(database, `substr(crl, 1, ${length})`);
}

/** Whether there is a CRL. */
export async function hasCrlRow(database: SqlDatabase): Promise<boolean> {
  return await readStartOfCrl(database, 1) !== undefined;
}

async function readCrl(database: SqlDatabase, column: string): Promise<CrlRow | undefined> {
  const columns = `${column} AS content, length(crl) AS size`;
  const [row] = await database.query(`SELECT ${columns} FROM shard_crls WHERE shard = ?`, [whole]);
  // Where a version before the first release has left it.
  const { content, size } = row ?? await readCa(database, columns);
  if (!(content instanceof Uint8Array)) return undefined;
  return { content: content as Uint8Array<ArrayBuffer>, size: Number(size) };
}

/** The last CRL of a shard, DER; `undefined` if there is none. */
export async function readShardCrl(
  database: SqlDatabase,
  shard: number,
): Promise<Uint8Array | undefined> {
  const [row] = await database.query("SELECT crl FROM shard_crls WHERE shard = ?", [shard]);
  return row?.["crl"] instanceof Uint8Array ? row["crl"] : undefined;
}

/** The last CRLs of the shards, in order. */
export async function readShardCrls(database: SqlDatabase): Promise<readonly ShardCrl[]> {
  const rows = await database.query(
    "SELECT shard, crl FROM shard_crls WHERE shard > ? ORDER BY shard",
    [whole],
  );
  return rows.flatMap(({ shard, crl: der }) =>
    typeof shard === "number" && der instanceof Uint8Array ? [{ shard, der }] : []
  );
}

/** Replaces the CRL of the CA, and those of shards. */
export async function writeCrls(
  database: SqlDatabase,
  { der, shards }: PublishedCrls,
): Promise<void> {
  await database.runEach(
    "INSERT INTO shard_crls (shard, crl) VALUES (?, ?) " +
      "ON CONFLICT (shard) DO UPDATE SET crl = excluded.crl",
    [{ shard: whole, der }, ...shards].map(({ shard, der }) => [shard, der]),
  );
  await database.query("UPDATE ca SET crl = NULL WHERE crl IS NOT NULL");
}
