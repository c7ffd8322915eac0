/** The table of a hook, and the hooks of a pair. */
import * as v from "valibot";
import { command, timeLimit } from "../../../toml/read/mod.ts";
import type { HookConfiguration } from "../../service/mod.ts";
import type { Expectation } from "../errors.ts";
import { string } from "./words.ts";

/** A name in the configuration: of a pair or of a shared hook. */
export function isConfiguredName(written: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(written);
}

/** A table `[hook.NAME]`, or a pair's own hook. */
export const hookTable = v.pipe(
  v.object({ command, time_limit: v.optional(timeLimit, "60s") }, "hook" satisfies Expectation),
  v.transform((table): HookConfiguration => ({
    name: undefined,
    command: table.command,
    timeLimit: table.time_limit,
  })),
);

/** The NAME of a table `[hook.NAME]`, which may be in another file. */
export interface HookReference {
  readonly reference: string;
}

const hookReference = v.pipe(
  string("hook", isConfiguredName),
  v.transform((reference): HookReference => ({ reference })),
);

/** A hook of a pair: a table, or the name of one. */
export const pairHook = v.lazy((written): v.GenericSchema<
  unknown,
  HookConfiguration | HookReference
> => typeof written === "string" ? hookReference : hookTable);
