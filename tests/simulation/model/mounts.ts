/** File systems on a simulated disk that are mounted, unmounted, and mounted with another device number. */
import {
  directory,
  type Disk,
  type Inode,
  newDirectory,
  type Node,
  rootInode,
  withNode,
} from "./disk.ts";

/** Makes the directory at `path` the root of another file system, mounted over an empty directory. */
export function withFileSystem(disk: Disk, path: string, device: number): Disk {
  const { root } = mountPoint(disk, path);
  const below = disk.nextInode;
  const empty = newDirectory({ uid: 0, gid: 0, mode: 0o755 });
  const covering = { ...directory(disk, root), covered: below };
  return withDevice(withNode(withNode(disk, below, empty), root, covering), root, device);
}

/** Whether the file system of this mount point is mounted. */
export function isMounted(disk: Disk, path: string): boolean {
  const { root } = mountPoint(disk, path);
  // The covering directory is older. The device number does not help: a bind mount may have its parent's.
  return root < (directory(disk, root).covered ?? root);
}

/** The disk without the file system that is mounted at `path`. It keeps what it holds. */
export function unmounted(disk: Disk, path: string): Disk {
  return isMounted(disk, path) ? exchanged(disk, path) : disk;
}

/** The disk with that file system mounted again. @param device its number from now on. */
export function mounted(disk: Disk, path: string, device: number): Disk {
  const with_ = isMounted(disk, path) ? disk : exchanged(disk, path);
  return withDevice(with_, mountPoint(with_, path).root, device);
}

/** The files under the mount point: nothing may ever be written there. */
export function namesBelow(disk: Disk, path: string): readonly string[] {
  const { root } = mountPoint(unmounted(disk, path), path);
  return [...directory(disk, root).names.keys()];
}

function exchanged(disk: Disk, path: string): Disk {
  const { parent, name, root } = mountPoint(disk, path);
  const { covered, ...shown } = directory(disk, root);
  if (covered === undefined) throw new TypeError(`${path} is not a mount point`);
  const above = directory(disk, parent);
  const changed = {
    ...above,
    names: new Map(above.names).set(name, covered),
    durableNames: new Map(above.durableNames).set(name, covered),
  };
  const hidden = withNode(disk, root, shown);
  const uncovered = { ...directory(disk, covered), covered: root };
  return withNode(withNode(hidden, covered, uncovered), parent, changed);
}

/** Where a path leads to. Nothing on the way to a mount point is a link, or was changed. */
function mountPoint(disk: Disk, path: string): { parent: Inode; name: string; root: Inode } {
  const names = path.split("/").filter((name) => name !== "");
  let parent = rootInode;
  let root = rootInode;
  for (const name of names) {
    parent = root;
    root = directory(disk, parent).names.get(name) ?? 0;
  }
  return { parent, name: names.at(-1) ?? "", root };
}

function withDevice(disk: Disk, root: Inode, device: number): Disk {
  const nodes = new Map(disk.nodes);
  const visit = (inode: Inode): void => {
    const node: Node | undefined = nodes.get(inode);
    if (node === undefined || !("device" in node) || node.device === device) return;
    nodes.set(inode, { ...node, device });
    if (node.kind !== "directory") return;
    const added = node.pending.flatMap((change) => change.kind === "add" ? [change.inode] : []);
    const children = [...node.names.values(), ...node.durableNames.values(), ...added];
    for (const child of children) visit(child);
  };
  visit(root);
  return { ...disk, nodes };
}
