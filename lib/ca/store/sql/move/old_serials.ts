/** Reads a database that a move has kept. */
import type { SqlDatabase } from "../../../../system/mod.ts";
import { RowReader } from "../rows.ts";

/** The serial numbers of all certificates, formatted by `formatSerial`, a page at a time. */
export async function* serialsIn(database: SqlDatabase): AsyncGenerator<readonly string[]> {
  const reader = new RowReader(database.name);
  for (let last = -1;;) {
    const page = await database.query(
      "SELECT number, serial FROM certificates WHERE number > ? ORDER BY number LIMIT 1000",
      [last],
    );
    yield page.map((row) => reader.serial(row));
    const end = page.at(-1)?.["number"];
    if (typeof end !== "number") return;
    last = end;
  }
}
