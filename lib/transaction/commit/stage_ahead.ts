/** Stages new files before the commit, while the caller still makes the others. */
import {
  type FileHandle,
  type FileIdentity,
  type FileSystem,
  isErrno,
  syncBatch,
} from "../../system/mod.ts";
import type { CreateEntry, Entry } from "../entry.ts";
import { TransactionFailedError } from "../errors.ts";
import { stagedPath } from "../site.ts";
import { createOpen } from "./stage.ts";

/** How many files are fsynced together, and how many of such batches at the same time. */
const batchSize = 16;
const batchLimit = 2;

/**
 * The new files of a session that were staged before its commit. They are written immediately, and fsynced on
 * other threads, a batch at a time.
 *
 * Until a commit has taken them, they belong to this object: it removes them if the session ends without.
 */
export class StagedAhead {
  readonly #files: FileSystem;
  /** By their temporary name, if they are complete. */
  readonly #made = new Map<string, FileIdentity>();
  /** The temporary names in use. */
  readonly #begun = new Set<string>();
  /** Complete, but not in a batch yet. */
  #written: FileHandle[] = [];
  /** Those being fsynced. None rejects. */
  readonly #batches = new Set<Promise<void>>();
  #failure: { readonly cause: unknown } | undefined;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  /**
   * Stages the file of an entry. Waits if too many files are being fsynced.
   *
   * @throws TransactionFailedError if this file, or an earlier one, could not be written.
   */
  async stage(entry: CreateEntry): Promise<void> {
    while (this.#batches.size >= batchLimit) await Promise.race(this.#batches);
    this.#requireNoFailure();
    const path = stagedPath(entry.target);
    this.#begun.add(path);
    try {
      const { handle, made } = await createOpen(this.#files, path, entry);
      this.#made.set(path, made);
      this.#written.push(handle);
    } catch (cause) {
      if (isErrno(cause, "EEXIST")) this.#begun.delete(path);
      this.#failure ??= { cause };
    }
    if (this.#written.length >= batchSize) this.#startBatch();
    this.#requireNoFailure();
  }

  /** Whether the file of this entry is staged here. */
  has({ target }: Entry): boolean {
    return this.#made.has(stagedPath(target));
  }

  /**
   * Hands over the staged files of these entries, complete and durable.
   *
   * @returns which files they are, by their temporary names.
   * @throws the error of the first file that could not be made durable: then nothing is handed over.
   */
  async take(entries: readonly Entry[]): Promise<ReadonlyMap<string, FileIdentity>> {
    this.#startBatch();
    await this.#allBatches();
    if (this.#failure !== undefined) throw this.#failure.cause;
    const made = new Map<string, FileIdentity>();
    for (const { target } of entries) {
      const path = stagedPath(target);
      const identity = this.#made.get(path);
      if (identity === undefined) continue;
      made.set(path, identity);
      this.#made.delete(path);
      this.#begun.delete(path);
    }
    return made;
  }

  /** Removes what no commit has taken, and stages no more. What cannot be removed is left to recovery. */
  async discard(): Promise<void> {
    // Of calls that the caller makes at the same time, others may go on after one has failed.
    this.#failure ??= { cause: new TypeError("the session is over") };
    await this.#allBatches();
    for (const handle of this.#written.splice(0)) handle.close();
    for (const path of this.#begun) {
      try {
        this.#files.unlink(path);
      } catch {
        // Never created. Any other error matters less than the one being reported.
      }
    }
  }

  /** Begins to fsync what is written. */
  #startBatch(): void {
    if (this.#written.length === 0) return;
    const batch = this.#sync(this.#written).finally(() => this.#batches.delete(batch));
    this.#batches.add(batch);
    this.#written = [];
  }

  async #allBatches(): Promise<void> {
    await Promise.all(this.#batches);
  }

  async #sync(batch: readonly FileHandle[]): Promise<void> {
    try {
      await syncBatch(batch);
    } catch (cause) {
      this.#failure ??= { cause };
    } finally {
      for (const handle of batch) handle.close();
    }
  }

  #requireNoFailure(): void {
    if (this.#failure !== undefined) throw new TransactionFailedError(false, this.#failure);
  }
}
