/** By what an error is known again: its code, and what is stable of it. Never by its text. */
import { directoryOf, join, nameOf } from "../../system/mod.ts";

/**
 * The fields of errors that say what failed on what, and how: the most telling first. All others may be
 * different each time: times, PIDs, serial numbers, what a program or a server has said.
 */
const stableFields = [
  "code",
  "errno",
  "reason",
  "problem",
  "kind",
  "signal",
  "end",
  "stage",
  "saw",
  "alert",
  "operation",
  "path",
  "program",
  "name",
  "host",
  "port",
  "serverName",
  "missingNames",
  "failure",
  "place",
  "position",
  "cause",
  "hookError",
  "errors",
  "hook",
  "probe",
  "command",
] as const;

/** How deep errors lie under errors. */
const deepest = 8;

/** A word by which an error is known again, even if the numbers in its text are others. */
export function identityOf(error: unknown): string {
  return JSON.stringify(stablePart(error, deepest)) ?? "";
}

function stablePart(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return value.map((one) => stablePart(one, depth - 1));
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    stableFields.flatMap((name) => {
      const part = fields[name];
      if (part === undefined) return [];
      const isPath = name === "path" && typeof part === "string";
      return [[name, isPath ? stablePath(part) : stablePart(part, depth - 1)]];
    }),
  );
}

/** Files that are named after a serial number, or after nothing, are one to us. */
function stablePath(path: string): string {
  return join(directoryOf(path), withoutNumbers(nameOf(path)));
}

/** Numbers are decimal or hexadecimal. */
function withoutNumbers(name: string): string {
  return name.replaceAll(/[0-9a-f]+/gi, (run) => /\d/.test(run) ? "#" : run);
}
