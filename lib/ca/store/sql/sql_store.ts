/** A CA's store in a database: its rows there, its key and its own certificates in the data directory. */
import { CommitFailedError, type SqlDatabase, type System } from "../../../system/mod.ts";
import {
  type Entry,
  inspect,
  OutcomeUnknownError,
  recover,
  type RecoveryOutlook,
  type RecoveryReport,
  type Session,
  TransactionFailedError,
  withSession,
} from "../../../transaction/mod.ts";
import { bytesEqual } from "../../../x509/mod.ts";
import { CaIncompleteError } from "../../errors.ts";
import { isComplete, requireComplete } from "../completeness.ts";
import {
  commitAll,
  commonFiles,
  crlFiles,
  type DataDirectory,
  presenceOf,
  readStoreFile,
  readStoreName,
  requireNoLink,
  requireTrustedCa,
  withPublishLock,
  writtenStoreFile,
} from "../files/mod.ts";
import type {
  CaStore,
  Changed,
  ChangeOptions,
  Presence,
  PublishOptions,
  RecoverOptions,
} from "../store.ts";
import { StoreMovedError } from "../../errors.ts";
import { EventLog, startEvents } from "../history/mod.ts";
import { appendEvents } from "./history/mod.ts";
import { readCa, takeBackMove, updateCa } from "./ca/mod.ts";
import { type SqlKind, whileConnected } from "./kind.ts";
import { SqlChange } from "./sql_change.ts";
import { type PublishedCrls, readCrlRow, readShardCrls } from "./crls.ts";
import { SqlReader } from "./sql_reader.ts";

/** A CA whose rows are in a database. */
export class SqlStore extends SqlReader implements CaStore {
  readonly #system: System;

  constructor(system: System, directory: DataDirectory, kind: SqlKind) {
    super(system.files, directory, { kind });
    this.#system = system;
  }

  // deno-lint-ignore require-await
  async presence(): Promise<Presence> {
    return presenceOf(this.files, this.directory.paths);
  }

  async change<T>({ lockTimeout, actor, work }: ChangeOptions<T>): Promise<Changed<T>> {
    const { site, paths } = this.directory;
    requireTrustedCa(this.#system, this.written);
    // As for a directory: if there is nothing, a session must not be opened.
    const before = isComplete(await this.presence())
      ? undefined
      : await recover(this.#system, site, { lockTimeout });
    await requireComplete(this);
    return await withSession(this.#system, site, {
      lockTimeout,
      work: async (session) => {
        await requireComplete(this);
        await this.#requireInUse();
        for (const path of commonFiles(paths)) requireNoLink(this.files, path);
        const made = await whileConnected(
          this.kind,
          lockTimeout,
          async (database) => {
            await this.#takeBackMove(database, session);
            return await this.#changeRows(database, { session, lockTimeout, actor, work });
          },
        );
        const recovery = before === undefined || before.outcome === "clean"
          ? session.recovery
          : before;
        return { ...made, recovery };
      },
    });
  }

  async whilePublishing<T>(options: PublishOptions<T>): Promise<T> {
    const { lockTimeout: timeout, work } = options;
    return await withPublishLock(this.#system, this.directory, {
      ...options,
      work: () => this.kind.whilePublishing(work, { timeout }),
    });
  }

  async recover(options: RecoverOptions): Promise<RecoveryReport> {
    requireTrustedCa(this.#system, this.written);
    const report = await recover(this.#system, this.directory.site, options);
    if (!isComplete(await this.presence())) return report;
    const { crl, derCrl, storeFile } = this.directory.paths;
    const { store, move } = await readStoreFile(this.files, this.directory);
    const isMoving = store === this.kind.store && move !== undefined;
    const isCrlDue = await this.#areCrlFilesDue(await this.database());
    if (!isMoving && !isCrlDue) return report;
    const { lockTimeout } = options;
    await withSession(this.#system, this.directory.site, {
      lockTimeout,
      work: async (session) => {
        await this.#requireInUse();
        await whileConnected(this.kind, lockTimeout, async (database) => {
          await this.#takeBackMove(database, session);
          await this.#writeCrlFiles(database, session);
        });
      },
    });
    return {
      ...report,
      outcome: isCrlDue ? "rolled-forward" : "rolled-back",
      targets: [
        ...report.targets,
        ...(isMoving ? [storeFile] : []),
        ...(isCrlDue ? [crl, derCrl] : []),
      ],
    };
  }

  async outlook(): Promise<RecoveryOutlook> {
    return await inspect(this.#system, this.directory.site);
  }

  /** Under the lock, so that no migration is going on. @throws StoreMovedError */
  async #requireInUse(): Promise<void> {
    const name = await readStoreName(this.files, this.directory);
    if (name !== this.kind.store) {
      throw new StoreMovedError(this.nameOf("index").absolute, name);
    }
  }

  /** Under the lock: a move that has begun, but did not switch, was interrupted. */
  async #takeBackMove(database: SqlDatabase, session: Session): Promise<void> {
    const { store, move } = await readStoreFile(this.files, this.directory);
    if (move === undefined) return;
    await takeBackMove(database, move.mark);
    const now = { store, move: undefined };
    await session.commit([await writtenStoreFile(this.files, this.directory, now)]);
  }

