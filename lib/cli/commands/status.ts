/** `certswap status`: shows one pair or all, as text, JSON or metrics. */
import { type Configuration, placesOf } from "../../device/configuration/mod.ts";
import type { PairPaths } from "../../device/pair/mod.ts";
import type { Judge } from "../../device/rotation/mod.ts";
import {
  isRefused,
  lookAround,
  metricsNameWarnings,
  readAllStatus,
  readPublicFacts,
  readStatus,
  type SeenPair,
  type StatusOptions,
  type Surroundings,
  withPublicFacts,
} from "../../device/status/mod.ts";
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
  ofPair,
  type Outcome,
  publicFactsLines,
  publicFactsToJson,
  publicFactsWarnings,
  statusLines,
  statusTable,
  statusToJson,
  statusWarnings,
  unreadLines,
} from "../print/mod.ts";
import { formatTime } from "../../system/mod.ts";
import { type GivenFlags, repeatFlags } from "../given_flags.ts";
import { fold, paintFor, widthOf } from "../text.ts";
import { changesPairs, readsPairs } from "../tree/mod.ts";
import type { World } from "../world.ts";

/** The flags of `certswap status`. */
export interface StatusFlags extends PairFlags, CommonFlags {
  readonly metrics?: string;
  readonly check: boolean;
}

/** `certswap status`. */
export default async function status(world: World, flags: StatusFlags): Promise<Outcome> {
  if (flags.check && flags.metrics !== undefined) {
    throw new UsageError(
      ["--check and --metrics cannot be combined"],
      "Run certswap twice, once with each.",
    );
  }
  const selected = await selectPairs(world, flags);
  const pairs = "pairs" in selected ? selected.pairs : [selected];
  const around = await lookAround(world.system, pairs.map(({ paths }) => paths));
  // No more programs are started from here on. Nothing of a pair has been parsed yet.
  world.permissions.keepOnly(flags.metrics === undefined ? readsPairs : changesPairs);
  if (flags.check) return await checkPairs(world, { selected, around, given: flags });
  if ("pairs" in selected) return await statusOfAll(world, selected, { ...flags, around });
  if (flags.metrics !== undefined) {
    throw new UsageError(
      ["--metrics covers every pair and cannot be combined with a single pair"],
      "Leave out the pair, or --metrics.",
    );
  }
  const { paths, configured } = selected;
  const places = configured && placesOf(configured);
  const options = { around, judge: await judgeOf(selected), places };
  return await statusOfOne(world, paths, options, flags);
}

async function statusOfOne(
  world: World,
  paths: PairPaths,
  options: StatusOptions & { readonly around: Surroundings },
  given: GivenFlags,
): Promise<Outcome> {
  let found;
  try {
    found = await readStatus(world.system, paths, options);
  } catch (error) {
    if (!isRefused(error)) throw error;
    return await publicStatusOfOne(world, paths, options);
  }
  return {
    exit: isUsable(found) ? exitCode.done : exitCode.failed,
    json: { time: formatTime(found.now), ...statusToJson(found) },
    lines: folded(world, statusLines(found, paintFor(world, world.stdout)), given),
    warnings: statusWarnings(found),
  };
}

async function judgeOf({ configured }: SelectedPair): Promise<Judge | undefined> {
  return configured && (await loadJudgeBy())(configured);
}

async function publicStatusOfOne(
  world: World,
  paths: PairPaths,
  options: StatusOptions & { readonly around: Surroundings },
): Promise<Outcome> {
  const facts = await readPublicFacts(world.system, paths, options);
  return {
    exit: isUsable(facts) ? exitCode.done : exitCode.failed,
    json: { time: formatTime(facts.now), ...publicFactsToJson(facts) },
    lines: publicFactsLines(facts, paintFor(world, world.stdout)),
    warnings: publicFactsWarnings(facts),
  };
}

async function statusOfAll(
  world: World,
  configuration: Configuration,
  { metrics, around, config }: StatusFlags & { readonly around: Surroundings },
): Promise<Outcome> {
  const { system } = world;
  const found = await readAllStatus(system, configuration, {
    around,
    judgeBy: await loadJudgeBy(),
  });
  const all = await withPublicFacts(system, found, around);
  if (metrics !== undefined) {
    const { statusMetrics } = await import("./status_metrics.ts");
    await statusMetrics(world, { pairs: found, path: metrics });
  }
  return {
    exit: worstExitCode(all.map(exitOf)),
    json: { time: formatTime(world.system.clock.now()), pairs: all.map(toJson) },
    lines: folded(world, [
      ...statusTable(all, paintFor(world, world.stdout), widthOf(world.stdout)),
      ...unreadLines(all.flatMap(({ facts }) => facts ?? [])),
    ], { config }),
    warnings: [
      ...(metrics === undefined ? [] : metricsNameWarnings(metrics)),
      ...all.flatMap(({ name, status, facts }) =>
        ofPair(
          name,
          status !== undefined
            ? statusWarnings(status)
            : facts !== undefined
            ? publicFactsWarnings(facts)
            : [],
        )
      ),
    ],
    failures: all.flatMap(({ error, facts }) =>
      error === undefined || facts !== undefined ? [] : [error]
    ),
  };
}

/**
 * Repeats the given flags in the commands of these lines, and folds the lines: on a terminal only, so that
 * programs read each line whole.
 */
function folded(
  { stdout }: World,
  lines: readonly string[],
  given: GivenFlags,
): readonly string[] {
  const repeated = lines.map((line) => repeatFlags(line, given));
  return stdout.columns === undefined ? repeated : fold(repeated, widthOf(stdout));
}

function exitOf({ status, facts, error }: SeenPair): ReturnType<typeof exitCodeFor> {
  const seen = status ?? facts;
  if (seen === undefined) return exitCodeFor(error);
  return isUsable(seen) ? exitCode.done : exitCode.failed;
}

function toJson({ name, status, facts }: SeenPair): Json {
  if (facts !== undefined) return { name, ...publicFactsToJson(facts) };
  return { name, ...(status === undefined ? {} : statusToJson(status)) };
}
