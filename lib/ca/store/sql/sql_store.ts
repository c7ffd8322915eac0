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
  withLock,
  withSession,
} from "../../../transaction/mod.ts";
import { CaIncompleteError } from "../../errors.ts";
import { isComplete, requireComplete } from "../completeness.ts";
import {
  commitAll,
  commonFiles,
  crlFiles,
  type DataDirectory,
  presenceOf,
  readStoreName,
  requireNoLink,
  requireTrustedCa,
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
import { readCa, updateCa } from "./ca_row.ts";
import { appendEvents } from "./history/mod.ts";
import type { SqlKind } from "./kind.ts";
import { SqlChange } from "./sql_change.ts";
import { readCrlRow, readShardCrls, SqlReader } from "./sql_reader.ts";

/** A CA whose rows are in a database. */
export class SqlStore extends SqlReader implements CaStore {
  readonly #system: System;

  constructor(system: System, directory: DataDirectory, kind: SqlKind) {
    super(system.files, directory, kind);
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
        const made = await this.#whileConnected(
          lockTimeout,
          (database) => this.#changeRows(database, { session, lockTimeout, actor, work }),
        );
        const recovery = before === undefined || before.outcome === "clean"
          ? session.recovery
          : before;
        return { ...made, recovery };
      },
    });
  }

  async whilePublishing<T>(options: PublishOptions<T>): Promise<T> {
    requireTrustedCa(this.#system, this.written);
    const { stateDirectory } = this.directory.site;
    const site = { stateDirectory, name: "publish", manages: () => false, directories: [] };
    return await withLock(this.#system, site, options);
  }

  async recover(options: RecoverOptions): Promise<RecoveryReport> {
    requireTrustedCa(this.#system, this.written);
    const report = await recover(this.#system, this.directory.site, options);
    if (!isComplete(await this.presence()) || !await this.#areCrlFilesDue()) return report;
    const { lockTimeout } = options;
    await withSession(this.#system, this.directory.site, {
      lockTimeout,
      work: (session) =>
        this.#whileConnected(lockTimeout, (database) => this.#writeCrlFiles(database, session)),
    });
    const { crl, derCrl } = this.directory.paths;
    return { ...report, outcome: "rolled-forward", targets: [...report.targets, crl, derCrl] };
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

  async #whileConnected<T>(
    timeout: number,
    work: (database: SqlDatabase) => Promise<T>,
  ): Promise<T> {
    const database = await this.kind.connect("write", { timeout });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  async #changeRows<T>(
    database: SqlDatabase,
    { session, lockTimeout, actor, work }: ChangeOptions<T> & { readonly session: Session },
  ): Promise<Pick<Changed<T>, "value" | "warnings">> {
    const mark = this.#system.random.bytes(16).toHex();
    let made: { readonly value: T; readonly files: readonly Entry[] } | undefined;
    const warnings: unknown[] = [];
    try {
      await database.transaction("write", async () => {
        await this.requireOwn(database);
        const log = new EventLog(this.#system, actor);
        const parts = { kind: this.kind, database, log };
        const change = new SqlChange(this.files, this.directory, parts);
        const value = await work(change);
        await appendEvents(database, { log, start: () => startEvents(change) });
        made = { value, files: change.followingFiles };
        await updateCa(database, "last_change", mark);
      });
    } catch (error) {
      if (!(error instanceof CommitFailedError)) throw error;
      await this.#requireCommitted(mark, { error, lockTimeout });
      warnings.push(error.cause);
    }
    if (made === undefined) throw new TypeError("a transaction without its work");
    const { value, files } = made;
    // The rows are committed. A counter that was raised for a file that fails harms no one.
    warnings.push(...(await session.commit(files)).warnings);
    try {
      await this.#writeCrlFiles(database, session);
    } catch (error) {
      // The CRL is made: the next command writes its files.
      warnings.push(error);
    }
    return { value, warnings };
  }

  /**
   * Finds out whether a COMMIT took place that failed or was not answered. The lock is still held, so no
   * other change can have been made since.
   *
   * @throws TransactionFailedError if it did not; OutcomeUnknownError if that cannot be found out.
   */
  async #requireCommitted(
    mark: string,
    { error, lockTimeout }: { readonly error: CommitFailedError; readonly lockTimeout: number },
  ): Promise<void> {
    let found: unknown;
    try {
      found = await this.#whileConnected(
        lockTimeout,
        async (database) => (await readCa(database, "last_change"))["last_change"],
      );
    } catch (cause) {
      const causes = new AggregateError([error.cause, cause]);
      throw new OutcomeUnknownError([this.nameOf("index").absolute], { cause: causes });
    }
    if (found !== mark) throw new TransactionFailedError(false, { cause: error.cause });
  }

  async #areCrlFilesDue(): Promise<boolean> {
    const { crl_files_due: due } = await readCa(await this.database(), "crl_files_due");
    return due !== 0;
  }

  /** Writes `ca.crl` and its copy if they are older than the row: after a new CRL, or an interruption. */
  async #writeCrlFiles(database: SqlDatabase, session: Session): Promise<void> {
    const { crl_files_due: due } = await readCa(database, "crl_files_due");
    if (due === 0) return;
    const der = await readCrlRow(database);
    if (der === undefined) throw new CaIncompleteError(this.written, this.nameOf("crl").inStore);
    const shards = await readShardCrls(database);
    const entries = await crlFiles(this.files, this.directory, der, shards);
    await commitAll(this.files, { entries, commit: session.commit });
    await database.transaction("write", () => updateCa(database, "crl_files_due", 0));
  }
}
