import type { Attributes } from "../../../lib/system/mod.ts";
import { type ContentId, emptyContent, intern } from "./contents.ts";

/*
 * A disk that remembers what is visible and what is durable. Disks are values: every change makes a new
 * one, and the walk keeps as many as it likes.
 */

/** The number of an inode on one disk. */
export type Inode = number;

/** Owner, mode, and what else says who may read a file. */
export interface FileAttributes extends Attributes {
  /** Entries of an access control list, the mask aside: that is the mode's group bits (acl(5)). */
  readonly list?: string;
}

/** A regular file. What is durable is what its last fsync covered. */
export interface FileNode {
  readonly kind: "file";
  readonly content: ContentId;
  readonly durableContent: ContentId;
  readonly attributes: FileAttributes;
  readonly durableAttributes: FileAttributes;
  /** The number of the file system that it lies on. */
  readonly device: number;
}

/** A change of a directory that its fsync has not covered yet. A move is atomic. */
export type NameChange =
  | { readonly kind: "add"; readonly name: string; readonly inode: Inode }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "move"; readonly from: string; readonly to: string };

/** Names in a directory. */
export type Names = ReadonlyMap<string, Inode>;

/** A directory. */
export interface DirectoryNode {
  readonly kind: "directory";
  readonly attributes: Attributes;
  /** Owner and mode that a power cut may bring back; left out if no fsync is missing. */
  readonly earlierAttributes?: Attributes;
  /** The access control list for new files in it. */
  readonly defaultList?: string;
  readonly durableNames: Names;
  readonly pending: readonly NameChange[];
  /** `durableNames` with all of `pending`. */
  readonly names: Names;
  /** The number of the file system that it lies on. */
  readonly device: number;
  /** At a mount point: the directory that this one covers, or the root of the unmounted file system. */
  readonly covered?: Inode;
}

/**
 * A symbolic link. Its content never changes, and is as durable as the inode: ext4, xfs, btrfs, f2fs and
 * ubifs keep it in the inode or journal both together. Only its name has to be made durable.
 */
export interface LinkNode {
  readonly kind: "link";
  readonly path: string;
}

/** A FIFO without a writer. certswap makes none. */
export interface FifoNode {
  readonly kind: "fifo";
}

export type Node = FileNode | DirectoryNode | LinkNode | FifoNode;

/** The inode of `/`. */
export const rootInode: Inode = 1;

/** What a file system cannot do. */
export interface Lacks {
  /** It stores no modes: every file has this one. chmod(2) fails, or succeeds without an effect. */
  readonly modes?: { readonly given: number; readonly chmod: "refused" | "ignored" };
  /** It has no hard links. */
  readonly links?: true;
}

/** The number of the file system of `/`. */
export const rootDevice = 1;

export interface Disk {
  readonly nodes: ReadonlyMap<Inode, Node>;
  readonly nextInode: Inode;
  readonly lacks?: Lacks;
}

/** `names` after one change. A change of a name that is not there has no effect. */
export function withChange(names: Names, change: NameChange): Names {
  const changed = new Map(names);
  switch (change.kind) {
    case "add":
      changed.set(change.name, change.inode);
      break;
    case "remove":
      changed.delete(change.name);
      break;
    case "move": {
      const inode = changed.get(change.from);
      if (inode === undefined) return names;
      changed.delete(change.from);
      changed.set(change.to, inode);
    }
  }
  return changed;
}

/** An empty disk. */
export function emptyDisk(): Disk {
  const root = newDirectory({ uid: 0, gid: 0, mode: 0o755 });
  return { nodes: new Map([[rootInode, root]]), nextInode: rootInode + 1 };
}

/** A directory without names. */
export function newDirectory(attributes: Attributes, device = rootDevice): DirectoryNode {
  const names = new Map<string, Inode>();
  return { kind: "directory", attributes, durableNames: names, pending: [], names, device };
}

/** An empty file. Only its inode is durable. */
export function newFile(attributes: FileAttributes, device = rootDevice): FileNode {
  return {
    kind: "file",
    device,
    content: emptyContent,
    durableContent: emptyContent,
    attributes,
    durableAttributes: attributes,
  };
}

