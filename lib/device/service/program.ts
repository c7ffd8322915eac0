/** What issuers and hooks have in common: they are programs of the operator's. */
import type { RunResult } from "../../system/mod.ts";
import type { PairConfiguration } from "../configuration/configuration.ts";
import type { Pair } from "../pair/layout.ts";
import type { ProgramFailure } from "../rotation/errors.ts";

/** All that every program is given of an environment; whatever else it needs it has to bring. */
export const programEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
} as const;

/** What a program is told about the pair. */
export function pairEnvironment(
  { name }: PairConfiguration,
  { active, combined }: Pair,
): Record<string, string> {
  return {
    CERTSWAP_NAME: name,
    CERTSWAP_CERT: active.certificate,
    CERTSWAP_KEY: active.key,
    ...(combined === undefined ? {} : { CERTSWAP_COMBINED: combined }),
  };
}

/** Says how a program ended, with what it wrote last to standard error. */
export function failureOf(
  [program]: readonly [string, ...string[]],
  { end, errorOutput }: RunResult,
): ProgramFailure {
  return { program, end, errorOutput: new TextDecoder().decode(errorOutput) };
}
