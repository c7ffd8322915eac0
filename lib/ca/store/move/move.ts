/** Moves a CA from one kind of store to another. */
import type { System } from "../../../system/mod.ts";
import {
  type Entry,
  type RecoveryReport,
  TransactionFailedError,
  withSession,
} from "../../../transaction/mod.ts";
import { bytesEqual, readSingleCertificateFile } from "../../../x509/mod.ts";
import { CaNotInitializedError, CounterUnreadableError, MoveRefusedError } from "../../errors.ts";
import { requireReadable } from "../completeness.ts";
import {
  crlFiles,
  type DataDirectory,
  findDataDirectory,
  readIfPresent,
  readStoreFile,
  requireTrustedCa,
  writtenFile,
  writtenStoreFile,
} from "../files/mod.ts";
import { EventLog, startEvents } from "../history/mod.ts";
import { type ShardCrl, shardsOf } from "../shards/mod.ts";
import {
  type CaStore,
  enrolmentKinds,
  type EnrolmentPatch,
  type FormerCertificate,
  type StoredCrl,
  type StoreReader,
} from "../store.ts";
import type { InspectedCertificate } from "../inspection.ts";
import type { StoreName } from "../store_name.ts";
import { compareHistories, compareStores, derOf } from "./compare.ts";
import type { Filling, MovableKind, RestOfStore } from "./kind.ts";

/** Options of a move. */
export interface MoveOptions {
  readonly dataDirectory: string;
  readonly to: StoreName;
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Checks the new store as a whole. Throws if something is wrong with it. */
  readonly verify: (copy: StoreReader) => Promise<void>;
  /** `ca.toml` after the move, made from what it is now; `undefined`: it stays as it is. */
  readonly newSettings: (old: Uint8Array | undefined) => Uint8Array | undefined;
  readonly onProgress?:
    | ((step: "copied" | "compared", done: number, total: number) => void)
    | undefined;
}

/** The kinds of store, as the caller knows them. */
export interface Kinds {
  readonly open: (system: System, directory: DataDirectory) => Promise<CaStore>;
  readonly movable: (name: StoreName) => Promise<MovableKind>;
}

/** Report of a move. */
export interface MoveReport {
  readonly from: StoreName;
  readonly to: StoreName;
  /** `false`: the CA has this kind of store already. */
  readonly isMoved: boolean;
  readonly certificates: number;
  readonly recovery: RecoveryReport;
  readonly warnings: readonly unknown[];
}

/**
 * Copies a store to a new one of another kind, compares them, and switches, in one change. The CA is locked
 * meanwhile. If it is interrupted before the switch, the old store is in use, and nothing has to be repaired.
 *
 * @throws OldStoreKeptError, MoveRefusedError, MoveDiffersError, and the errors of `verify` and of a change.
 */
export async function moveStore(
  system: System,
  options: MoveOptions,
  kinds: Kinds,
): Promise<MoveReport> {
  const { dataDirectory, to, lockTimeout } = options;
  const directory = findDataDirectory(system.files, dataDirectory);
  if (directory === undefined) throw new CaNotInitializedError(dataDirectory);
  requireTrustedCa(system, dataDirectory);
  await requireReadable(await kinds.open(system, directory));
  return await withSession(system, directory.site, {
    lockTimeout,
    work: async ({ recovery, commit }) => {
      const before = await readStoreFile(system.files, directory);
      const { store: from } = before;
      const old = await kinds.movable(from);
      await old.restore(system, directory, before.move);
      const source = await kinds.open(system, directory);
      await requireReadable(source);
      if (from === to) {
        return { from, to, isMoved: false, certificates: 0, recovery, warnings: [] };
      }
      const certificate = readSingleCertificateFile(await source.root()).der;
      const kind = await kinds.movable(to);
      const filling = await kind.fill(system, directory, { certificate, inUse: from });
      try {
        const certificates = await copy(source, filling, options);
        await noteMove(system, { filling, source, from, to });
        await options.verify(filling.reader);
        const entries = await entriesOf(system, { directory, source, filling, options });
        const move = { to, mark: system.random.bytes(16).toHex() };
        if (old.isMarkedFirst) {
          await commit([await writtenStoreFile(system.files, directory, { store: from, move })]);
        }
        const retired = await old.retire(system, directory, move);
        try {
          const now = { store: to, move: undefined };
          const switched = await writtenStoreFile(system.files, directory, now);
          const { warnings } = await commit(inOrder([...entries, ...retired, switched]));
          return { from, to, isMoved: true, certificates, recovery, warnings };
        } catch (error) {
          // Only if it is certain that the old store is still the one in use.
          if (error instanceof TransactionFailedError) await old.restore(system, directory, move);
          throw error;
        }
      } finally {
        await filling.close();
      }
    },
  });
}

/** How many certificates are written in one step. */
const batchSize = 1000;

