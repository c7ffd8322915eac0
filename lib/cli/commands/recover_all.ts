/** `certswap recover` without a pair: recovers every configured pair. */
import { type Configuration, ConfiguredPairError } from "../../device/configuration/mod.ts";
import { UsageError } from "../errors.ts";
import { exitCodeFor, worstExitCode } from "../exit_code.ts";
import type { Outcome } from "../print/mod.ts";
import type { World } from "../world.ts";
import { type Recovered, type RecoverFlags, recoverOne } from "./recover.ts";

/**
 * Recovers every pair, one after the other.
 *
 * In its own file, because the bundle for a single pair leaves it out, see `scripts/build/bundle.ts`.
 */
export async function recoverAll(
  world: World,
  { pairs }: Configuration,
  flags: RecoverFlags,
): Promise<Outcome> {
  if (flags.keep !== undefined) {
    throw new UsageError(
      ["--keep requires a single pair"],
      "Select the pair with --name NAME.",
    );
  }
  const recovered: (Recovered & { readonly name: string })[] = [];
  const failures: ConfiguredPairError[] = [];
  for (const { name, paths } of pairs) {
    try {
      recovered.push({ name, ...await recoverOne(world, paths, flags) });
    } catch (cause) {
      failures.push(new ConfiguredPairError(name, { cause }));
    }
  }
  const lines = recovered.flatMap(({ name, lines }) =>
    lines.length === 0 ? [] : [`Pair ${name}`, ...lines.map((line) => `  ${line}`)]
  );
  return {
    exit: worstExitCode([...recovered.map(({ exit }) => exit), ...failures.map(exitCodeFor)]),
    json: {
      dryRun: flags.dryRun,
      pairs: recovered.map(({ name, recovery }) => ({ name, recovery })),
    },
    lines,
    idle: lines.length + failures.length === 0 ? "Nothing to recover." : undefined,
    failures,
  };
}
