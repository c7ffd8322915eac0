/** The store of a CA in a directory: plain files, and a journal that makes each change one. */
import type { System } from "../../../system/mod.ts";
import {
  inspect,
  recover,
  type RecoveryOutlook,
  type RecoveryReport,
  withSession,
} from "../../../transaction/mod.ts";
import { isComplete, requireComplete } from "../completeness.ts";
import type { CaStore, Changed, ChangeOptions, Presence, RecoverOptions } from "../store.ts";
import {
  type DataDirectory,
  presenceOf,
  replacedFiles,
  requireNoLink,
  requireTrustedCa,
} from "./data_directory.ts";
import { DirectoryChange } from "./directory_change.ts";
import { DirectoryReader } from "./directory_reader.ts";

/** A CA in a data directory. */
export class DirectoryStore extends DirectoryReader implements CaStore {
  readonly #system: System;

  constructor(system: System, directory: DataDirectory) {
    super(system.files, directory);
    this.#system = system;
  }

  get written(): string {
    return this.directory.written;
  }

  // deno-lint-ignore require-await
  async presence(): Promise<Presence> {
    return presenceOf(this.files, this.directory.paths);
  }

  async change<T>({ lockTimeout, work }: ChangeOptions<T>): Promise<Changed<T>> {
    const { files, directory } = this;
    const { paths, site } = directory;
    requireTrustedCa(this.#system, directory.written);
    // A crashed `init` may have left a CA that recovery completes, or takes away. Where there is none, a
    // session would make a lock.
    const before = isComplete(await this.presence())
      ? undefined
      : await recover(this.#system, site, { lockTimeout });
    await requireComplete(this);
    // Listed once for recovery and for the change: nobody else changes it while the lock is held, and
    // with a hundred thousand certificates a second look takes as long as everything else.
    let names: readonly string[] | undefined;
    const certificateNames = (): readonly string[] =>
      names ??= files.readDirectory(paths.certificates);
    const list = (path: string): readonly string[] =>
      path === paths.certificates ? certificateNames() : files.readDirectory(path);
    return await withSession(this.#system, { ...site, list }, {
      lockTimeout,
      work: async (session) => {
        await requireComplete(this);
        for (const path of replacedFiles(paths)) requireNoLink(files, path);
        const change = new DirectoryChange(files, directory, certificateNames);
        const value = await work(change);
        const { warnings } = await session.commit(await change.entries());
        const recovery = before === undefined || before.outcome === "clean"
          ? session.recovery
          : before;
        return { value, recovery, warnings };
      },
    });
  }

  async recover(options: RecoverOptions): Promise<RecoveryReport> {
    requireTrustedCa(this.#system, this.written);
    return await recover(this.#system, this.directory.site, options);
  }

  async outlook(): Promise<RecoveryOutlook> {
    return await inspect(this.#system, this.directory.site);
  }
}
