/** Running the hooks of pairs, in the order of each; one that several pairs share is run once for all. */
import { sha256Hex } from "../../../system/mod.ts";
import type { HookConfiguration, ListedHook } from "../../service/mod.ts";
import { HookFailedError, runHook, type ToldPair } from "../../service/mod.ts";
import { type Rotation, tell } from "../context.ts";

/** A pair whose hooks are to be run. */
export interface HookedPair {
  readonly rotation: Rotation;
  readonly hooks: readonly HookConfiguration[];
  /** Those that have succeeded already, by their digests. */
  readonly done: readonly string[];
  readonly told: ToldPair;
}

/** How the hooks of a pair went. */
export interface HooksRun {
  /** Those that have succeeded, by their digests. */
  readonly done: readonly string[];
  /** Of the one that failed: those after it were not run, for they may rely on it. */
  readonly error: unknown;
}

/**
 * Runs the hooks of several pairs. A shared hook waits until the earlier hooks of all pairs that name it have
 * run. Only if lists name two shared hooks in opposite orders, one of them is run more than once.
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

/** Whether a hook was ended because certswap was asked to stop. */
export function isInterrupted(error: unknown): boolean {
  return error instanceof HookFailedError && error.failure?.end.kind === "interrupted";
}

/** What is left to do for a pair. */
interface Queue {
  readonly pair: HookedPair;
  readonly left: (ListedHook & { readonly digest: string })[];
  readonly done: string[];
  error: unknown;
}

async function queueOf(pair: HookedPair): Promise<Queue> {
  const all: Queue["left"] = [];
  for (const [index, hook] of pair.hooks.entries()) {
    const place = { position: index + 1, count: pair.hooks.length };
    all.push({ hook, place, digest: await digestOf(hook) });
  }
  return {
    pair,
    left: all.filter(({ digest }) => !pair.done.includes(digest)),
    done: all.map(({ digest }) => digest).filter((digest) => pair.done.includes(digest)),
    error: undefined,
  };
}

/** One run of a hook, and the pairs that it is for. */
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

/** What has not been run is owed. */
function stop(queues: readonly Queue[], error: unknown): void {
  for (const queue of queues) {
    if (queue.left.length > 0) queue.error ??= error;
  }
}

/** By which a hook is known again: SHA-256 of its name and its command. Its time limit does not matter. */
async function digestOf({ name, command }: HookConfiguration): Promise<string> {
  return await sha256Hex(new TextEncoder().encode(JSON.stringify([name ?? "", command])));
}
