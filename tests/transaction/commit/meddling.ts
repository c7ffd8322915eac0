import { intern } from "../../simulation/model/contents.ts";
import {
  directory,
  type Disk,
  newFile,
  type Node,
  rootInode,
  withNode,
} from "../../simulation/model/disk.ts";

/*
 * What another program may do to a file, as one operation that is immediately durable.
 */

/** Content and owner of what another program writes. */
const theirs = intern(new TextEncoder().encode("theirs"));
const attributes = { uid: 9, gid: 9, mode: 0o644 };

/** A deed, by the words that follow "somebody". */
export const deeds: Readonly<Record<string, (disk: Disk, path: string) => Disk>> = {
  "rewrites it in place"(disk, path) {
    const { inode } = find(disk, path);
    const node = inode === undefined ? undefined : disk.nodes.get(inode);
    if (inode === undefined || node?.kind !== "file") return put(disk, path, theirs);
    return withNode(disk, inode, { ...node, content: theirs, durableContent: theirs });
  },
  "puts another file in its place": (disk, path) => put(disk, path, theirs),
  "puts another file with the same content in its place"(disk, path) {
    const { inode } = find(disk, path);
    const node = inode === undefined ? undefined : disk.nodes.get(inode);
    return put(disk, path, node?.kind === "file" ? node.content : theirs);
  },
  "removes it"(disk, path) {
    const { parent, name } = find(disk, path);
    const node = directory(disk, parent);
    const names = new Map(node.names);
    names.delete(name);
    return withNode(disk, parent, { ...node, names, durableNames: names, pending: [] });
  },
};

function put(disk: Disk, path: string, content: number): Disk {
  return putNode(disk, path, { ...newFile(attributes), content, durableContent: content });
}

/** A disk on which a name leads to this new node. */
export function putNode(disk: Disk, path: string, made: Node): Disk {
  const { parent, name } = find(disk, path);
  const inode = disk.nextInode;
  const node = directory(disk, parent);
  const names = new Map(node.names).set(name, inode);
  const named = withNode(disk, parent, { ...node, names, durableNames: names, pending: [] });
  return withNode(named, inode, made);
}

function find(
  disk: Disk,
  path: string,
): { parent: number; name: string; inode: number | undefined } {
  const names = path.split("/").slice(1);
  const name = names.pop() ?? "";
  let parent = rootInode;
  for (const part of names) parent = directory(disk, parent).names.get(part) ?? rootInode;
  return { parent, name, inode: directory(disk, parent).names.get(name) };
}
