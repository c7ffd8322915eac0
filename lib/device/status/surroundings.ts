/** Whether the next change of a pair could be written: mounts, free space, permissions. */
import {
  attempt,
  type FileInfo,
  type FileSystem,
  type Mount,
  type Room,
  statIfPresent,
  type System,
  type UntrustedPlaceError,
  untrustedPlaces,
  type UsedPath,
} from "../../system/mod.ts";
import { RenewalBlockedError } from "../errors.ts";
import { mountPointsIn } from "../pair/last_known/mod.ts";
import { servedFiles } from "../pair/outputs/mod.ts";
import {
  type Pair,
  type PairPaths,
  resolvePair,
  rotationSite,
  untrustedPlacesOf,
} from "../pair/mod.ts";
import { lockPath } from "../../transaction/mod.ts";

/** The file systems that pairs are on. Examined once for all pairs, before their files are read. */
export interface Surroundings {
  /** `undefined`: cannot be determined. */
  readonly mounts: readonly Mount[] | undefined;
  /** By device number, as in stat(2). */
  readonly rooms: ReadonlyMap<number, Room>;
}

/** Examines the file systems that pairs are on. What cannot be determined is left out. */
export async function lookAround(
  { files, volumes }: System,
  pairs: readonly PairPaths[],
): Promise<Surroundings> {
  const directories = pairs.flatMap((paths) => {
    const pair = attempt(() => resolvePair(files, paths));
    return pair === undefined ? [] : attempt(() => writtenDirectories(files, pair)) ?? [];
  });
  const byDevice = new Map(directories.map(({ path, device }) => [device, path]));
  const [mounts, ...rooms] = await Promise.all([
    volumes.mounts(),
    ...[...byDevice].map(async ([device, path]): Promise<[number, Room | undefined]> => [
      device,
      await volumes.room(path),
    ]),
  ]);
  return {
    mounts,
    rooms: new Map(
      rooms.flatMap(([device, room]) => room === undefined ? [] : [[device, room] as const]),
    ),
  };
}

/** The mount points; see {@linkcode Surroundings}. */
export function mountPointsOf({ mounts }: Surroundings): ReadonlySet<string> | undefined {
  return mounts && mountPointsIn(mounts);
}

/** A system that knows these mounts, also after the permission to run programs was given up. */
export function withMounts(system: System, { mounts }: Surroundings): System {
  return { ...system, volumes: { ...system.volumes, mounts: () => Promise.resolve(mounts) } };
}

/** A directory in which a change creates files. */
interface WrittenDirectory extends FileInfo {
  readonly path: string;
}

/** The directories that a change writes to. The state directory is first: its owner renews the pair. */
function writtenDirectories(
  files: FileSystem,
  { site }: Pair,
): readonly WrittenDirectory[] {
  return [site.stateDirectory, ...site.directories].flatMap((path) => {
    const info = statIfPresent(files, path);
    return info?.kind === "directory" ? [{ ...info, path }] : [];
  });
}

/**
 * Why the next change of a pair could not be written, as far as that can be determined without writing.
 *
 * This is judged for the user who renews the pair, which is the owner of its state directory, not for the
 * caller. Root's permissions are not checked: only a read-only or full file system stops root.
 */
export function findObstacle(
  files: FileSystem,
  pair: Pair,
  around: Surroundings,
): RenewalBlockedError | undefined {
  const unusable = findUnusableState(files, pair);
  if (unusable !== undefined) return unusable;
  const { stateDirectory } = pair.site;
  const directories = attempt(() => writtenDirectories(files, pair)) ?? [];
  const renewer = directories.find(({ path }) => path === stateDirectory)?.uid;
  for (const { path, device, ...info } of directories) {
    if (isReadOnly(path, around)) return new RenewalBlockedError(path, { reason: "read-only" });
    const room = around.rooms.get(device);
    const lack = room && lackOf(room, { neededBytes: needed(files, pair, room), renewer });
    if (lack !== undefined) return new RenewalBlockedError(path, lack);
    if (renewer !== undefined && renewer !== 0 && !mayWrite(info, renewer)) {
      return new RenewalBlockedError(path, {
        reason: "permission",
        userId: renewer,
        stateDirectory,
      });
    }
  }
  return undefined;
}

