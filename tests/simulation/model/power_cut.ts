import { tornContents } from "./contents.ts";
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
 * Every disk that a power cut may leave of this one, in an order that depends only on the two disks. Durable
 * changes stay; each of the others may be lost, independently.
 *
 * @param before the disk one operation earlier: disks that a power cut may also leave of it are omitted.
 */
export function* powerCuts(disk: Disk, mode: Mode, before?: Disk): Generator<Disk> {
  const step = before && stepBetween(before, disk);
  // An fsync removes possibilities, and adds none.
  if (step?.kind === "fsync") return;
  const directories = [...disk.nodes].filter(isDirectoryWithPending);
  const choices = directories.map(([inode, node]) =>
    step?.directory === inode ? namesWithLast(node, mode) : survivingNames(node, mode)
  );
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
  for (const [inode, node] of [...nodes].filter(isUnsynced)) {
    const survivors = survivingNodes(node);
    nodes.set(inode, survivors[choose(survivors.length)] ?? node);
  }
  return { ...disk, nodes };
}

function isDirectoryWithPending(entry: readonly [Inode, Node]): entry is [Inode, DirectoryNode] {
  return entry[1].kind === "directory" && entry[1].pending.length > 0;
}

/** What one operation means for a power cut. */
type CutStep =
  | { readonly kind: "fsync"; readonly directory?: undefined }
  /** One more change of a name is pending in this directory. */
  | { readonly kind: "change"; readonly directory: Inode };

/** The operation between two disks; `undefined`: any other. */
function stepBetween(before: Disk, after: Disk): CutStep | undefined {
  const changed = [...before.nodes].filter(([inode, node]) => after.nodes.get(inode) !== node);
  const [inode, was] = changed[0] ?? [rootInode, undefined];
  const is = after.nodes.get(inode);
  if (changed.length !== 1 || was === undefined || is === undefined) return undefined;
  if (after.nodes.size === before.nodes.size && isSyncedFrom(was, is)) return { kind: "fsync" };
  // Only that change leads to a new file.
  const isChange = was.kind === "directory" && is.kind === "directory" &&
    is.durableNames === was.durableNames && is.attributes === was.attributes &&
    is.pending.length === was.pending.length + 1 &&
    was.pending.every((change, index) => change === is.pending[index]);
  return isChange ? { kind: "change", directory: inode } : undefined;
}

function isSyncedFrom(was: Node, is: Node): boolean {
  if (was.kind === "directory" && is.kind === "directory") {
    return is.durableNames === was.names && is.names === was.names && is.pending.length === 0;
  }
  return was.kind === "file" && is.kind === "file" && is.content === was.content &&
    is.durableContent === was.content && is.attributes === was.attributes &&
    is.durableAttributes === was.attributes;
}

/** The names that a power cut may leave in a directory, each possibility once. */
function survivingNames(node: DirectoryNode, mode: Mode): readonly Names[] {
  const survivors = mode === "ordered"
    ? prefixes(node.durableNames, node.pending)
    : subsets(node.durableNames, node.pending).map(({ names }) => names);
  return eachOnce(survivors);
}

/** Those of {@linkcode survivingNames} for which the last change is not lost. */
function namesWithLast(
  { durableNames, pending, names }: DirectoryNode,
  mode: Mode,
): readonly Names[] {
  const last = pending.at(-1);
  if (mode === "ordered" || last === undefined) return [names];
  const touched = namesOf(last);
  return eachOnce(
    subsets(durableNames, pending.slice(0, -1))
      .filter(({ lost }) => !touched.some((name) => lost.has(name)))
      .map(({ names }) => withChange(names, last)),
  );
}

function eachOnce(all: readonly Names[]): readonly Names[] {
  return [...new Map(all.map((names) => [namesKey(names), names])).values()];
}

const namesKey = (names: Names): string =>
  [...names].map(([name, id]) => `${name}=${id}`).sort().join();

function prefixes(durable: Names, pending: readonly NameChange[]): Names[] {
  const all = [durable];
  let names = durable;
  for (const change of pending) all.push(names = withChange(names, change));
  return all;
}

/** Names that may be left, and those of which a change was lost. */
interface Branch {
  readonly names: Names;
  readonly lost: ReadonlySet<string>;
}

function subsets(durable: Names, pending: readonly NameChange[]): readonly Branch[] {
  // A change that is lost takes with it every later one that shares a name.
  let branches: readonly Branch[] = [{ names: durable, lost: new Set() }];
  for (const change of pending) {
    const touched = namesOf(change);
    branches = branches.flatMap(({ names, lost }) => {
      const without = { names, lost: new Set([...lost, ...touched]) };
      if (touched.some((name) => lost.has(name))) return [without];
      return [without, { names: withChange(names, change), lost }];
    });
  }
  return branches;
}

function namesOf(change: NameChange): readonly string[] {
  return change.kind === "move" ? [change.from, change.to] : [change.name];
}

function* withTornFiles(
  disk: Disk,
  chosenNames: ReadonlyMap<Inode, Names | undefined>,
): Generator<Disk> {
  const reachable = reachableNodes(disk, chosenNames);
  const torn = reachable.filter(isUnsynced);
  const choices = torn.map(([, node]) => survivingNodes(node));
  for (const chosen of product(choices)) {
    const nodes = new Map(reachable);
    torn.forEach(([inode], index) => {
      const node = chosen[index];
      if (node !== undefined) nodes.set(inode, node);
    });
    yield { ...disk, nodes };
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
    if (node.covered !== undefined) visit(node.covered);
  };
  visit(rootInode);
  return [...reached];
}

function isUnsynced(
  entry: readonly [Inode, Node],
): entry is [Inode, FileNode | DirectoryNode] {
  const node = entry[1];
  if (node.kind === "directory") return node.earlierAttributes !== undefined;
  return node.kind === "file" &&
    (node.content !== node.durableContent || node.attributes !== node.durableAttributes);
}

/** The owner and mode of a directory survive or are lost as one, as those of a file. */
function survivingNodes(node: FileNode | DirectoryNode): readonly Node[] {
  if (node.kind === "file") return survivingFiles(node);
  const { earlierAttributes, ...settled } = node;
  return earlierAttributes === undefined
    ? [settled]
    : [{ ...settled, attributes: earlierAttributes }, settled];
}

function survivingFiles(node: FileNode): readonly FileNode[] {
  const contents = node.content === node.durableContent
    ? [node.content]
    : [...new Set([node.durableContent, ...tornContents(node.content)])];
  const attributes = [...new Set([node.durableAttributes, node.attributes])];
  return contents.flatMap((content) =>
    attributes.map((survived) => ({
      ...node,
      content,
      durableContent: content,
      attributes: survived,
      durableAttributes: survived,
    }))
  );
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
