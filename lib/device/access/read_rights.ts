/** Reads access control lists, and starts the programs that will set them. */
import type { PreparedAccessList, System } from "../../system/mod.ts";
import { backupPath, stagedPath } from "../../transaction/mod.ts";
import type { KnownRights, Rights, UncertainFile } from "./rights.ts";

/**
 * Finds out who may read files beyond their modes: with getfacl(1), or without it, as root, by a process that
 * tries to read as the group.
 *
 * Loaded only if there are such files.
 *
 * @throws FileSystemError if a list cannot be read.
 */
export async function readRights(
  system: System,
  uncertain: readonly UncertainFile[],
): Promise<Rights> {
  if (system.accessLists.areAvailable()) return await readLists(system, uncertain);
  const known = await Promise.all(uncertain.map((file) => tryAsGroup(system, file)));
  return { known, close: () => Promise.resolve() };
}

async function readLists(
  { accessLists }: System,
  uncertain: readonly UncertainFile[],
): Promise<Rights> {
  const paths = [
    ...new Set(uncertain.flatMap(({ places }) => [places.source, places.directory])),
  ];
  const read = await accessLists.read(paths);
  const lists = new Map(paths.map((path, index) => [path, read[index]]));
  const waiting = new Map<string, PreparedAccessList>();
  const known = uncertain.map((file): KnownRights => {
    const { places, target } = file;
    const list = lists.get(places.source);
    // A new file gets the default list of its directory, if there is one. Its own list must replace that.
    const isPlain = list?.entries.length === 3 &&
      lists.get(places.directory)?.defaults.length === 0;
    if (list === undefined || isPlain) return { ...file, access: { kind: "mode" } };
    for (const path of [stagedPath(target), backupPath(target)]) {
      waiting.set(path, accessLists.prepare(path));
    }
    const setAccess = async (path: string): Promise<void> => await waiting.get(path)?.set(list);
    return { ...file, access: { kind: "list", list, setAccess } };
  });
  const close = async (): Promise<void> => {
    await Promise.all([...waiting.values()].map((prepared) => prepared.cancel()));
  };
  return { known, close };
}

async function tryAsGroup(
  { accessLists, processes }: System,
  file: UncertainFile,
): Promise<KnownRights> {
  const isRoot = processes.userId() === 0;
  const mayRead = (file.attributes.mode & 0o040) !== 0;
  const canRead = isRoot && mayRead
    ? await accessLists.groupCanRead(file.places.source, file.attributes.gid)
    : undefined;
  // If unknown, the bits are kept: the service may need them.
  return { ...file, access: { kind: canRead === false ? "unreadable-list" : "mode" } };
}
