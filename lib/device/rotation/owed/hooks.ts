/**
 * Runs the hooks of pairs, each pair's in order. A hook that several pairs share runs once for all of them.
 */
import { sha256Hex } from "../../../system/mod.ts";
import type { HookConfiguration, ListedHook } from "../../service/mod.ts";
import { HookFailedError, placeIn, runHook, type ToldPair } from "../../service/mod.ts";
import { type Rotation, tell } from "../context.ts";

/** A pair whose hooks have to run. */
export interface HookedPair {
  readonly rotation: Rotation;
  readonly hooks: readonly HookConfiguration[];
  /** The digests of the hooks that have already succeeded. */
  readonly done: readonly string[];
  readonly told: ToldPair;
}

/** The result of running the hooks of a pair. */
export interface HooksRun {
  /** The digests of the hooks that have succeeded. */
  readonly done: readonly string[];
  /** The error of the hook that failed. Those after it were not run, because they may depend on it. */
  readonly error: unknown;
}

/**
 * Runs the hooks of several pairs. A shared hook waits until the earlier hooks of all pairs that name it
 * have run. If pairs name two shared hooks in opposite orders, one of the two is run more than once.
 */
export async function runHooks(pairs: readonly HookedPair[]): Promise<readonly HooksRun[]> {
  const queues: Queue[] = [];
  for (const pair of pairs) queues.push(await queueOf(pair));
  for (let next = nextRun(queues); next !== undefined; next = nextRun(queues)) {
    const [first] = next.takers;
    if (first === undefined) break;
    const error = await errorOf(first.pair.rotation.system, next);
    for (const queue of next.takers) {
      if (error === undefined) queue.done.push(queue.left.shift()?.digest ?? "");
      else queue.error = error;
    }
    if (isInterrupted(error)) stop(queues, error);
  }
  return queues.map(({ pair: { rotation, hooks }, done, error }) => {
    if (error !== undefined) tell(rotation, { event: "hook-failed", error });
    else if (hooks.length > 0) tell(rotation, { event: "hook-succeeded" });
    return { done, error };
  });
}

/** Whether a hook was stopped because certswap was asked to stop. */
export function isInterrupted(error: unknown): boolean {
  return error instanceof HookFailedError && error.failure?.end.kind === "interrupted";
}

/** The hooks of a pair that have not run yet. */
interface Queue {
  readonly pair: HookedPair;
  readonly left: (ListedHook & { readonly digest: string })[];
  readonly done: string[];
  error: unknown;
}

async function queueOf(pair: HookedPair): Promise<Queue> {
  const all: Queue["left"] = [];
  for (const [index, hook] of pair.hooks.entries()) {
    all.push({ hook, place: placeIn(pair.hooks, index), digest: await digestOf(hook) });
  }
  return {
    pair,
    left: all.filter(({ digest }) => !pair.done.includes(digest)),
    done: all.map(({ digest }) => digest).filter((digest) => pair.done.includes(digest)),
    error: undefined,
  };
}

/** One run of a hook, and the pairs that it runs for. */
interface Run extends ListedHook {
  readonly takers: readonly Queue[];
}

function nextRun(queues: readonly Queue[]): Run | undefined {
  const open = queues.filter(({ left, error }) => error === undefined && left.length > 0);
  const heads = open.flatMap((queue) => {
    const [head] = queue.left;
    return head === undefined ? [] : [{ queue, ...head }];
  });
  const own = heads.find(({ hook }) => hook.name === undefined);
  if (own !== undefined) return { hook: own.hook, place: own.place, takers: [own.queue] };
  const isReady = (digest: string): boolean =>
    open.every(({ left }) => left.findIndex((later) => later.digest === digest) <= 0);
  const shared = heads.find(({ digest }) => isReady(digest)) ?? heads[0];
  return shared && {
    hook: shared.hook,
    place: shared.place,
    takers: heads.filter(({ digest }) => digest === shared.digest).map(({ queue }) => queue),
  };
}

async function errorOf(
  system: Rotation["system"],
  { takers, ...listed }: Run,
): Promise<unknown> {
  try {
    await runHook(system, listed, takers.map(({ pair }) => pair.told));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Ends all queues: hooks that have not run stay pending. */
function stop(queues: readonly Queue[], error: unknown): void {
  for (const queue of queues) {
    if (queue.left.length > 0) queue.error ??= error;
  }
}

/** Identifies a hook: SHA-256 of its name and its command, without the time limit. */
async function digestOf({ name, command }: HookConfiguration): Promise<string> {
  return await sha256Hex(new TextEncoder().encode(JSON.stringify([name ?? "", command])));
}
