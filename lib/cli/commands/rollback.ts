/** `certswap rollback`: makes the previous pair the active one. */
import { planRollback, rollback } from "../../device/change/rollback.ts";
import { performed, planned } from "../print/activation_text.ts";
import type { CommonFlags } from "../declaration/command.ts";
import type { MissingFlags, PairFlags } from "../declaration/flags.ts";
import type { Outcome } from "../print/output.ts";
import { tellRecovery } from "../print/recovery_text.ts";
import { defaultsOf, selectPair } from "../declaration/selected_pair.ts";
import { changesPairs } from "../tree/needs.ts";
import type { World } from "../world.ts";

/** The flags of `certswap rollback`. */
export interface RollbackFlags extends PairFlags, MissingFlags, CommonFlags {
  readonly trust?: string;
  readonly keepPrevious: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** `certswap rollback`. */
export default async function rollbackCommand(
  world: World,
  flags: RollbackFlags,
): Promise<Outcome> {
  const { system } = world;
  const { paths, configured } = await selectPair(world, flags);
  const options = {
    ...flags,
    ...defaultsOf(configured, flags),
    onRecovery: tellRecovery(world),
    // Before a byte of the pair is parsed.
    onRightsKnown: () => world.permissions.keepOnly(changesPairs),
  };
  const idle = "Nothing to do: the previous pair is the active one.";
  if (flags.dryRun) return planned(await planRollback(system, paths, options), { idle });
  const done = "Rolled back to the previous pair.";
  return performed(await rollback(system, paths, options), { paths, done, idle });
}
