/** `certswap rotate` if there is something to do: rotates each pair, or shows what it would do. */
import {
  type Configuration,
  ConfiguredPairError,
  type PairConfiguration,
} from "../../device/configuration/mod.ts";
import {
  judgeBy,
  planRotation,
  rotatePairs,
  type RotationResult,
  wasTold,
} from "../../device/rotation/mod.ts";
import type { PairRun } from "../../device/status/mod.ts";
import { exitCodeOf } from "../exit_code.ts";
import { CertswapError, type System } from "../../system/mod.ts";
import {
  attentionLine,
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
import { namedPairs, type RotateFlags } from "./rotate_flags.ts";
import { configuration } from "../declaration/mod.ts";
import { builtOf, type World } from "../world.ts";

/**
 * `certswap rotate` if there is something to do or to report for any pair.
 *
 * In its own file, because the bundle that cron starts every hour leaves it out, see
 * `scripts/build/bundle.ts`.
 */
export async function rotateDue(world: World, flags: RotateFlags): Promise<Outcome> {
  const read = await configuration(world, flags.config);
  const pairs = namedPairs(read, flags);
  if (flags.dryRun) return await plan(world, pairs, flags);
  const log = await logFor(world, flags);
  // Failures are stored as text. In a built certswap, the messages are loaded together with this file.
  const { keptMessage: textOf } = await import("../messages/mod.ts");
  const results = await rotateAll(world, pairs, { ...flags, log, textOf });
  const metrics = flags.metrics ?? read.metrics;
  const warnings = metrics === undefined
    ? []
    : await leaveMetrics(world.system, { read, path: metrics, results });
  log.warn(undefined, warnings);
  const told = await toldAlready(world, { ...flags, results, textOf });
  const attention = results.flatMap(({ name, attention }) =>
    attention === undefined || told.has(name) ? [] : [attentionLine(name, attention)]
  );
  return {
    ...outcomeOf(results, {
      now: world.system.clock.now(),
      isForced: flags.force,
      given: flags,
      warnings,
      attention,
      isToldAlready: (name) => told.has(name),
    }),
    isLogged: flags.log === "json",
  };
}

/** The message of an error. */
type TextOf = (error: unknown) => string;

/** The names of the pairs about which an earlier run already reported everything, see `--quiet-for`. */
async function toldAlready(
  world: World,
  { quietFor, lockTimeout, results, textOf }: Pick<RotateFlags, "quietFor" | "lockTimeout"> & {
    readonly results: readonly RotationResult[];
    readonly textOf: TextOf;
  },
): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  if (quietFor === undefined) return told;
  for (const { name, pair, attention, errors, warnings } of results) {
    if (attention === undefined) continue;
    const options = { quietFor, lockTimeout, built: builtOf(world), textOf };
    const toTell = { name, pair, attention, errors: [...errors, ...warnings] };
    if (await wasTold(world.system, { ...options, ...toTell })) told.add(name);
  }
  return told;
}

async function logFor(world: World, { log, wait, config }: RotateFlags): Promise<RotationLog> {
  if (log === "json") return await jsonLog(world, { config });
  return wait && world.stderr.isTerminal ? waitingLog(world) : silent;
}

async function rotateAll(
  world: World,
  pairs: Configuration["pairs"],
  { force, wait, acceptMissing, lockTimeout, log, textOf }: Omit<RotateFlags, "log"> & {
    readonly log: RotationLog;
    readonly textOf: TextOf;
  },
): Promise<readonly RotationResult[]> {
  return await rotatePairs(world.system, pairs, {
    built: builtOf(world),
    force,
    wait,
    acceptMissing,
    lockTimeout,
    onEvent: log.onEvent,
    textOf,
    onResult: ({ name, warnings, attention }) => {
      log.warn(name, warnings);
      if (attention !== undefined) log.attend(name, attention);
    },
  });
}

/** Writes the metrics. The rotation is already done, so a failure is only a warning. */
async function leaveMetrics(
  system: System,
  { read, path, results }: {
    readonly read: Configuration;
    readonly path: string;
    readonly results: readonly RotationResult[];
  },
): Promise<unknown[]> {
  const { readAllStatus, writeMetrics } = await import("../../device/mod.ts");
  const at = system.clock.now();
  const runs = new Map(results.map((result) => [result.name, pairRun(result, at)]));
  try {
    await writeMetrics(system, path, {
      pairs: await readAllStatus(system, read, { judgeBy }),
      runs,
    });
    return [];
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return [error];
  }
}

function pairRun(result: RotationResult, at: Date): PairRun {
  return {
    at,
    exitCode: exitCodeOf(result),
    warnings: result.warnings.length,
    urgency: result.attention?.urgency ?? "healthy",
    isStateUnwritable: result.attention?.unwritable !== undefined,
  };
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
