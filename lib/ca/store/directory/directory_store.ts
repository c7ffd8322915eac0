/** A CA's store in a directory: plain files, with a journal that makes every change atomic. */
import type { System } from "../../../system/mod.ts";
import {
  inspect,
  recover,
  type RecoveryOutlook,
  type RecoveryReport,
  withSession,
} from "../../../transaction/mod.ts";
import { StoreMovedError } from "../../errors.ts";
import { isComplete, requireComplete } from "../completeness.ts";
import type {
  CaStore,
  CertificateRecord,
  Changed,
  ChangeOptions,
  OutlookOptions,
  Presence,
  PublishOptions,
  RecoverOptions,
} from "../store.ts";
import { EventLog } from "../history/mod.ts";
import {
  commitAll,
  type DataDirectory,
  presenceOf,
  readStoreName,
  replacedFiles,
  requireNoLink,
  requireTrustedCa,
  withPublishLock,
} from "../files/mod.ts";
import { DirectoryChange, type LastFiles } from "./directory_change.ts";
import { DirectoryReader, type Index } from "./directory_reader.ts";
import { toRecord } from "./index_file.ts";
import { LastParsed } from "./last_parsed.ts";

/** What is left of a look into the index. */
interface LookedUp {
  readonly stamp: string;
  readonly entries: Index["entries"];
  /** Made with the second look: most commands look once. */
  bySerial: ReadonlyMap<string, Index["entries"][number]> | undefined;
}

/** A CA in a data directory. */
export class DirectoryStore extends DirectoryReader implements CaStore {
  readonly #system: System;
  readonly #last: LastFiles = { index: new LastParsed(), enrolments: new LastParsed() };

  /** The index as {@linkcode find} has read it last. */
  #looked: LookedUp | undefined;

  constructor(system: System, directory: DataDirectory) {
    super(system.files, directory);
    this.#system = system;
  }

  /** Keeps the index for the next time: a server asks many times between two changes. */
  override async find(serial: string): Promise<CertificateRecord | undefined> {
    const stamp = this.stampOf(this.directory.paths.index);
    if (this.#looked?.stamp === stamp) {
      this.#looked.bySerial ??= new Map(this.#looked.entries.map((one) => [one.serial, one]));
    } else {
      this.#looked = { stamp, entries: await this.readEntries(), bySerial: undefined };
    }
    const { entries, bySerial } = this.#looked;
    const entry = bySerial === undefined
      ? entries.find((candidate) => candidate.serial === serial)
      : bySerial.get(serial);
    return entry && toRecord(entry);
  }

  // deno-lint-ignore require-await
  async presence(): Promise<Presence> {
    return presenceOf(this.files, this.directory.paths);
  }

  async change<T>({ lockTimeout, actor, work }: ChangeOptions<T>): Promise<Changed<T>> {
    const { files, directory } = this;
    const { paths, site } = directory;
    requireTrustedCa(this.#system, directory.written);
    // An interrupted `init` may have left a CA for recovery to complete or remove. If there is nothing, a
    // session must not be opened: it would create a lock.
    const before = isComplete(await this.presence())
      ? undefined
      : await recover(this.#system, site, { lockTimeout });
    await requireComplete(this);
    // Listed once for recovery and for the change: the lock keeps others from changing it. With a hundred
    // thousand certificates, listing again would take as long as everything else.
    let names: readonly string[] | undefined;
    const certificateNames = (): readonly string[] =>
      names ??= files.readDirectory(paths.certificates);
    const list = (path: string): readonly string[] =>
      path === paths.certificates ? certificateNames() : files.readDirectory(path);
    return await withSession(this.#system, { ...site, list }, {
      lockTimeout,
      work: async (session) => {
        await requireComplete(this);
        // A process that runs for long may have opened the store before it moved.
        const name = await readStoreName(files, directory);
        if (name !== "directory") throw new StoreMovedError(paths.index, name);
        for (const path of replacedFiles(paths)) requireNoLink(files, path);
        const change = new DirectoryChange(files, directory, {
          log: new EventLog(this.#system, actor),
          certificateNames,
          stageAhead: session.stageAhead,
          last: this.#last,
        });
        const value = await work(change);
        const entries = await change.entries();
        const { warnings } = await commitAll(files, { entries, commit: session.commit });
        const recovery = before === undefined || before.outcome === "clean"
          ? session.recovery
          : before;
        return { value, recovery, warnings };
      },
    });
  }

  async whilePublishing<T>(options: PublishOptions<T>): Promise<T> {
    return await withPublishLock(this.#system, this.directory, options);
  }

  async recover(options: RecoverOptions): Promise<RecoveryReport> {
    requireTrustedCa(this.#system, this.written);
    return await recover(this.#system, this.directory.site, options);
  }

  async outlook({ amongCertificates = true }: OutlookOptions = {}): Promise<RecoveryOutlook> {
    const { site, paths } = this.directory;
    const directories = site.directories.filter((path) =>
      amongCertificates || path !== paths.certificates
    );
    return await inspect(this.#system, { ...site, directories });
  }
}
