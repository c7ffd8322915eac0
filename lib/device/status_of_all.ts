import type { System } from "../system/mod.ts";
import type { Configuration, PairConfiguration } from "./configuration/configuration.ts";
import { ConfiguredPairError } from "./configuration/errors.ts";
import { type PairStatus, readStatus } from "./status.ts";

/** One pair of several, as it was found, or why it could not be looked at. */
export type ConfiguredStatus =
  & { readonly name: string; readonly configuration: PairConfiguration }
  & (
    | { readonly status: PairStatus; readonly error?: undefined }
    | { readonly status?: undefined; readonly error: ConfiguredPairError }
  );

/** Looks at every configured pair. What stands in the way of one is said beside the others. */
export async function readAllStatus(
  system: System,
  { pairs }: Pick<Configuration, "pairs">,
): Promise<readonly ConfiguredStatus[]> {
  return await Promise.all(pairs.map(async (configuration): Promise<ConfiguredStatus> => {
    const { name, paths } = configuration;
    try {
      return { name, configuration, status: await readStatus(system, paths) };
    } catch (cause) {
      return { name, configuration, error: new ConfiguredPairError(name, { cause }) };
    }
  }));
}
