/**
 * Other sites that may have temporary files beside the same targets: pairs that share a key or combined
 * file.
 */
import {
  directoryOf,
  type FileHandle,
  ifPresent,
  isErrno,
  join,
  nameOf,
  openRegularFile,
  type System,
  WrongFileKindError,
} from "../../system/mod.ts";
import { LockedError, NeighbourUnfinishedError } from "../errors.ts";
import { openLockFile } from "../lock.ts";
import { leaveNote, readNote } from "../lock_holder.ts";
import { journalPath, lockPath, type Site } from "../site.ts";

/**
 * How often, and at which interval in milliseconds, a neighbour's lock is tried: about as long as a
 * transaction takes.
 */
const patience = { tries: 40, pause: 25 } as const;

/** Milliseconds in all. */
const waited = patience.tries * patience.pause;

/** Where a site keeps its lock and journal. */
type Neighbour = Pick<Site, "stateDirectory" | "name">;

/**
 * Takes the locks of all sites that may manage the same targets. Needed only if it is unknown whose a
 * leftover is, which is rare, and only while it is removed.
 *
 * @param leftovers the paths that may belong to them.
 * @throws LockedError if one of them is in use.
 * @throws NeighbourUnfinishedError if one of them has a transaction to recover first.
 */
export async function lockNeighbours(
  system: System,
  site: Site,
  leftovers: readonly string[],
): Promise<readonly FileHandle[]> {
  const locks: FileHandle[] = [];
  try {
    // Sites with another state directory are unknown here, but they lock the files that they use.
    for (const path of leftovers) locks.push(...await lockLeftover(system, path));
    for (const neighbour of neighboursOf(system, site)) {
      locks.push(await lock(system, neighbour));
      if (hasJournal(system, neighbour)) {
        const certificate = join(directoryOf(neighbour.stateDirectory), neighbour.name);
        throw new NeighbourUnfinishedError(leftovers, certificate);
      }
    }
    return locks;
  } catch (error) {
    for (const lock of locks) lock.close();
    throw error;
  }
}

/** The sites with a lock in the state directories beside this site's targets. */
function neighboursOf({ files }: System, site: Site): readonly Neighbour[] {
  const beside = site.directories.map((directory) => join(directory, nameOf(site.stateDirectory)));
  return [...new Set([site.stateDirectory, ...beside])].flatMap((stateDirectory) =>
    (ifPresent(() => files.readDirectory(stateDirectory)) ?? [])
      .flatMap((file) => /^(?<name>.+)(?<!\.rotation)\.lock$/.exec(file)?.groups?.["name"] ?? [])
      .filter((name) => stateDirectory !== site.stateDirectory || name !== site.name)
      .map((name) => ({ stateDirectory, name }))
  );
}

async function lockLeftover(
  system: System,
  path: string,
): Promise<readonly FileHandle[]> {
  try {
    const { handle } = await openRegularFile(system.files, path);
    return [await wait(system, handle, () => new LockedError(path, waited))];
  } catch (error) {
    // A link or a FIFO is not a staged file, and a missing file needs no check.
    const isNobodys = error instanceof WrongFileKindError || isErrno(error, "ESTALE", "ENOENT");
    if (isNobodys) return [];
    throw error;
  }
}

async function lock(system: System, neighbour: Neighbour): Promise<FileHandle> {
  const path = lockPath(neighbour);
  const opened = openLockFile(system.files, path);
  const handle = await wait(system, opened, () => new LockedError(path, waited, readNote(opened)));
  leaveNote(system, handle);
  return handle;
}

async function wait(
  { clock }: System,
  handle: FileHandle,
  locked: () => LockedError,
): Promise<FileHandle> {
  for (let tries = 1; !handle.tryLock(); tries++) {
    if (tries === patience.tries) {
      const error = locked();
      handle.close();
      throw error;
    }
    await clock.sleep(patience.pause);
  }
  return handle;
}

function hasJournal({ files }: System, neighbour: Neighbour): boolean {
  return files.readDirectory(neighbour.stateDirectory).includes(nameOf(journalPath(neighbour)));
}
