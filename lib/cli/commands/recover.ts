import type { CommonFlags } from "../command.ts";
import { type PairFlags, pairPaths } from "../flags.ts";
import type { Outcome } from "../output.ts";
import type { World } from "../world.ts";

/** The flags of `certswap recover`. */
export interface RecoverFlags extends PairFlags, CommonFlags {
  readonly keep?: "old" | "new";
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** `certswap recover`. */
export default function recover(_world: World, flags: RecoverFlags): Promise<Outcome> {
  return Promise.resolve({ json: { pair: pairPaths(flags).certificate }, lines: [], idle: "x" });
}