/** A state directory or a lock file that every change refuses. What may not be examined is left out. */
function findUnusableState(files: FileSystem, pair: Pair): RenewalBlockedError | undefined {
  const look = (path: string): FileInfo | undefined => attempt(() => statIfPresent(files, path));
  const { stateDirectory } = pair.site;
  const found = look(stateDirectory);
  if (found === undefined) return undefined;
  if (found.kind !== "directory") {
    return new RenewalBlockedError(stateDirectory, { reason: "wrong-kind", found });
  }
  if ((found.mode & 0o022) !== 0) {
    return new RenewalBlockedError(stateDirectory, { reason: "writable-by-others", found });
  }
  for (const path of [pair.site, rotationSite(pair)].map(lockPath)) {
    const lock = look(path);
    if (lock !== undefined && lock.kind !== "file") {
      return new RenewalBlockedError(path, { reason: "wrong-kind", found: lock });
    }
  }
  return undefined;
}

/**
 * The places that a rotation of the pair refuses, because other users can change them. Judged for the user
 * who renews the pair, as in {@linkcode findObstacle}; if that is not known, for root alone. What this user
 * may not examine is left out.
 *
 * @param used the pair's paths, and the other places that its rotation uses.
 */
export function findUntrustedPlaces(
  { files, processes }: System,
  { site }: Pair,
  { paths, places }: { readonly paths: PairPaths; readonly places: readonly UsedPath[] },
): readonly UntrustedPlaceError[] {
  const renewer = attempt(() => statIfPresent(files, site.stateDirectory));
  if (renewer === undefined && processes.userId() !== 0) return [];
  const user = renewer && { userId: () => renewer.uid, groupId: () => renewer.gid };
  const walker = { files, processes: user ?? processes };
  const found = [
    attempt(() => untrustedPlacesOf(walker, paths)) ?? [],
    ...places.map((place) => attempt(() => untrustedPlaces(walker, [place])) ?? []),
  ].flat();
  return [...new Map(found.map((error) => [error.place, error])).values()];
}

/** The last mount at the longest matching point counts, because it covers those before it. */
function isReadOnly(path: string, { mounts = [] }: Surroundings): boolean {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const { point } = mount;
    const isAbove = point === "/" || path === point || path.startsWith(`${point}/`);
    if (isAbove && point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found?.isReadOnly === true;
}

/** The number of files that a change creates before it removes any, and the space for an issuer's answer. */
const mostFiles = 12;
const answerBytes = 32 * 1024;

/** The bytes that a change needs: at least one block for each file, and a second copy of the pair. */
function needed(
  files: FileSystem,
  pair: Pair,
  { blockSize }: Room,
): number {
  const served = servedFiles(pair);
  const pairBytes = served.reduce(
    (sum, { path }) => sum + (attempt(() => statIfPresent(files, path))?.size ?? 0),
    0,
  );
  // Two for each output: the new file and the copy of the old one.
  const outputBlocks = 2 * pair.outputs.length;
  return answerBytes + (mostFiles + outputBlocks) * blockSize + 2 * pairBytes;
}

function lackOf(
  room: Room,
  { neededBytes, renewer = 0 }: {
    readonly neededBytes: number;
    readonly renewer: number | undefined;
  },
): ConstructorParameters<typeof RenewalBlockedError>[1] | undefined {
  const { blockSize, blocks, freeBlocks, availableBlocks, inodes, freeInodes } = room;
  // Root may use the reserved blocks, except those that ext4 keeps for itself: 2 %, at most 4096 blocks.
  const forRoot = Math.max(availableBlocks, freeBlocks - Math.min(blocks / 50, 4096));
  const leftBytes = Math.floor(renewer === 0 ? forRoot : availableBlocks) * blockSize;
  if (leftBytes < neededBytes) return { reason: "full", leftBytes, neededBytes };
  if (inodes > 0 && freeInodes < mostFiles) return { reason: "no-inodes" };
  return undefined;
}

/** Judged by the mode alone: the group bits may be the mask of an access control list for this user. */
function mayWrite({ uid, mode }: Pick<FileInfo, "uid" | "mode">, userId: number): boolean {
  return (uid === userId ? mode & 0o200 : mode & 0o022) !== 0;
}
