/** `certswap status`: one pair or all, in words, as JSON and as metrics. */
import type { Configuration } from "../../device/configuration/mod.ts";
import type { Judge } from "../../device/rotation/mod.ts";
import { type ConfiguredStatus, readAllStatus, readStatus } from "../../device/status/mod.ts";
import { checkPairs } from "../check/mod.ts";
import {
  type CommonFlags,
  loadJudgeBy,
  type PairFlags,
  type SelectedPair,
  selectPairs,
} from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import { exitCode, exitCodeFor, worstExitCode } from "../exit_code.ts";
import {
  isUsable,
  type Json,
  type Outcome,
  statusLines,
  statusTable,
  statusToJson,
  statusWarnings,
} from "../print/mod.ts";
import { formatTime } from "../../system/mod.ts";
import { fold, paintFor, widthOf } from "../text.ts";
import type { World } from "../world.ts";

/** The flags of `certswap status`. */
export interface StatusFlags extends PairFlags, CommonFlags {
  readonly metrics?: string;
  readonly check: boolean;
}

/** `certswap status`. */
export default async function status(world: World, flags: StatusFlags): Promise<Outcome> {
  if (flags.check) {
    if (flags.metrics === undefined) return await checkPairs(world, flags);
    throw new UsageError(
      ["--check changes nothing, and --metrics writes"],
      "Run one after the other.",
    );
  }
  const selected = await selectPairs(world, flags);
  if ("pairs" in selected) return await statusOfAll(world, selected, flags);
  if (flags.metrics !== undefined) {
    throw new UsageError(
      ["--metrics is about every pair of the configuration, and one is named"],
      "Leave out the pair, or --metrics.",
    );
  }
  const found = await readStatus(world.system, selected.paths, await judgeOf(selected));
  return {
    exit: isUsable(found) ? exitCode.done : exitCode.failed,
    json: { time: formatTime(found.now), ...statusToJson(found) },
    lines: folded(world, statusLines(found, paintFor(world, world.stdout))),
    warnings: statusWarnings(found),
  };
}

async function judgeOf({ configured }: SelectedPair): Promise<Judge | undefined> {
  return configured && (await loadJudgeBy())(configured);
}

async function statusOfAll(
  world: World,
  configuration: Configuration,
  flags: StatusFlags,
): Promise<Outcome> {
  const all = await readAllStatus(world.system, configuration, await loadJudgeBy());
  if (flags.metrics !== undefined) {
    const { statusMetrics } = await import("./status_metrics.ts");
    await statusMetrics(world, { configuration, path: flags.metrics });
  }
  return {
    exit: worstExitCode(all.map(exitOf)),
    json: { time: formatTime(world.system.clock.now()), pairs: all.map(toJson) },
    lines: folded(world, statusTable(all, paintFor(world, world.stdout), widthOf(world.stdout))),
    warnings: all.flatMap(({ status }) => status === undefined ? [] : statusWarnings(status)),
    failures: all.flatMap(({ error }) => error ?? []),
  };
}

/** For a person only: a program that reads the lines gets each of them whole. */
function folded({ stdout }: World, lines: readonly string[]): readonly string[] {
  return stdout.columns === undefined ? lines : fold(lines, widthOf(stdout));
}

function exitOf({ status, error }: ConfiguredStatus): ReturnType<typeof exitCodeFor> {
  if (status === undefined) return exitCodeFor(error);
  return isUsable(status) ? exitCode.done : exitCode.failed;
}

function toJson({ name, status }: ConfiguredStatus): Json {
  return { name, ...(status === undefined ? {} : statusToJson(status)) };
}
