/** `certswap swap`: makes a new pair the active one. */
import { planSwap, swap } from "../../device/change/mod.ts";
import { requireInputsApart } from "../../device/pair/outputs/mod.ts";
import { type Outcome, performed, planned, tellRecovery } from "../print/mod.ts";
import {
  type CommonFlags,
  defaultsOf,
  type MissingFlags,
  newPairFiles,
  type NewPairFlags,
  type OutputFlags,
  outputPaths,
  type PairFlags,
  selectPair,
  type WaiverFlags,
} from "../declaration/mod.ts";
import { changesPairs } from "../tree/mod.ts";
import type { World } from "../world.ts";

/** The flags of `certswap swap`. */
export interface SwapFlags
  extends PairFlags, NewPairFlags, OutputFlags, WaiverFlags, MissingFlags, CommonFlags {
  readonly trust?: string;
  /** OBJECT IDENTIFIERs in dots. */
  readonly purpose?: readonly string[];
  readonly keepPrevious: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** `certswap swap`. */
export default async function swapCommand(world: World, flags: SwapFlags): Promise<Outcome> {
  const { system } = world;
  const named = outputPaths(flags);
  const { paths: selected, configured } = await selectPair(world, flags);
  const paths = { ...selected, ...named };
  requireInputsApart(system.files, paths);
  const options = {
    ...flags,
    ...defaultsOf(configured, flags),
    purposes: flags.purpose ?? configured?.purposes,
    newPair: newPairFiles(flags),
    onRecovery: tellRecovery(world),
    // Before a byte of the pair is parsed.
    onRightsKnown: () => world.permissions.keepOnly(changesPairs),
  };
  const idle = "Nothing to do: this pair is already active.";
  if (flags.dryRun) return planned(await planSwap(system, paths, options), { idle });
  const done = "Pair swapped in successfully.";
  return performed(await swap(system, paths, options), { paths, configured, done, idle });
}
