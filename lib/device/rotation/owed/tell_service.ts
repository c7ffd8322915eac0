/** Tells services about their active pairs: runs the hooks, then the probes. */
import { InterruptedError } from "../../../transaction/mod.ts";
import { present } from "../../../system/mod.ts";
import type { Owed, SoundPair } from "../../pair/mod.ts";
import { hookPause } from "../../retry.ts";
import { ProbeStoppedError } from "../../service/mod.ts";
import { type Rotation, tell } from "../context.ts";
import type { ServiceConfiguration } from "./debt.ts";
import { type Looked, lookForActive } from "./evidence.ts";
import { type HooksRun, isInterrupted, runHooks } from "./hooks.ts";

/** A pair whose hook or probe is pending. */
export interface OwingPair {
  readonly rotation: Rotation;
  readonly service: ServiceConfiguration;
  readonly owed: Owed;
  readonly active: SoundPair;
  /** Whether the active pair is the previous one, which was restored. */
  readonly isRestored: boolean;
}

/** The result of telling a service. */
export interface ServiceAnswer {
  /** What is still pending. */
  readonly owed: Owed | undefined;
  readonly hookError: unknown;
  readonly probeErrors: readonly unknown[];
  /** Whether a probe has proved that the service does not use the pair. */
  readonly isRefused: boolean;
}

/** Whether an error only says that certswap itself was asked to stop. */
export function isStopped(error: unknown): boolean {
  return error instanceof InterruptedError || error instanceof ProbeStoppedError ||
    isInterrupted(error);
}

/**
 * Runs the hooks and the probes of pairs, if they are pending and still configured. Shared hooks run once,
 * then each pair's own probes look.
 *
 * @returns the answer for each pair, in the same order.
 */
export async function tellServices(pairs: readonly OwingPair[]): Promise<readonly ServiceAnswer[]> {
  const answers = new Map<OwingPair, ServiceAnswer>();
  for (const pair of pairs) {
    const answer = pair.owed.hook ? undefined : await lookFirst(pair);
    if (answer !== undefined) answers.set(pair, answer);
  }
  const toTell = pairs.filter((pair) => !answers.has(pair));
  const runs = await runHooks(toTell.map(hookedPair));
  for (const [index, pair] of toTell.entries()) {
    const run = runs[index];
    if (run !== undefined) answers.set(pair, await lookAfter(pair, run));
  }
  return pairs.flatMap((pair) => answers.get(pair) ?? []);
}

function hookedPair(pair: OwingPair): Parameters<typeof runHooks>[0][number] {
  const { rotation, service: { hooks }, owed, active } = pair;
  const { name, pair: files } = rotation;
  return {
    rotation,
    hooks,
    // If all hooks have succeeded without effect, all are run again.
    done: owed.hook ? owed.hooksDone ?? [] : [],
    told: {
      name,
      pair: files,
      newSerial: active.loaded.leaf.serialNumber,
      oldSerial: owed.replacedSerial,
    },
  };
}

/**
 * Checks whether the service uses the new pair by now, although its hooks succeeded without effect.
 *
 * @returns `undefined` if the hooks should be run again: a probe has proved that the service uses another
 *   pair, and it may have been unable to reload at that moment. A probe that cannot tell is not a reason.
 */
async function lookFirst(pair: OwingPair): Promise<ServiceAnswer | undefined> {
  const { rotation, owed } = pair;
  try {
    const looked = await lookForActive(pair, "once");
    if (looked.isRefused && isTimeToTell(owed, rotation.system.clock.now())) return undefined;
    tellOf(rotation, looked, owed);
    // Only at the deadline of a probe is it certain that the service does not use the pair.
    return answerOf(owed, { ...looked, isRefused: false });
  } catch (error) {
    return stoppedAnswer(owed, error);
  }
}

/** A clock that is before the last time went back: it cannot tell how long ago that was. */
function isTimeToTell({ toNoEffect }: Owed, now: Date): boolean {
  if (toNoEffect === undefined) return true;
  const { times, last } = toNoEffect;
  return now < last || now.getTime() - last.getTime() >= hookPause(times);
}

/**
 * Has the probes look at a service whose hooks have run, even if a hook failed: what the service presents is
 * decisive.
 */
async function lookAfter(pair: OwingPair, { done, error }: HooksRun): Promise<ServiceAnswer> {
  const { rotation, service: { hooks }, active } = pair;
  const { hooksDone: _, ...debt } = pair.owed;
  const hook = error !== undefined;
  const owed: Owed = { ...debt, hook, ...(hook && done.length > 0 ? { hooksDone: done } : {}) };
  if (isStopped(error)) return { owed, hookError: error, probeErrors: [], isRefused: false };
  if (!owed.probe) return answerOf(owed, servedLook, error);
  try {
    // A probe that has seen the new pair looks again: the hooks that have just run may have changed that.
    const before = debt.before?.map(({ since, ...sight }) =>
      since === "same" ? { ...sight, since } : sight
    );
    const watched = { ...pair, owed: { ...owed, ...present({ before }) }, active };
    const looked = await lookForActive(watched, "deadline");
    tellOf(rotation, looked, owed);
    const isToNoEffect = !hook && hooks.length > 0 && !looked.isServed;
    const times = (owed.toNoEffect?.times ?? 0) + 1;
    const toNoEffect = { times, last: rotation.system.clock.now() };
    return answerOf({ ...owed, ...(isToNoEffect ? { toNoEffect } : {}) }, looked, error);
  } catch (stopped) {
    return { ...stoppedAnswer(owed, stopped), hookError: error };
  }
}

const servedLook: Looked = { isServed: true, isRefused: false, errors: [], before: undefined };

/** The answer for a service that the probes have examined. @param owed with the current value of `hook`. */
function answerOf(
  owed: Owed,
  { isServed, isRefused, errors, before }: Looked,
  hookError?: unknown,
): ServiceAnswer {
  const left = { ...owed, probe: !isServed, ...present({ before }) };
  return {
    owed: left.hook || left.probe ? left : undefined,
    hookError,
    probeErrors: errors,
    isRefused,
  };
}

/** The answer if certswap was asked to stop. @throws other errors. */
function stoppedAnswer(owed: Owed, error: unknown): ServiceAnswer {
  if (!isStopped(error)) throw error;
  return { owed, hookError: undefined, probeErrors: [error], isRefused: false };
}

function tellOf(rotation: Rotation, { isServed, errors }: Looked, { probe }: Owed): void {
  if (isServed && probe) tell(rotation, { event: "probe-passed" });
  for (const error of errors) tell(rotation, { event: "probe-failed", error });
}
