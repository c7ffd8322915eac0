/** `certswap ca recover`: finishes or undoes what a crash left in a data directory. */
import { planCaRecovery, recoverCa } from "../../../ca/recover.ts";
import { dataDirectory, type DataDirectoryFlags } from "../../declaration/ca_flags.ts";
import type { CommonFlags } from "../../declaration/command.ts";
import { exitCode } from "../../exit_code.ts";
import type { Outcome } from "../../print/output.ts";
import {
  didRecover,
  outlookToJson,
  recoveryToJson,
  wouldRecover,
} from "../../print/recovery_text.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap ca recover`. */
export interface RecoverCaFlags extends DataDirectoryFlags, CommonFlags {
  readonly keep?: "old" | "new";
  readonly dryRun: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** `certswap ca recover`. */
export default async function recoverCommand(
  world: World,
  flags: RecoverCaFlags,
): Promise<Outcome> {
  const { dryRun, keep, lockTimeout } = flags;
  const location = { dataDirectory: dataDirectory(world, flags) };
  if (dryRun) {
    const outlook = await planCaRecovery(world.system, location);
    return {
      exit: outlook.outcome === "undecidable" ? exitCode.needsPerson : exitCode.done,
      json: { dryRun, recovery: outlookToJson(outlook) },
      lines: wouldRecover(outlook),
      idle: outlook.outcome === "clean" ? nothingToDo : undefined,
    };
  }
  const report = await recoverCa(world.system, { ...location, lockTimeout, keep });
  return {
    json: { dryRun, recovery: recoveryToJson(report) },
    lines: didRecover(report),
    idle: report.outcome === "clean" ? nothingToDo : undefined,
  };
}

const nothingToDo = "Nothing to recover.";
