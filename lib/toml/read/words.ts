/** Schemas of single values. Every message of a schema is an expectation: a word for what is expected. */
import * as v from "valibot";
import { attempt, day, readDuration } from "../../system/mod.ts";

/** A string that `read` accepts: it returns `undefined`, or throws, otherwise. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function text<T, Expectation extends string>(
  expected: Expectation,
  read: (written: string) => T | undefined,
) {
  return v.pipe(
    v.string(expected),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = attempt(() => read(dataset.value));
      if (value === undefined) addIssue({ message: expected });
      return value ?? NEVER;
    }),
  );
}

/** A string that `accept` allows. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function string<Expectation extends string>(
  expected: Expectation,
  accept: (written: string) => boolean,
) {
  return text(expected, (written) => accept(written) ? written : undefined);
}

/** Absolute: the working directory of a command that cron starts is easily overlooked. */
export const path = string("absolute-path", isAbsolutePath);

function isAbsolutePath(written: string): boolean {
  // deno-lint-ignore no-control-regex
  return written.length < 4096 && /^\/(?:[^\0-\x1f\x7f]*[^/\0-\x1f\x7f])?$/.test(written);
}

/** Long enough to be useful, short enough to end before the next run of an hourly timer. */
export const timeLimit = text("time-limit", (written) => {
  const milliseconds = readDuration(written);
  return milliseconds !== undefined && milliseconds >= 100 && milliseconds <= day
    ? milliseconds
    : undefined;
});

/** Not possible in arguments: execve(2) ends an argument at a NUL. */
const argument = string("command", (written) => !written.includes("\0"));

/**
 * A program by its absolute path, or by a name to be found in PATH: nothing that depends on the working
 * directory.
 */
const program = string(
  "program",
  (written) => /^[^/\0]+$/.test(written) || isAbsolutePath(written),
);

/** A program and its arguments. */
export const command = v.tupleWithRest([program], argument, "command");

/** The most values of a list. */
const most = 16;

/** One value, or a list of 1 to 16: always a list in the result. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function oneOrMore<Schema extends v.GenericSchema, Expectation extends string>(
  schema: Schema,
  expected: Expectation,
) {
  const list = v.pipe(
    v.array(schema, expected),
    v.minLength(1, expected),
    v.maxLength(most, expected),
  );
  const one = v.pipe(schema, v.transform((value) => [value]));
  return v.lazy((written) => Array.isArray(written) ? list : one);
}
