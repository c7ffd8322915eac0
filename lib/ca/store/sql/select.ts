/** Which certificates a SELECT finds. */
import type { SqlValue } from "../../../system/mod.ts";
import type { RecordFilter } from "../store.ts";

/** A condition, and its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** The condition of a filter; it is true for all rows if the filter is empty. */
export function conditionOf(filter: RecordFilter): Condition {
  const { status, subjects, endsFrom, endsBy } = filter;
  const all: Condition[] = [];
  const add = (sql: string, ...parameters: readonly SqlValue[]): void => {
    all.push({ sql, parameters });
  };
  if (status !== undefined) add(`revoked_at IS ${status === "active" ? "" : "NOT "}NULL`);
  if (endsFrom !== undefined) add("not_after >= ?", endsFrom);
  if (endsBy !== undefined) add("not_after <= ?", endsBy);
  if (subjects !== undefined) {
    const marks = Array.from(subjects, () => "?").join(", ");
    add(`subject IN (${marks})`, ...subjects);
  }
  return {
    sql: all.length === 0 ? "1 = 1" : all.map(({ sql }) => sql).join(" AND "),
    parameters: all.flatMap(({ parameters }) => parameters),
  };
}