async function copy(
  source: CaStore,
  filling: Filling,
  { onProgress }: MoveOptions,
): Promise<number> {
  const contents = await (await source.inspect()).contents();
  for (const error of contents.unreadable.values()) throw error;
  const total = contents.count;
  let done = 0;
  for await (const page of contents.pages()) {
    // Parts of a page: a directory has only one.
    for (let from = 0; from < page.length; from += batchSize) {
      const batch = await formerOf(source, page.slice(from, from + batchSize));
      await filling.add(batch);
      done += batch.length;
      onProgress?.("copied", done, total);
    }
  }
  await copyHistory(source, filling);
  await filling.complete(await restOf(source));
  const { reader } = filling;
  const onDone = (count: number): void => onProgress?.("compared", count, total);
  const compared = await compareStores({ source, copy: reader, onDone });
  await compareHistories({ source, copy: reader });
  return compared;
}

/** Certificates as the new store gets them. @throws MoveRefusedError */
async function formerOf(
  source: CaStore,
  inspected: readonly InspectedCertificate[],
): Promise<readonly FormerCertificate[]> {
  const former: FormerCertificate[] = [];
  for (const { serial, record, details, isKept, der } of inspected) {
    if (record === undefined) {
      // It would be lost, and could not be revoked.
      if (isKept) throw new MoveRefusedError(serial);
      continue;
    }
    const read = details?.isLost === true
      ? undefined
      : der ?? derOf(await source.certificate(serial));
    former.push({ record, der: read, ...(details === undefined ? {} : { details }) });
  }
  return former;
}

async function copyHistory(source: CaStore, filling: Filling): Promise<void> {
  let first = 1;
  for await (const page of source.history()) {
    if (page.length === 0) continue;
    await filling.addHistory(page.map(({ text }) => text), first);
    first += page.length;
  }
}

/** Ends the history of the new store with an entry for the move. */
async function noteMove(
  system: System,
  { filling, source, from, to }: {
    readonly filling: Filling;
    readonly source: CaStore;
    readonly from: StoreName;
    readonly to: StoreName;
  },
): Promise<void> {
  const log = new EventLog(system);
  log.add({ kind: "migrate", from, to });
  const head = await filling.reader.historyHead();
  const lines = await log.link(head, head === undefined ? await startEvents(source) : []);
  await filling.addHistory(lines, (head?.sequence ?? 0) + 1);
}

async function restOf(source: CaStore): Promise<RestOfStore> {
  const inspection = await source.inspect();
  const [nextSerial, nextCrlNumber] = [
    await inspection.nextSerial(),
    await inspection.nextCrlNumber(),
  ];
  if (nextSerial === undefined) {
    throw new CounterUnreadableError(source.nameOf("serial").absolute);
  }
  if (nextCrlNumber === undefined) {
    throw new CounterUnreadableError(source.nameOf("crlNumber").absolute);
  }
  const crl = await source.lastCrl();
  const publishedCrl = await source.publishedCrl();
  const shardTemplates = await source.shardTemplates();
  const shardCrls = await shardCrlsOf(source, shardsOf(shardTemplates));
  const enrolments = await enrolmentsOf(source);
  const rest = { nextSerial, nextCrlNumber, publishedCrl, shardTemplates, shardCrls, enrolments };
  return { ...rest, crl: crl && derOfCrl(crl) };
}

async function enrolmentsOf(source: CaStore): Promise<readonly EnrolmentPatch[]> {
  const found: EnrolmentPatch[] = [];
  for (const kind of enrolmentKinds) {
    for (const [id, content] of await source.enrolments(kind)) found.push({ kind, id, content });
  }
  return found;
}

async function shardCrlsOf(source: CaStore, count: number): Promise<readonly ShardCrl[]> {
  const found: ShardCrl[] = [];
  for (let shard = 1; shard <= count; shard++) {
    const pem = await source.shardCrl(shard);
    if (pem !== undefined) found.push({ shard, der: derOf(pem) });
  }
  return found;
}

function derOfCrl({ form, content }: StoredCrl): Uint8Array<ArrayBuffer> {
  return form === "der" ? content : derOf(content);
}

interface Switch {
  readonly directory: DataDirectory;
  readonly source: CaStore;
  readonly filling: Filling;
  readonly options: MoveOptions;
}

/** What the switch brings in, besides the mark on the old store. */
async function entriesOf(
  { files }: System,
  { directory, source, filling, options }: Switch,
): Promise<readonly Entry[]> {
  const { paths } = directory;
  const entries: Entry[] = [...await filling.entries()];
  const crl = await source.lastCrl();
  if (crl !== undefined) {
    // A database may have a newer one than its files.
    const der = derOfCrl(crl);
    const copy = await source.lastDerCrl();
    if (copy === undefined || !bytesEqual(Uint8Array.from(copy), der)) {
      entries.push(...await crlFiles(files, directory, der));
    }
  }
  const settings = await readIfPresent(files, paths.settings, settingsLimit);
  const content = options.newSettings(settings?.content);
  if (content === undefined) return entries;
  return [...entries, await writtenFile(files, directory, { target: paths.settings, content })];
}

/** The size limit of `ca.toml` in bytes. */
const settingsLimit = 1024 * 1024;

/** Nothing is removed before `store.json` is written: who reads meanwhile finds a whole store. */
function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const isLast = ({ kind }: Entry): boolean => kind === "remove";
  return [...entries.filter((entry) => !isLast(entry)), ...entries.filter(isLast)];
}
