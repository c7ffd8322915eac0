/** Runs work in a session: with the lock held and recovery done. */
import { isErrno, statIfPresent, type System } from "../system/mod.ts";
import { commit, type CommitReport, StagedAhead } from "./commit/mod.ts";
import type { CreateEntry, Entry } from "./entry.ts";
import { type Interruption, listenForInterruption } from "./interruption.ts";
import { acquireLock } from "./lock.ts";
import { inspect, type Keep, type RecoveryReport, settleWhatIsLeft } from "./recovery/mod.ts";
import type { Site } from "./site.ts";
import { prepareStateDirectory, requireTrustedDirectory } from "./state_directory.ts";

/** A held lock, after recovery has settled everything that an earlier run left behind. */
export interface Session {
  /** What recovery found and did. */
  readonly recovery: RecoveryReport;
  /**
   * Stages a new file before the commit: for many files, while the others are still being made. What is not
   * committed is removed when the session ends.
   *
   * @throws TransactionFailedError
   */
  stageAhead(entry: CreateEntry): Promise<void>;
  /** Changes all targets of the entries, or none. See `commit`. */
  commit(entries: readonly Entry[]): Promise<CommitReport>;
}

/** How long to wait for the lock. */
export interface SessionOptions {
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** The work of a session. */
export interface Work<T> extends SessionOptions {
  readonly work: (session: Session) => Promise<T>;
}

/**
 * Takes the lock, recovers, and does `work`; then releases the lock in any case.
 *
 * Creates the state directory if it is missing.
 *
 * @returns what `work` returned.
 * @throws LockedError, UntrustedStateError, InterruptedError, the errors of recovery, and those of `work`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../system/mod.ts";
 * import { withSession } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const site = {
 *   stateDirectory: `${directory}/.certswap`,
 *   name: "example",
 *   directories: [directory],
 *   manages: (target: string) => target.startsWith(directory),
 * };
 * const attributes = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0, mode: 0o600 };
 * const entries = ["a", "b"].map((name) => ({
 *   kind: "create" as const,
 *   target: `${directory}/${name}`,
 *   content: new TextEncoder().encode(name),
 *   attributes,
 * }));
 * // After a power cut at any moment both files exist, or neither.
 * await withSession(denoSystem, site, {
 *   lockTimeout: 1000,
 *   work: (session) => session.commit(entries),
 * });
 * assert.equal(await Deno.readTextFile(`${directory}/b`), "b");
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function withSession<T>(
  system: System,
  site: Site,
  { lockTimeout, work }: Work<T>,
): Promise<T> {
  prepareStateDirectory(system, site);
  return await whileLocked(system, site, {
    lockTimeout,
    work: async (interruption) => {
      const recovery = await settleWhatIsLeft(system, site);
      const ahead = new StagedAhead(system.files);
      try {
        return await work({
          recovery,
          stageAhead: (entry) => ahead.stage(entry),
          commit: (entries) => commit(system, site, { entries, interruption, ahead }),
        });
      } finally {
        await ahead.discard();
      }
    },
  });
}

/**
 * Takes the lock of a site without files, so that only one run at a time does work that takes minutes.
 * Signals keep their effect meanwhile: changes within the work have their own sessions.
 *
 * @returns what `work` returned.
 * @throws LockedError, UntrustedStateError, InterruptedError while waiting, and the errors of `work`.
 */
export async function withLock<T>(
  system: System,
  site: Site,
  { lockTimeout, work }: SessionOptions & { readonly work: () => Promise<T> },
): Promise<T> {
  prepareStateDirectory(system, site);
  const interruption = listenForInterruption(system);
  let lock;
  try {
    lock = await acquireLock(system, site, { timeout: lockTimeout, interruption });
  } finally {
    interruption.stopListening();
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

/**
 * Runs only recovery, as a device does at boot. Creates nothing if certswap never ran there, and succeeds on
 * a read-only file system if there is nothing to do.
 *
 * @throws as {@linkcode withSession}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../system/mod.ts";
 * import { recover } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const { outcome } = await recover(denoSystem, {
 *   stateDirectory: `${directory}/.certswap`,
 *   name: "example",
 *   directories: [directory],
 *   manages: (target) => target.startsWith(directory),
 * }, { lockTimeout: 1000 });
 * assert.equal(outcome, "clean");
 * await Deno.remove(directory);
 * ```
 */
export async function recover(
  system: System,
  site: Site,
  { lockTimeout, keep }: SessionOptions & { readonly keep?: Keep | undefined },
): Promise<RecoveryReport> {
  if (statIfPresent(system.files, site.stateDirectory) === undefined) return nothingFound;
  requireTrustedDirectory(system, site.stateDirectory);
  try {
    const work = (): Promise<RecoveryReport> => settleWhatIsLeft(system, site, keep);
    return await whileLocked(system, site, { lockTimeout, work });
  } catch (error) {
    if (isErrno(error, "EROFS") && (await inspect(system, site)).outcome === "clean") {
      return nothingFound;
    }
    throw error;
  }
}

const nothingFound: RecoveryReport = { outcome: "clean", targets: [], removed: [], foreign: [] };

async function whileLocked<T>(
  system: System,
  site: Site,
  options: SessionOptions & { readonly work: (interruption: Interruption) => Promise<T> },
): Promise<T> {
  const interruption = listenForInterruption(system);
  try {
    const lock = await acquireLock(system, site, { timeout: options.lockTimeout, interruption });
    try {
      return await options.work(interruption);
    } finally {
      lock.close();
    }
  } finally {
    interruption.stopListening();
  }
}
