import { planRecovery, recoverPair } from "../../device/recover.ts";
import type { CommonFlags } from "../command.ts";
import { type PairFlags, pairPaths } from "../flags.ts";
import type { Outcome } from "../output.ts";
import { didRecover, outlookToJson, recoveryToJson, wouldRecover } from "../recovery_text.ts";
import type { World } from "../world.ts";
import { exitCode } from "../exit_code.ts";

/** The flags of `certswap recover`. */
export interface RecoverFlags extends PairFlags, CommonFlags {
  readonly keep?: "old" | "new";
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** `certswap recover`. */
export default async function recover(
  { system }: World,
  { dryRun, keep, lockTimeout, ...flags }: RecoverFlags,
): Promise<Outcome> {
  const paths = pairPaths(flags);
  if (dryRun) {
    const outlook = await planRecovery(system, paths);
    return {
      exit: outlook.outcome === "undecidable" ? exitCode.needsPerson : exitCode.done,
      json: { dryRun: true, recovery: outlookToJson(outlook) },
      lines: wouldRecover(outlook),
      ...(outlook.outcome === "clean" ? { idle: "Nothing to recover." } : {}),
    };
  }
  const report = await recoverPair(system, paths, { lockTimeout, keep });
  return {
    json: { dryRun: false, recovery: recoveryToJson(report) },
    lines: didRecover(report),
    ...(report.outcome === "clean" ? { idle: "Nothing to recover." } : {}),
  };
}
