/** What programs of the operator are told about a pair. */
import type { Pair } from "../pair/mod.ts";

/** The environment variables about a pair. @param name its name in the configuration. */
export function pairEnvironment(
  name: string,
  { active, combined }: Pair,
): Record<string, string> {
  return {
    CERTSWAP_NAME: name,
    CERTSWAP_CERT: active.certificate,
    CERTSWAP_KEY: active.key,
    ...(combined === undefined ? {} : { CERTSWAP_COMBINED: combined }),
  };
}