/** The disk with one node replaced, or added. */
export function withNode(disk: Disk, inode: Inode, node: Node): Disk {
  const nodes = new Map(disk.nodes);
  nodes.set(inode, node);
  return { ...disk, nodes, nextInode: Math.max(disk.nextInode, inode + 1) };
}

/** What a test puts on a disk before anything runs. */
export interface Planted {
  readonly content?: string | Uint8Array;
  /** A symbolic link to this path, in place of a file. */
  readonly link?: string;
  /** A FIFO, in place of a file. */
  readonly isFifo?: boolean;
  readonly attributes?: Partial<FileAttributes>;
  /** Of a directory: the access control list that new files in it get. */
  readonly defaultList?: string;
  /** The file was written and never fsynced. Its name is durable. */
  readonly unsynced?: boolean;
}

/** A disk with these files and their directories, durable. A path that ends in `/` is a directory. */
export function plant(files: Readonly<Record<string, Planted | string>>, onto = emptyDisk()): Disk {
  let disk = onto;
  for (const [path, planted] of Object.entries(files)) {
    disk = plantOne(disk, path, typeof planted === "string" ? { content: planted } : planted);
  }
  return disk;
}

function plantOne(disk: Disk, path: string, planted: Planted): Disk {
  const names = path.split("/").filter((name) => name !== "");
  const isDirectory = path.endsWith("/");
  let parent = rootInode;
  let changed = disk;
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    const existing = directory(changed, parent).names.get(name);
    if (existing !== undefined && !isLast) {
      parent = existing;
      continue;
    }
    const named = directory(changed, parent);
    const { device } = named;
    const attributes = { uid: 0, gid: 0, mode: 0o755, ...(isLast ? planted.attributes : {}) };
    const node = isLast && !isDirectory ? plantedNode(planted, device) : {
      ...newDirectory(attributes, device),
      ...(isLast && planted.defaultList ? { defaultList: planted.defaultList } : {}),
    };
    const inode = changed.nextInode;
    const withName = new Map(named.names).set(name, inode);
    changed = withNode(changed, parent, { ...named, durableNames: withName, names: withName });
    changed = withNode(changed, inode, node);
    parent = inode;
  }
  return changed;
}

function plantedNode(planted: Planted, device: number): FileNode | LinkNode | FifoNode {
  if (planted.isFifo === true) return { kind: "fifo" };
  if (planted.link !== undefined) return { kind: "link", path: planted.link };
  const { content = "" } = planted;
  const id = intern(typeof content === "string" ? new TextEncoder().encode(content) : content);
  const attributes = { uid: 0, gid: 0, mode: 0o644, ...planted.attributes };
  return {
    kind: "file",
    content: id,
    durableContent: planted.unsynced ? emptyContent : id,
    attributes,
    durableAttributes: attributes,
    device,
  };
}

const linkCounts = new WeakMap<Disk, Map<Inode, number>>();

/** How many names lead to a file. */
export function linksTo(disk: Disk, inode: Inode): number {
  let counts = linkCounts.get(disk);
  if (counts === undefined) {
    counts = new Map();
    for (const node of disk.nodes.values()) {
      if (node.kind !== "directory") continue;
      for (const child of node.names.values()) counts.set(child, (counts.get(child) ?? 0) + 1);
    }
    linkCounts.set(disk, counts);
  }
  return counts.get(inode) ?? 0;
}

/** The directory of this inode. */
export function directory(disk: Disk, inode: Inode): DirectoryNode {
  const node = disk.nodes.get(inode);
  if (node?.kind !== "directory") throw new TypeError(`inode ${inode} is not a directory`);
  return node;
}

/** A file as it is seen on a disk. */
export interface Seen extends FileAttributes {
  readonly content: ContentId;
  readonly inode: Inode;
}

/** What is not a file: a directory, a FIFO, or a symbolic link with its content. */
export type SeenKind = "directory" | "fifo" | `link to ${string}`;

