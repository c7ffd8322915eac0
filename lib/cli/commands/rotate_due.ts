/** `certswap rotate` if there is something to do: rotates each pair, or says what it would do. */
import {
  type Configuration,
  ConfiguredPairError,
  type PairConfiguration,
} from "../../device/configuration/mod.ts";
import { planRotation, rotatePair, type RotationResult } from "../../device/rotation/mod.ts";
import { CertswapError, type System } from "../../system/mod.ts";
import {
  jsonLog,
  ofPair,
  type Outcome,
  outcomeOf,
  planToJson,
  type RotationLog,
  silent,
  waitingLog,
  wouldRotate,
} from "../print/mod.ts";
import { builtOf, namedPairs, type RotateFlags } from "./rotate_flags.ts";
import { configuration } from "../declaration/mod.ts";
import type { World } from "../world.ts";

/**
 * `certswap rotate` where there is something to do, or to be told, for any pair.
 *
 * On its own: a bundle that cron starts every hour leaves it out, see `scripts/build/bundle.ts`.
 */
export async function rotateDue(world: World, flags: RotateFlags): Promise<Outcome> {
  const read = await configuration(world, flags.config);
  const pairs = namedPairs(read, flags);
  if (flags.dryRun) return await plan(world, pairs, flags);
  const log = await logFor(world, flags);
  const results = await rotateAll(world, pairs, { ...flags, log });
  const metrics = flags.metrics ?? read.metrics;
  const warnings = metrics === undefined ? [] : await leaveMetrics(world.system, read, metrics);
  log.warn(undefined, warnings);
  return { ...outcomeOf(results, warnings), isLogged: flags.log !== undefined };
}

async function logFor(world: World, { log, wait }: RotateFlags): Promise<RotationLog> {
  if (log !== undefined) return await jsonLog(world);
  return wait && world.stderr.isTerminal ? waitingLog(world) : silent;
}

async function rotateAll(
  world: World,
  pairs: Configuration["pairs"],
  { force, wait, acceptMissing, lockTimeout, log }: Omit<RotateFlags, "log"> & {
    readonly log: RotationLog;
  },
): Promise<readonly RotationResult[]> {
  // What fails is written down in words: they are loaded with this file, in a built certswap.
  const { describe } = await import("../messages/mod.ts");
  const results: RotationResult[] = [];
  for (const pair of pairs) {
    const result = await rotatePair(world.system, pair, {
      built: builtOf(world),
      force,
      wait,
      acceptMissing,
      lockTimeout,
      onEvent: log.onEvent,
      textOf: (error) => describe(error).message,
    });
    results.push(result);
    log.warn(result.name, result.warnings);
    if (result.isInterrupted) break;
  }
  return results;
}

/** What was done is done: metrics that cannot be written are worth a warning. */
async function leaveMetrics(
  system: System,
  configuration: Configuration,
  path: string,
): Promise<unknown[]> {
  const { readAllStatus, writeMetrics } = await import("../../device/mod.ts");
  try {
    writeMetrics(system, path, await readAllStatus(system, configuration));
    return [];
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return [error];
  }
}

async function plan(
  world: World,
  pairs: readonly PairConfiguration[],
  { force, acceptMissing }: RotateFlags,
): Promise<Outcome> {
  const plans = [];
  const failures: ConfiguredPairError[] = [];
  for (const pair of pairs) {
    try {
      plans.push(
        await planRotation(world.system, pair, { built: builtOf(world), force, acceptMissing }),
      );
    } catch (cause) {
      failures.push(new ConfiguredPairError(pair.name, { cause }));
    }
  }
  return {
    json: { dryRun: true, pairs: plans.map(planToJson) },
    lines: plans.flatMap(wouldRotate),
    warnings: plans.flatMap(({ name, warnings }) => ofPair(name, warnings)),
    failures,
  };
}
