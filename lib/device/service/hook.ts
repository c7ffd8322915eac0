/** The command that makes the service load the active pair. */
import {
  present,
  ProcessStartError,
  type ProgramFailure,
  runHookProgram,
  type System,
} from "../../system/mod.ts";
import type { Pair } from "../pair/mod.ts";
import { HookFailedError, type ListPlace } from "./errors.ts";
import { pairEnvironment } from "./program.ts";

/** What makes the service load the new pair. */
export interface HookConfiguration {
  /** The NAME of its table `[hook.NAME]`: pairs may share it. `undefined`: it is the pair's own. */
  readonly name: string | undefined;
  /** The program, absolute or to be found in PATH, and its arguments. Never a shell's text. */
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly timeLimit: number;
}

/** A pair that a hook is told of. */
export interface ToldPair {
  /** Its name in the configuration. */
  readonly name: string;
  readonly pair: Pair;
  /** Serial numbers, in the form of `formatSerial`. */
  readonly newSerial: string;
  readonly oldSerial: string | undefined;
}

/** A hook of a pair, and which of its hooks it is. */
export interface ListedHook {
  readonly hook: HookConfiguration;
  readonly place: ListPlace;
}

/**
 * Runs a hook to its end.
 *
 * @param told the pairs that it is run for, at least one.
 * @throws HookFailedError: it has to be run again.
 */
export async function runHook(
  system: System,
  listed: ListedHook,
  told: readonly ToldPair[],
): Promise<void> {
  const { hook: { command, timeLimit } } = listed;
  let failure: ProgramFailure | undefined;
  try {
    failure = await runHookProgram(system, {
      command,
      timeLimit,
      environment: environmentOf(told),
    });
  } catch (cause) {
    if (!(cause instanceof ProcessStartError)) throw cause;
    throw new HookFailedError(listed, { cause });
  }
  if (failure !== undefined) throw new HookFailedError(listed, { failure });
}

/** Names have neither spaces nor what a shell would expand. The rest is told of one pair only. */
function environmentOf(told: readonly ToldPair[]): Record<string, string> {
  const all = { CERTSWAP_PAIRS: told.map(({ name }) => name).join(" ") };
  const [only, ...others] = told;
  if (only === undefined || others.length > 0) return all;
  return {
    ...all,
    ...pairEnvironment(only.name, only.pair),
    ...present({ CERTSWAP_OLD_SERIAL: only.oldSerial }),
    CERTSWAP_NEW_SERIAL: only.newSerial,
  };
}
