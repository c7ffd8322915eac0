/** What single values of a configuration have to be. */
import * as v from "valibot";
import { attempt, day } from "../../../system/mod.ts";
import { readDuration } from "../../duration.ts";
import type { Expectation } from "../errors.ts";

/** A string that `read` can make sense of: it returns `undefined`, or throws, if it cannot. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function text<T>(expected: Expectation, read: (written: string) => T | undefined) {
  return v.pipe(
    v.string(expected),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = attempt(() => read(dataset.value));
      if (value === undefined) addIssue({ message: expected });
      return value ?? NEVER;
    }),
  );
}

/** A string that `accept` lets through. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function string(expected: Expectation, accept: (written: string) => boolean) {
  return text(expected, (written) => accept(written) ? written : undefined);
}

/** Absolute: a command that cron starts has a working directory that nobody thinks of. */
export const path = string("absolute-path", isAbsolutePath);

function isAbsolutePath(written: string): boolean {
  // deno-lint-ignore no-control-regex
  return written.length < 4096 && /^\/(?:[^\0-\x1f\x7f]*[^/\0-\x1f\x7f])?$/.test(written);
}

/** Long enough to be meant, short enough that the next run of an hourly timer finds an end to it. */
export const timeLimit = text("time-limit", (written) => {
  const milliseconds = readDuration(written);
  return milliseconds !== undefined && milliseconds >= 100 && milliseconds <= day
    ? milliseconds
    : undefined;
});

/** What no program can be given: execve(2) ends an argument at a NUL. */
const argument = string("command", (written) => !written.includes("\0"));

/**
 * A program by its absolute path, or by a name to be found in PATH: nothing that depends on the working
 * directory.
 */
const program = string(
  "command",
  (written) => /^[^/\0]+$/.test(written) || isAbsolutePath(written),
);

/** A program and its arguments. */
export const command = v.tupleWithRest([program], argument, "command" satisfies Expectation);

/** The most that a pair has of a kind: of hooks, of probes. */
const most = 16;

/** One value, or a list with 1 to 16: always a list in the configuration that is read. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function oneOrMore<Schema extends v.GenericSchema>(schema: Schema, expected: Expectation) {
  const list = v.pipe(
    v.array(schema, expected),
    v.minLength(1, expected),
    v.maxLength(most, expected),
  );
  const one = v.pipe(schema, v.transform((value) => [value]));
  return v.lazy((written) => Array.isArray(written) ? list : one);
}
