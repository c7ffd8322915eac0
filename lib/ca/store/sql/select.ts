/** Which certificates a SELECT finds, and by which index. */
import type { SqlValue } from "../../../system/mod.ts";
import type { RecordFilter } from "../store.ts";
import { toSerialBytes } from "./rows.ts";

/** A condition, and its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/**
 * The condition of a filter; it is true for all rows if the filter is empty.
 *
 * A page of a table is found by its place, and so is what follows it. If few rows match, an index is better.
 * Databases choose without knowing which is the case: an expression instead of a column keeps them from using
 * the wrong index.
 *
 * @param use `ends`: the index of ends finds the rows.
 */
export function conditionOf(filter: RecordFilter, use: "table" | "ends" = "table"): Condition {
  const { status, subjects, serials, endsFrom, endsBy, mayHaveNames, mayHaveProfile } = filter;
  const all: Condition[] = [];
  const add = (sql: string, ...parameters: readonly SqlValue[]): void => {
    all.push({ sql, parameters });
  };
  const end = use === "ends" ? "not_after" : "(not_after || '')";
  if (status !== undefined) add(`revoked_at IS ${status === "active" ? "" : "NOT "}NULL`);
  if (endsFrom !== undefined) add(`${end} >= ?`, endsFrom);
  if (endsBy !== undefined) add(`${end} <= ?`, endsBy);
  if (subjects !== undefined) add(`subject IN (${marksFor(subjects)})`, ...subjects);
  if (serials !== undefined) {
    add(`serial IN (${marksFor(serials)})`, ...Array.from(serials, toSerialBytes));
  }
  if (mayHaveProfile !== undefined) add("profile = ?", mayHaveProfile);
  if (mayHaveNames !== undefined) {
    add(
      `number IN (SELECT certificate FROM names WHERE name IN (${marksFor(mayHaveNames)}))`,
      ...mayHaveNames,
    );
  }
  return {
    sql: all.length === 0 ? "1 = 1" : all.map(({ sql }) => sql).join(" AND "),
    parameters: all.flatMap(({ parameters }) => parameters),
  };
}

/** Whether another index than the place in the table finds the rows. */
export function isIndexed(
  { subjects, serials, mayHaveNames, mayHaveProfile }: RecordFilter,
): boolean {
  return [subjects, serials, mayHaveNames, mayHaveProfile].some((given) => given !== undefined);
}

/** A place for each value, as `IN` needs them. */
export function marksFor(values: Iterable<unknown>): string {
  return Array.from(values, () => "?").join(", ");
}