  async #changeRows<T>(
    database: SqlDatabase,
    { session, lockTimeout, actor, work }: ChangeOptions<T> & { readonly session: Session },
  ): Promise<Pick<Changed<T>, "value" | "warnings">> {
    // What another machine has published is not due again here.
    if (this.kind.isShared) await this.#writeCrlFiles(database, session);
    const mark = this.#system.random.bytes(16).toHex();
    let made:
      | {
        readonly value: T;
        readonly files: readonly Entry[];
        readonly crls?: PublishedCrls | undefined;
      }
      | undefined;
    const warnings: unknown[] = [];
    try {
      await database.transaction("write", async () => {
        await this.requireOwn(database);
        const log = new EventLog(this.#system, actor);
        const parts = { kind: this.kind, database, log };
        const change = new SqlChange(this.files, this.directory, parts);
        const value = await work(change);
        await appendEvents(database, { log, start: () => startEvents(change) });
        made = { value, files: change.followingFiles, crls: change.publishedCrls };
        await this.kind.mark(database, mark);
      });
    } catch (error) {
      if (!(error instanceof CommitFailedError)) throw error;
      await this.#requireCommitted(mark, { error, lockTimeout });
      warnings.push(error.cause);
    }
    if (made === undefined) throw new TypeError("a transaction without its work");
    const { value, files, crls } = made;
    // The rows are committed. A counter that was raised for a file that fails harms no one.
    warnings.push(...(await session.commit(files)).warnings);
    try {
      // Another machine may have made a newer one since.
      await this.#writeCrlFiles(database, session, this.kind.isShared ? undefined : crls);
    } catch (error) {
      // The CRL is made: the next command writes its files.
      warnings.push(error);
    }
    return { value, warnings };
  }

  /**
   * Finds out whether a COMMIT took place that failed or was not answered.
   *
   * @throws TransactionFailedError if it did not; OutcomeUnknownError if that cannot be found out.
   */
  async #requireCommitted(
    mark: string,
    { error, lockTimeout }: { readonly error: CommitFailedError; readonly lockTimeout: number },
  ): Promise<void> {
    let wasCommitted: boolean;
    try {
      wasCommitted = await this.kind.wasCommitted(mark, { timeout: lockTimeout });
    } catch (cause) {
      const causes = new AggregateError([error.cause, cause]);
      throw new OutcomeUnknownError([this.nameOf("index").absolute], { cause: causes });
    }
    if (!wasCommitted) throw new TransactionFailedError(false, { cause: error.cause });
  }

  /** Whether `ca.crl` is older than the row. With files of its own, every machine has to compare them. */
  async #areCrlFilesDue(database: SqlDatabase): Promise<boolean> {
    const { crl_files_due: due } = await readCa(database, "crl_files_due");
    if (due !== 0 || !this.kind.isShared) return due !== 0;
    const [der, copy] = [await readCrlRow(database), await this.lastDerCrl()];
    return der !== undefined && (copy === undefined || !bytesEqual(Uint8Array.from(copy), der));
  }

  /**
   * Writes `ca.crl` and its copy if they are older than the row: after a new CRL, or an interruption.
   *
   * @param made what the rows are known to have. Otherwise they are read.
   */
  async #writeCrlFiles(
    database: SqlDatabase,
    session: Session,
    made?: PublishedCrls,
  ): Promise<void> {
    if (!await this.#areCrlFilesDue(database)) return;
    const { der, shards } = made ?? await this.#readCrls(database);
    const entries = await crlFiles(this.files, this.directory, der, shards);
    await commitAll(this.files, { entries, commit: session.commit });
    await database.transaction("write", () => updateCa(database, "crl_files_due", 0));
  }

  /** @throws CaIncompleteError if there is no CRL. */
  async #readCrls(database: SqlDatabase): Promise<PublishedCrls> {
    const der = await readCrlRow(database);
    if (der === undefined) throw new CaIncompleteError(this.written, this.nameOf("crl").inStore);
    return { der, shards: await readShardCrls(database) };
  }
}
