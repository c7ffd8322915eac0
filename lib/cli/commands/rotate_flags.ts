/** The flags of `certswap rotate`, and the pairs that they select. */
import {
  type Configuration,
  type PairConfiguration,
  pairNamed,
} from "../../device/configuration/mod.ts";
import type { CommonFlags } from "../declaration/mod.ts";

/** The flags of `certswap rotate`. */
export interface RotateFlags extends CommonFlags {
  readonly name?: string;
  readonly config?: string;
  readonly force: boolean;
  readonly wait: boolean;
  readonly acceptMissing: boolean;
  readonly metrics?: string;
  readonly log?: "json" | "journal";
  /** Milliseconds. */
  readonly quietFor?: number;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** The selected pair, or all pairs. @throws UnknownPairError */
export function namedPairs(
  read: Configuration,
  { name }: Pick<RotateFlags, "name">,
): readonly PairConfiguration[] {
  return name === undefined ? read.pairs : [pairNamed(read, name)];
}
