/** What the error codes of PostgreSQL mean. */
import type { DatabaseProblem } from "../errors.ts";

/** A problem of a statement, or another program that holds a lock. */
type StatementProblem = DatabaseProblem | "busy";

/** By code, or by its class: the first two characters (PostgreSQL, appendix A). */
const problems: Readonly<Record<string, StatementProblem>> = {
  "08": "connection",
  "22": "other",
  "23": "constraint",
  "25006": "read-only",
  "28": "access",
  "3D": "schema",
  "3F": "schema",
  // Serialization failure, deadlock.
  "40": "busy",
  "42501": "access",
  // Undefined column, function, table.
  "42703": "schema",
  "42883": "schema",
  "42P01": "schema",
  "53100": "full",
  // Too many connections.
  "53300": "connection",
  "55P03": "busy",
  "57014": "time-limit",
  // Administrator command, crash, cannot connect now.
  "57P01": "connection",
  "57P02": "connection",
  "57P03": "connection",
  "25P03": "time-limit",
  "58030": "input-output",
  "XX001": "damaged",
  "XX002": "damaged",
};

/** The problem of an error. @param state SQLSTATE, five characters. */
export function problemOf(state: string): StatementProblem {
  return problems[state] ?? problems[state.slice(0, 2)] ?? "other";
}
