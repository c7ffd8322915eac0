/** `certswap rollback`: makes the previous pair the active one. */
import { planRollback, rollback } from "../../device/change/mod.ts";
import { type Outcome, performed, planned, tellRecovery } from "../print/mod.ts";
import {
  type CommonFlags,
  defaultsOf,
  type MissingFlags,
  type PairFlags,
  selectPair,
} from "../declaration/mod.ts";
import { changesPairs } from "../tree/mod.ts";
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
  const idle = "Nothing to do: the previous pair is already active.";
  if (flags.dryRun) return planned(await planRollback(system, paths, options), { idle });
  const done = "Rolled back to the previous pair.";
  return performed(await rollback(system, paths, options), { paths, configured, done, idle });
}