/** All files that are visible, by path. Directories are there with a `/` at their end and no content. */
export function visibleFiles(disk: Disk): Map<string, Seen | SeenKind> {
  const seen = new Map<string, Seen | SeenKind>();
  const visit = (inode: Inode, path: string): void => {
    for (const [name, child] of directory(disk, inode).names) {
      const node = disk.nodes.get(child);
      const childPath = `${path}/${name}`;
      if (node?.kind === "directory") {
        seen.set(`${childPath}/`, "directory");
        visit(child, childPath);
      } else if (node?.kind === "link") {
        seen.set(childPath, `link to ${node.path}`);
      } else if (node?.kind === "fifo") {
        seen.set(childPath, "fifo");
      } else if (node !== undefined) {
        seen.set(childPath, { ...node.attributes, content: node.content, inode: child });
      }
    }
  };
  visit(rootInode, "");
  return seen;
}

/**
 * A text that two disks share exactly if they are equal up to the numbers of their inodes, what is
 * pending included.
 */
export function keyOf(disk: Disk): string {
  const numbers = new Map<Inode, number>();
  const parts: string[] = [];
  const visit = (inode: Inode): string => {
    const known = numbers.get(inode);
    if (known !== undefined) return `#${known}`;
    numbers.set(inode, numbers.size);
    const number = numbers.size - 1;
    const node = disk.nodes.get(inode);
    if (node?.kind === "directory") {
      const names = sortedNames(node.durableNames)
        .map((name) => `${name}=${visit(node.durableNames.get(name) ?? 0)}`);
      const pending = node.pending.map((change) => {
        if (change.kind === "add") return `+${change.name}=${visit(change.inode)}`;
        return change.kind === "remove" ? `-${change.name}` : `${change.from}>${change.to}`;
      });
      const { attributes, earlierAttributes: earlier, device, covered } = node;
      const below = covered === undefined ? "" : visit(covered);
      const rights = [attributes, ...(earlier ? [earlier] : [])].map(attributesKey).join("<");
      parts.push(
        `${number}d${rights}@${device}${below}[${names.join()}|${pending.join()}]`,
      );
    } else if (node?.kind === "file") {
      parts.push(`${number}f${fileKey(node)}`);
    } else if (node?.kind === "link") {
      parts.push(`${number}l${node.path}`);
    } else if (node?.kind === "fifo") {
      parts.push(`${number}p`);
    }
    return `#${number}`;
  };
  visit(rootInode);
  return parts.join(";");
}

/** Nodes are values, so what is derived from one never changes. */
const fileKeys = new WeakMap<FileNode, string>();
const nameLists = new WeakMap<Names, readonly string[]>();

function fileKey(node: FileNode): string {
  const known = fileKeys.get(node);
  if (known !== undefined) return known;
  const { content, durableContent, attributes: a, durableAttributes: d } = node;
  const attributes = attributesKey(a);
  const durable = a === d ? "" : attributesKey(d);
  const key = `${content},${durableContent},${attributes},${durable},${node.device}`;
  fileKeys.set(node, key);
  return key;
}

const attributesKey = ({ uid, gid, mode, list = "" }: FileAttributes): string =>
  `${uid}.${gid}.${mode}.${list}`;

function sortedNames(names: Names): readonly string[] {
  const known = nameLists.get(names);
  if (known !== undefined) return known;
  const sorted = [...names.keys()].sort();
  nameLists.set(names, sorted);
  return sorted;
}

/** The disk without the inodes that no name leads to any more, visible or durable. */
export function compacted(disk: Disk): Disk {
  const nodes = new Map<Inode, Node>();
  const visit = (inode: Inode): void => {
    const node = disk.nodes.get(inode);
    if (node === undefined || nodes.has(inode)) return;
    nodes.set(inode, node);
    if (node.kind !== "directory") return;
    const added = node.pending.flatMap((change) => change.kind === "add" ? [change.inode] : []);
    for (const child of [...node.names.values(), ...node.durableNames.values(), ...added]) {
      visit(child);
    }
    if (node.covered !== undefined) visit(node.covered);
  };
  visit(rootInode);
  return { ...disk, nodes };
}
