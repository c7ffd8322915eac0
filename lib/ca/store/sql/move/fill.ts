/** Fills a database in a move. */
import type { FileSystem, SqlDatabase } from "../../../../system/mod.ts";
import { formatSerial } from "../../../../x509/mod.ts";
import { type DataDirectory, encodeTemplates } from "../../files/mod.ts";
import type { Filling, RestOfStore } from "../../move/mod.ts";
import type { FormerCertificate, StoreReader } from "../../store.ts";
import { updateCa } from "../ca/mod.ts";
import { insertLines } from "../history/mod.ts";
import { insertCertificates } from "../certificates.ts";
import { writeCrls } from "../crls.ts";
import { writeEnrolments } from "../enrolments/mod.ts";
import type { SqlKind } from "../kind.ts";
import { SqlReader } from "../sql_reader.ts";

/** What `moved_to` says of a database that is not complete. No store is called like this. */
export const unfinished = "(unfinished)";

/** A database with the schema and the row of the CA, which nothing uses yet. */
export class SqlFilling implements Filling {
  readonly #database: SqlDatabase;
  /** Reads through the connection that writes. */
  readonly reader: StoreReader;

  constructor(
    files: FileSystem,
    directory: DataDirectory,
    { kind, database }: { readonly kind: SqlKind; readonly database: SqlDatabase },
  ) {
    this.#database = database;
    this.reader = new SqlReader(files, directory, { kind, database });
  }

  async add(certificates: readonly FormerCertificate[]): Promise<void> {
    await this.#database.transaction(
      "write",
      () => insertCertificates(this.#database, certificates),
    );
  }

  async addHistory(lines: readonly string[], first: number): Promise<void> {
    await this.#database.transaction("write", () => insertLines(this.#database, lines, first));
  }

  async complete(
    { nextSerial, nextCrlNumber, publishedCrl, crl, ...rest }: RestOfStore,
  ): Promise<void> {
    const { shardCrls, shardTemplates, enrolments } = rest;
    const database = this.#database;
    await database.transaction("write", async () => {
      await updateCa(database, "next_serial", formatSerial(nextSerial));
      await updateCa(database, "next_crl_number", formatSerial(nextCrlNumber));
      if (publishedCrl !== undefined) {
        await updateCa(database, "published_crl", formatSerial(publishedCrl));
      }
      if (shardTemplates.length > 0) {
        await updateCa(database, "shard_templates", encodeTemplates(shardTemplates));
      }
      await writeEnrolments(database, enrolments);
      if (crl !== undefined) await writeCrls(database, { der: crl, shards: shardCrls });
    });
  }

  /** The rows are durable already: only the mark is removed that they are not complete. */
  async entries(): Promise<readonly []> {
    await this.#database.transaction("write", () => updateCa(this.#database, "moved_to", null));
    return [];
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
