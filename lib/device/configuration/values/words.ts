/** Schemas of single values, with the expectations of this configuration. */
import type { GenericSchema } from "valibot";
import * as words from "../../../toml/read/mod.ts";
import type { Expectation } from "../errors.ts";

/** A string that `read` accepts: it returns `undefined`, or throws, otherwise. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function text<T>(expected: Expectation, read: (written: string) => T | undefined) {
  return words.text(expected, read);
}

/** A string that `accept` allows. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function string(expected: Expectation, accept: (written: string) => boolean) {
  return words.string(expected, accept);
}

/** One value, or a list of 1 to 16: always a list in the result. */
// deno-lint-ignore explicit-module-boundary-types -- its type says what it is made of
export function oneOrMore<Schema extends GenericSchema>(schema: Schema, expected: Expectation) {
  return words.oneOrMore(schema, expected);
}
