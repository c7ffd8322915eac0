import type { Attributes } from "../../lib/system/mod.ts";
import { type ContentId, tornContents } from "./contents.ts";
import {
  type DirectoryNode,
  type Disk,
  type FileNode,
  type Inode,
  type NameChange,
  type Names,
  type Node,
  rootInode,
  withChange,
} from "./disk.ts";

/**
 * How much a file system may reorder the changes of names that no fsync has covered:
 *
 * - `ordered`: any prefix of their order
 * - `adversarial`: any subset that keeps the order of changes to one name
 */
export type Mode = "ordered" | "adversarial";

/**
 * Every disk that a power cut may leave of this one, each once, in an order that depends on nothing but the
 * disk. What is durable stays; each change that is not may be lost, each on its own.
 */
export function* powerCuts(disk: Disk, mode: Mode): Generator<Disk> {
  const directories = [...disk.nodes].filter(isDirectoryWithPending);
  const choices = directories.map(([, node]) => survivingNames(node, mode));
  for (const chosen of product(choices)) {
    const names = new Map(directories.map(([inode], index) => [inode, chosen[index]]));
    yield* withTornFiles(disk, names);
  }
}

/**
 * One of the disks that a power cut may leave.
 *
 * @param choose picks one of that many possibilities, from 0 on.
 */
export function onePowerCut(disk: Disk, mode: Mode, choose: (count: number) => number): Disk {
  const names = new Map(
    [...disk.nodes].filter(isDirectoryWithPending).map(([inode, node]) => {
      const survivors = survivingNames(node, mode);
      return [inode, survivors[choose(survivors.length)]];
    }),
  );
  const nodes = new Map(reachableNodes(disk, names));
  for (const [inode, node] of [...nodes].filter(isUnsyncedFile)) {
    const survivors = survivingFiles(node);
    nodes.set(inode, survivors[choose(survivors.length)] ?? node);
  }
  return { nodes, nextInode: disk.nextInode };
}

function isDirectoryWithPending(entry: readonly [Inode, Node]): entry is [Inode, DirectoryNode] {
  return entry[1].kind === "directory" && entry[1].pending.length > 0;
}

/** The names that a power cut may leave in a directory, each possibility once. */
function survivingNames(node: DirectoryNode, mode: Mode): readonly Names[] {
  const survivors = mode === "ordered"
    ? prefixes(node.durableNames, node.pending)
    : subsets(node.durableNames, node.pending);
  return [...new Map(survivors.map((names) => [namesKey(names), names])).values()];
}

const namesKey = (names: Names): string =>
  [...names].map(([name, id]) => `${name}=${id}`).sort().join();

function prefixes(durable: Names, pending: readonly NameChange[]): Names[] {
  const all = [durable];
  let names = durable;
  for (const change of pending) all.push(names = withChange(names, change));
  return all;
}

function subsets(durable: Names, pending: readonly NameChange[]): Names[] {
  // A change that is lost takes with it every later one that shares a name.
  let branches: { names: Names; lost: ReadonlySet<string> }[] = [
    { names: durable, lost: new Set() },
  ];
  for (const change of pending) {
    const touched = namesOf(change);
    branches = branches.flatMap(({ names, lost }) => {
      const without = { names, lost: new Set([...lost, ...touched]) };
      if (touched.some((name) => lost.has(name))) return [without];
      return [without, { names: withChange(names, change), lost }];
    });
  }
  return branches.map(({ names }) => names);
}

function namesOf(change: NameChange): readonly string[] {
  return change.kind === "move" ? [change.from, change.to] : [change.name];
}

function* withTornFiles(
  disk: Disk,
  chosenNames: ReadonlyMap<Inode, Names | undefined>,
): Generator<Disk> {
  const reachable = reachableNodes(disk, chosenNames);
  const torn = reachable.filter(isUnsyncedFile);
  const choices = torn.map(([, node]) => survivingFiles(node));
  for (const chosen of product(choices)) {
    const nodes = new Map(reachable);
    torn.forEach(([inode], index) => {
      const node = chosen[index];
      if (node !== undefined) nodes.set(inode, node);
    });
    yield { nodes, nextInode: disk.nextInode };
  }
}

/** What can still be reached by a name, with all names durable. An inode without a name is gone. */
function reachableNodes(
  disk: Disk,
  chosenNames: ReadonlyMap<Inode, Names | undefined>,
): (readonly [Inode, Node])[] {
  const reached = new Map<Inode, Node>();
  const visit = (inode: Inode): void => {
    const node = disk.nodes.get(inode);
    if (node === undefined || reached.has(inode)) return;
    if (node.kind !== "directory") {
      reached.set(inode, node);
      return;
    }
    const names = chosenNames.get(inode) ?? node.durableNames;
    reached.set(inode, { ...node, durableNames: names, names, pending: [] });
    for (const child of names.values()) visit(child);
  };
  visit(rootInode);
  return [...reached];
}

function isUnsyncedFile(entry: readonly [Inode, Node]): entry is [Inode, FileNode] {
  const node = entry[1];
  return node.kind === "file" &&
    (node.content !== node.durableContent || node.attributes !== node.durableAttributes);
}

function survivingFiles(node: FileNode): readonly FileNode[] {
  const contents = node.content === node.durableContent
    ? [node.content]
    : [...new Set([node.durableContent, ...tornContents(node.content)])];
  const attributes = [...new Set([node.durableAttributes, node.attributes])];
  return contents.flatMap((content) =>
    attributes.map((survived) => durableFile(content, survived))
  );
}

function durableFile(content: ContentId, attributes: Attributes): FileNode {
  return {
    kind: "file",
    content,
    durableContent: content,
    attributes,
    durableAttributes: attributes,
  };
}

/** Every choice of one from each list: an odometer. */
function* product<T>(lists: readonly (readonly T[])[]): Generator<readonly T[]> {
  const [first, ...rest] = lists;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const tail of product(rest)) for (const head of first) yield [head, ...tail];
}
