/** Identifies an error by its code and its stable fields, never by its text. */
import { directoryOf, join, nameOf } from "../../system/mod.ts";

/**
 * The fields of errors that say what failed on what, and how, the most significant first. Other fields may
 * differ each time: times, PIDs, serial numbers, output of programs or servers.
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

/** How many levels of nested errors are compared. */
const deepest = 8;

/** A string that identifies an error, even if the numbers in its text change. */
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

/** A path without the numbers in its file name: names may contain serial numbers or random parts. */
function stablePath(path: string): string {
  return join(directoryOf(path), withoutNumbers(nameOf(path)));
}

/** Replaces decimal and hexadecimal numbers. */
function withoutNumbers(name: string): string {
  return name.replaceAll(/[0-9a-f]+/gi, (run) => /\d/.test(run) ? "#" : run);
}
