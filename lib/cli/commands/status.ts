/** `certswap status`: one pair or all, in words, as JSON and as metrics. */
import type { Configuration } from "../../device/configuration/mod.ts";
import type { PairPaths } from "../../device/pair/mod.ts";
import {
  isRefused,
  readAllStatus,
  readPublicFacts,
  readStatus,
  type SeenPair,
  withPublicFacts,
} from "../../device/status/mod.ts";
import { checkPairs } from "../check/mod.ts";
import { type CommonFlags, type PairFlags, selectPairs } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import { exitCode, exitCodeFor, worstExitCode } from "../exit_code.ts";
import {
  isUsable,
  type Json,
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
import { paintFor } from "../text.ts";
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
  return await statusOfOne(world, selected.paths);
}

async function statusOfOne(world: World, paths: PairPaths): Promise<Outcome> {
  let found;
  try {
    found = await readStatus(world.system, paths);
  } catch (error) {
    if (!isRefused(error)) throw error;
    return await publicStatusOfOne(world, paths);
  }
  return {
    exit: isUsable(found) ? exitCode.done : exitCode.failed,
    json: { time: formatTime(found.now), ...statusToJson(found) },
    lines: statusLines(found, paintFor(world, world.stdout)),
    warnings: statusWarnings(found),
  };
}

async function publicStatusOfOne(world: World, paths: PairPaths): Promise<Outcome> {
  const facts = await readPublicFacts(world.system, paths);
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
  flags: StatusFlags,
): Promise<Outcome> {
  const all = await withPublicFacts(
    world.system,
    await readAllStatus(world.system, configuration),
  );
  if (flags.metrics !== undefined) {
    const { statusMetrics } = await import("./status_metrics.ts");
    await statusMetrics(world, { configuration, path: flags.metrics });
  }
  return {
    exit: worstExitCode(all.map(exitOf)),
    json: { time: formatTime(world.system.clock.now()), pairs: all.map(toJson) },
    lines: [
      ...statusTable(all, paintFor(world, world.stdout)),
      ...unreadLines(all.flatMap(({ facts }) => facts ?? [])),
    ],
    warnings: all.flatMap(({ status, facts }) =>
      status !== undefined
        ? statusWarnings(status)
        : facts !== undefined
        ? publicFactsWarnings(facts)
        : []
    ),
    failures: all.flatMap(({ error, facts }) =>
      error === undefined || facts !== undefined ? [] : [error]
    ),
  };
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
