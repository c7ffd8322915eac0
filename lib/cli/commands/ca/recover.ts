/** `certswap ca recover`: finishes or undoes an interrupted change in a data directory. */
import { planCaRecovery, recoverCa } from "../../../ca/mod.ts";
import { type CommonFlags, dataDirectory, type DataDirectoryFlags } from "../../declaration/mod.ts";
import { exitCode } from "../../exit_code.ts";
import {
  didRecover,
  type Outcome,
  outlookToJson,
  recoveryToJson,
  wouldRecover,
} from "../../print/mod.ts";
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
