/** `certswap recover`: finishes or undoes an interrupted change, for one pair or all. */
import { planRecovery, recoverPair } from "../../device/change/mod.ts";
import type { PairPaths } from "../../device/pair/mod.ts";
import {
  type CommonFlags,
  type MissingFlags,
  type PairFlags,
  selectPairs,
} from "../declaration/mod.ts";
import { exitCode } from "../exit_code.ts";
import {
  didRecover,
  type Json,
  type Outcome,
  outlookToJson,
  recoveryToJson,
  wouldRecover,
} from "../print/mod.ts";
import type { World } from "../world.ts";

/** The flags of `certswap recover`. */
export interface RecoverFlags extends PairFlags, MissingFlags, CommonFlags {
  readonly keep?: "old" | "new";
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** `certswap recover`. */
export default async function recover(world: World, flags: RecoverFlags): Promise<Outcome> {
  const selected = await selectPairs(world, flags);
  const { dryRun } = flags;
  if ("pairs" in selected) {
    const { recoverAll } = await import("./recover_all.ts");
    return await recoverAll(world, selected, flags);
  }
  const { exit, recovery, lines } = await recoverOne(world, selected.paths, flags);
  return {
    exit,
    json: { dryRun, recovery },
    lines,
    idle: lines.length === 0 ? "Nothing to recover." : undefined,
  };
}

/** The result for one pair. */
export interface Recovered {
  readonly exit: 0 | 4;
  readonly recovery: Json;
  readonly lines: readonly string[];
}

/** Recovers one pair, or shows with `--dry-run` what recovery would do. */
export async function recoverOne(
  { system }: World,
  paths: PairPaths,
  { dryRun, keep, lockTimeout, acceptMissing }: RecoverFlags,
): Promise<Recovered> {
  if (dryRun) {
    const outlook = await planRecovery(system, paths, { acceptMissing });
    return {
      exit: outlook.outcome === "undecidable" ? exitCode.needsPerson : exitCode.done,
      recovery: outlookToJson(outlook),
      lines: wouldRecover(outlook),
    };
  }
  const report = await recoverPair(system, paths, { lockTimeout, keep, acceptMissing });
  return { exit: exitCode.done, recovery: recoveryToJson(report), lines: didRecover(report) };
}
