/** What a database has of its certificates, for `ca check`: read page by page. */
import type { SqlDatabase, SqlRow } from "../../../../system/mod.ts";
import type { InspectedCertificate, StoreContents } from "../../inspection.ts";
import { linesAbout } from "../history/mod.ts";
import type { SqlKind } from "../kind.ts";
import { readDetailColumns, recordColumns, RowReader, toSerialBytes } from "../rows.ts";
import { marksFor } from "../select.ts";

/** How the store reads the rows of certificates. */
export interface ContentReading {
  readonly kind: SqlKind;
  /** All rows in the order of issue. @param columns with `number`. */
  readonly rows: (columns: string) => AsyncIterable<readonly SqlRow[]>;
}

const columns = `${recordColumns}, ${readDetailColumns}`;

/** Looks at the certificates of a database. @throws DatabaseError */
export async function sqlContents(
  database: SqlDatabase,
  { kind, rows }: ContentReading,
): Promise<StoreContents> {
  const [counted] = await database.query("SELECT count(*) AS count FROM certificates");
  const reader = new RowReader(database.name);
  const inspected = (row: SqlRow): InspectedCertificate => {
    const { der } = row;
    const details = reader.details(row);
    const record = reader.record(row);
    const isKept = details?.isLost !== true;
    const { serial } = record;
    if (!(der instanceof Uint8Array)) return { serial, record, details, isKept };
    return { serial, record, details, isKept, der: der as Uint8Array<ArrayBuffer> };
  };
  return {
    unreadable: new Map(),
    place: kind.inStore,
    strays: [],
    count: Number(counted?.["count"] ?? 0),
    async *pages() {
      for await (const page of rows(`${columns}, der`)) yield page.map(inspected);
    },
    async find(serials) {
      if (serials.size === 0) return new Map();
      const found = await database.query(
        `SELECT ${columns} FROM certificates WHERE serial IN (${marksFor(serials)})`,
        Array.from(serials, toSerialBytes),
      );
      return new Map(found.map(inspected).map((one) => [one.serial, one]));
    },
    historyOf: (page) => linesAbout(database, page.map(({ serial }) => serial)),
  };
}
