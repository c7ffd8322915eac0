import {
  type Configuration,
  ConfiguredPairError,
  type PairConfiguration,
  pairNamed,
} from "../../device/configuration/mod.ts";
import { planRotation, rotatePair, type RotationResult } from "../../device/rotation/mod.ts";
import { CertswapError, type System } from "../../system/mod.ts";
import type { CommonFlags } from "../command.ts";
import { worstExitCode } from "../exit_code.ts";
import type { Outcome } from "../output.ts";
import { jsonLog, type RotationLog, silent, waitingLog } from "../rotation_log.ts";
import {
  didRotate,
  exitCodeOf,
  idleText,
  planToJson,
  resultToJson,
  wouldRotate,
} from "../rotation_text.ts";
import { configuration } from "../selected_pair.ts";
import type { World } from "../world.ts";

/** The flags of `certswap rotate`. */
export interface RotateFlags extends CommonFlags {
  readonly name?: string;
  readonly config?: string;
  readonly force: boolean;
  readonly wait: boolean;
  readonly metrics?: string;
  readonly log?: "json";
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** `certswap rotate`. */
export default async function rotate(world: World, flags: RotateFlags): Promise<Outcome> {
  const read = await configuration(world, flags.config);
  const pairs = flags.name === undefined ? read.pairs : [pairNamed(read, flags.name)];
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

/** When this certswap was built. */
function builtOf({ build: { date } }: World): Date | undefined {
  return date === undefined ? undefined : new Date(date);
}

async function rotateAll(
  world: World,
  pairs: Configuration["pairs"],
  { force, wait, lockTimeout, log }: Omit<RotateFlags, "log"> & { readonly log: RotationLog },
): Promise<readonly RotationResult[]> {
  const results: RotationResult[] = [];
  for (const pair of pairs) {
    const result = await rotatePair(world.system, pair, {
      built: builtOf(world),
      force,
      wait,
      lockTimeout,
      onEvent: log.onEvent,
    });
    results.push(result);
    log.warn(result.name, result.warnings);
    if (result.isInterrupted) break;
  }
  return results;
}

function outcomeOf(results: readonly RotationResult[], warnings: readonly unknown[]): Outcome {
  const lines = results.flatMap(didRotate);
  const failures = results.flatMap(({ name, errors }) => ofPair(name, errors));
  return {
    exit: worstExitCode(results.map(exitCodeOf)),
    json: { dryRun: false, pairs: results.map(resultToJson) },
    lines,
    ...(lines.length + failures.length === 0 ? { idle: idleText(results) } : {}),
    warnings: [
      ...results.flatMap(({ name, warnings }) => ofPair(name, warnings)),
      ...warnings,
    ],
    failures,
  };
}

/** What was done is done: metrics that cannot be written are worth a warning. */
async function leaveMetrics(
  system: System,
  configuration: Configuration,
  path: string,
): Promise<unknown[]> {
  const { readAllStatus, writeMetrics } = await import("../../device/mod.ts");
  try {
    writeMetrics(system.files, path, await readAllStatus(system, configuration));
    return [];
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return [error];
  }
}

async function plan(
  world: World,
  pairs: readonly PairConfiguration[],
  { force }: RotateFlags,
): Promise<Outcome> {
  const plans = [];
  const failures: ConfiguredPairError[] = [];
  for (const pair of pairs) {
    try {
      plans.push(await planRotation(world.system, pair, { built: builtOf(world), force }));
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

/** Says of errors which pair they are about. */
function ofPair(name: string, errors: readonly unknown[]): ConfiguredPairError[] {
  return errors.map((cause) => new ConfiguredPairError(name, { cause }));
}
