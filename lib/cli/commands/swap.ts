import { planSwap, swap } from "../../device/mod.ts";
import { performed, planned } from "../activation_text.ts";
import type { CommonFlags } from "../command.ts";
import {
  newPairFiles,
  type NewPairFlags,
  type PairFlags,
  pairPaths,
  type WaiverFlags,
} from "../flags.ts";
import type { Outcome } from "../output.ts";
import type { World } from "../world.ts";

/** The flags of `certswap swap`. */
export interface SwapFlags extends PairFlags, NewPairFlags, WaiverFlags, CommonFlags {
  readonly trust?: string;
  readonly keepPrevious: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** `certswap swap`. */
export default async function swapCommand({ system }: World, flags: SwapFlags): Promise<Outcome> {
  const paths = pairPaths(flags);
  const options = { ...flags, newPair: newPairFiles(flags) };
  const idle = "Nothing to do: this pair is active already.";
  if (flags.dryRun) return planned(await planSwap(system, paths, options), { paths, idle });
  const done = "Pair swapped in successfully.";
  return performed(await swap(system, paths, options), { paths, done, idle });
}
