/** What the two halves of `certswap rotate` share: the look that finds nothing to do, and all the rest. */
import {
  type Configuration,
  ConfiguredPairError,
  type PairConfiguration,
  pairNamed,
} from "../device/configuration/mod.ts";
import type { RotationResult } from "../device/rotation/mod.ts";
import type { CommonFlags } from "./command.ts";
import { worstExitCode } from "./exit_code.ts";
import type { Outcome } from "./output.ts";
import { didRotate, exitCodeOf, idleText, resultToJson } from "./rotation_text.ts";
import type { World } from "./world.ts";

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

/** The pairs that are meant: the one that is named, or all of them. @throws UnknownPairError */
export function namedPairs(
  read: Configuration,
  { name }: Pick<RotateFlags, "name">,
): readonly PairConfiguration[] {
  return name === undefined ? read.pairs : [pairNamed(read, name)];
}

/** When this certswap was built. */
export function builtOf({ build: { date } }: World): Date | undefined {
  return date === undefined ? undefined : new Date(date);
}

/** What to say of what came of every pair. */
export function outcomeOf(
  results: readonly RotationResult[],
  warnings: readonly unknown[],
): Outcome {
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

/** Says of errors which pair they are about. */
export function ofPair(name: string, errors: readonly unknown[]): ConfiguredPairError[] {
  return errors.map((cause) => new ConfiguredPairError(name, { cause }));
}
