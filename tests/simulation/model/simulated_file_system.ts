import {
  type AccessList,
  type Attributes,
  type FileHandle,
  type FileInfo,
  type FileOperation,
  type FileSystem,
  FileSystemError,
  isErrno,
} from "../../../lib/system/mod.ts";
import { bytesOf, intern } from "./contents.ts";
import "./remembered_crypto.ts";
import {
  type DirectoryNode,
  type Disk,
  type FileAttributes,
  type FileNode,
  type Inode,
  linksTo,
  type NameChange,
  newDirectory,
  newFile,
  type Node,
  rootDevice,
  rootInode,
  withChange,
  withNode,
} from "./disk.ts";

/** One operation as a run asked for it. */
export interface Operation {
  readonly operation: FileOperation;
  readonly path: string;
  /** What is opened or fsynced: a directory's fsync and a file's are two different promises. */
  readonly kind?: "file" | "directory";
  /** An fsync on another thread: it has run when its promise ends, and perhaps earlier. */
  readonly inBackground?: true;
  /** Of an open file: which one it is, although its name may lead to another by now. */
  readonly inode?: Inode;
}

/** The fate of an operation: it runs, is skipped as if it had succeeded, or fails with an errno. */
export type Fate = "run" | "skip" | { readonly errno: string };

/** Observes a run, and interferes with it. */
export interface Observer {
  /** Decides before each operation. */
  fate?(operation: Operation): Fate;
  /** Sees the disk after each operation that changed it. */
  changed?(disk: Disk): void;
  /** Called for an operation that would never return. */
  waits?(operation: Operation): void;
}

const umask = 0o022;
const processAttributes = { uid: 0, gid: 0 };

/**
 * The file-system door to a simulated disk, for one process at a time. Names and semantics are those of
 * POSIX. The first write to a file takes only half of its bytes, so that every caller has to handle short
 * writes.
 */
export class SimulatedFileSystem implements FileSystem {
  disk: Disk;
  readonly #observer: Observer;

  /**
   * The holder of the flock(2) of each file. A crash releases it: recovery runs on a new object of this
   * class.
   */
  readonly locks = new Map<Inode, FileHandle>();

  /** The fsyncs on other threads that have not ended. */
  #background = new Set<Inode>();
  #backgroundEnds: Promise<void> | undefined;

  constructor(disk: Disk, observer: Observer = {}) {
    this.disk = disk;
    this.#observer = observer;
  }

  openFile(path: string): FileHandle {
    const operation = { operation: "open", path, kind: "file" } as const;
    return this.perform(operation, () => {
      const inode = this.#resolve(path, "open");
      if (this.node(inode).kind === "fifo") {
        this.#observer.waits?.(operation);
        throw new Error(`waits forever for ${path}`);
      }
      return new SimulatedHandle(this, { inode, path, kind: "file" });
    });
  }

  openPromptly(path: string): Promise<FileHandle> {
    const kind = this.#isDirectory(path) ? "directory" : "file";
    return Promise.try(() =>
      this.perform({ operation: "open", path, kind }, () => {
        const inode = this.#resolve(path, "open");
        if (this.node(inode).kind === "fifo") throw failed("EAGAIN", "open", path);
        return new SimulatedHandle(this, { inode, path, kind });
      })
    );
  }

  createFile(path: string, mode: number): FileHandle {
    return this.perform({ operation: "create", path, kind: "file" }, () => {
      const { parent, name } = this.#parentOf(path, "create");
      if (this.#directory(parent).names.has(name)) throw failed("EEXIST", "create", path);
      const inode = this.disk.nextInode;
      const { defaultList: list, device } = this.#directory(parent);
      const given = this.disk.lacks?.modes?.given ?? mode & ~umask;
      const attributes = { ...processAttributes, mode: given };
      this.#put(inode, newFile(list === undefined ? attributes : { ...attributes, list }, device));
      this.#change(parent, { kind: "add", name, inode });
      return new SimulatedHandle(this, { inode, path, kind: "file" });
    });
  }

  openToWrite(path: string): FileHandle {
    return this.perform({ operation: "open", path, kind: "file" }, () => {
      const inode = this.#resolve(path, "open");
      if (this.node(inode).kind === "directory") throw failed("EISDIR", "open", path);
      return new SimulatedHandle(this, { inode, path, kind: "file" });
    });
  }

  openLockFile(path: string, mode: number): FileHandle {
    const { parent, name } = this.#parentOf(path, "create");
    if (!this.#directory(parent).names.has(name)) return this.createFile(path, mode);
    try {
      return this.perform({ operation: "open", path, kind: "file" }, () => {
        const inode = this.#resolve(path, "open");
        if (this.node(inode).kind === "directory") throw failed("EISDIR", "open", path);
        return new SimulatedHandle(this, { inode, path, kind: "file" });
      });
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      return this.createFile(path, mode);
    }
  }

  openDirectory(path: string): FileHandle {
    return this.perform({ operation: "open", path, kind: "directory" }, () => {
      const inode = this.#resolve(path, "open");
      this.#requireDirectory(inode, "open", path);
      return new SimulatedHandle(this, { inode, path, kind: "directory" });
    });
  }

  stat(path: string): FileInfo {
    return this.perform({ operation: "stat", path }, () => this.#info(path));
  }

  readDirectory(path: string): string[] {
    return this.perform({ operation: "readdir", path }, () => {
      const inode = this.#resolve(path, "readdir");
      this.#requireDirectory(inode, "readdir", path);
      return [...this.#directory(inode).names.keys()].sort();
    });
  }

  realPath(path: string): string {
    return this.perform({ operation: "realpath", path }, () => this.#realPath(path, "realpath"));
  }

  readLink(path: string): string {
    return this.perform({ operation: "readlink", path }, () => {
      const { parent, name } = this.#parentOf(path, "readlink");
      const node = this.node(this.#child(parent, name, { operation: "readlink", path }));
      if (node.kind !== "link") throw failed("EINVAL", "readlink", path);
      return node.path;
    });
  }

  makeDirectory(path: string, mode: number): void {
    this.effect({ operation: "mkdir", path }, () => {
      const { parent, name } = this.#parentOf(path, "mkdir");
      if (this.#directory(parent).names.has(name)) throw failed("EEXIST", "mkdir", path);
      const inode = this.disk.nextInode;
      const given = this.disk.lacks?.modes?.given ?? mode & ~umask;
      const { device } = this.#directory(parent);
      this.#put(inode, newDirectory({ ...processAttributes, mode: given }, device));
      this.#change(parent, { kind: "add", name, inode });
    });
  }

  removeDirectory(path: string): void {
    this.effect({ operation: "rmdir", path }, () => {
      const { parent, name } = this.#parentOf(path, "rmdir");
      const inode = this.#child(parent, name, { operation: "rmdir", path });
      this.#requireDirectory(inode, "rmdir", path);
      if (this.#directory(inode).names.size > 0) throw failed("ENOTEMPTY", "rmdir", path);
      this.#change(parent, { kind: "remove", name });
    });
  }

  rename(from: string, to: string): void {
    this.effect({ operation: "rename", path: from }, () => {
      const source = this.#parentOf(from, "rename");
      const destination = this.#parentOf(to, "rename");
      if (source.parent !== destination.parent) throw new Error("renamed across directories");
      const inode = this.#child(source.parent, source.name, { operation: "rename", path: from });
      const replaced = this.#directory(source.parent).names.get(destination.name);
      // POSIX: two names of one inode; nothing happens, both stay.
      if (replaced === inode) return;
      if (replaced !== undefined) this.#requireReplaceable(inode, replaced, to);
      this.#change(source.parent, { kind: "move", from: source.name, to: destination.name });
    });
  }

  makeLink(content: string, path: string): void {
    this.effect({ operation: "symlink", path }, () => {
      const { parent, name } = this.#parentOf(path, "symlink");
      if (content === "") throw failed("ENOENT", "symlink", path);
      if (this.#directory(parent).names.has(name)) throw failed("EEXIST", "symlink", path);
      const inode = this.disk.nextInode;
      this.#put(inode, { kind: "link", path: content });
      this.#change(parent, { kind: "add", name, inode });
    });
  }

  link(existing: string, name: string): void {
    this.effect({ operation: "link", path: name }, () => {
      if (this.disk.lacks?.links) throw failed("EPERM", "link", name);
      const source = this.#parentOf(existing, "link");
      const destination = this.#parentOf(name, "link");
      const inode = this.#child(source.parent, source.name, { operation: "link", path: existing });
      if (this.#directory(destination.parent).names.has(destination.name)) {
        throw failed("EEXIST", "link", name);
      }
      this.#change(destination.parent, { kind: "add", name: destination.name, inode });
    });
  }

  unlink(path: string): void {
    this.effect({ operation: "unlink", path }, () => {
      const { parent, name } = this.#parentOf(path, "unlink");
      const inode = this.#child(parent, name, { operation: "unlink", path });
      if (this.node(inode).kind === "directory") throw failed("EISDIR", "unlink", path);
      this.#change(parent, { kind: "remove", name });
    });
  }

  /** What rename(2) may replace: a directory only an empty directory, anything else no directory. */
  #requireReplaceable(moved: Inode, replaced: Inode, to: string): void {
    const [source, destination] = [this.node(moved), this.node(replaced)];
    if (source.kind === "directory") {
      if (destination.kind !== "directory") throw failed("ENOTDIR", "rename", to);
      if (destination.names.size > 0) throw failed("ENOTEMPTY", "rename", to);
    } else if (destination.kind === "directory") {
      throw failed("EISDIR", "rename", to);
    }
  }

  /** getfacl(1). */
  accessList(path: string): AccessList {
    return this.perform({ operation: "getfacl", path }, () => {
      const node = this.node(this.#resolve(path, "getfacl"));
      if (node.kind === "directory") {
        return { entries: plainEntries(node.attributes), defaults: linesOf(node.defaultList) };
      }
      if (node.kind !== "file") throw failed("EIO", "getfacl", path);
      return { entries: entriesOf(node.attributes), defaults: [] };
    });
  }

  /** setfacl(1) with -P: links are skipped. */
  setAccessList(path: string, { entries }: AccessList): void {
    this.effect({ operation: "setfacl", path }, () => {
      const { parent, name } = this.#parentOf(path, "setfacl");
      const inode = this.#child(parent, name, { operation: "setfacl", path });
      const node = this.node(inode);
      if (node.kind !== "file") return;
      this.replace(inode, { ...node, attributes: withEntries(node.attributes, entries) });
    });
  }

  #isDirectory(path: string): boolean {
    try {
      return this.node(this.#resolve(path, "open")).kind === "directory";
    } catch {
      // The operation itself throws the error for the path.
      return false;
    }
  }

  /** Replaces the disk, as mount(8) and umount(8) do, and tells the observer. */
  exchange(disk: Disk): void {
    this.disk = disk;
    this.#observer.changed?.(disk);
  }

  /** An operation with a result: it runs, or it fails. */
  perform<T>(operation: Operation, run: () => T): T {
    const fate = this.#observer.fate?.(operation) ?? "run";
    if (typeof fate !== "string") throw failed(fate.errno, operation.operation, operation.path);
    return run();
  }

  /** An operation that only has an effect and no result, so it can also be skipped. */
  effect(operation: Operation, run: () => void): void {
    const fate = this.#observer.fate?.(operation) ?? "run";
    if (typeof fate !== "string") throw failed(fate.errno, operation.operation, operation.path);
    if (fate === "run") run();
  }

  /**
   * An fsync on another thread. All that run at the same time end together, in any order, and as late as
   * possible: what does not wait for them goes on first.
   *
   * The observer sees every disk in between: any of the files may be durable already.
   */
  async syncInBackground(inode: Inode): Promise<void> {
    this.#background.add(inode);
    await (this.#backgroundEnds ??= this.#endBackground());
  }

  async #endBackground(): Promise<void> {
    for (let turn = 0; turn < turnsOfOthers; turn++) await undefined;
    const inodes = [...this.#background].filter((inode) =>
      syncedNode(this.node(inode)) !== this.node(inode)
    );
    this.#background = new Set();
    this.#backgroundEnds = undefined;
    const before = this.disk;
    for (const durable of subsetsOf(inodes)) {
      this.disk = before;
      for (const inode of durable) this.#put(inode, syncedNode(this.node(inode)));
      if (durable.length > 0) this.#observer.changed?.(this.disk);
    }
  }

  node(inode: Inode): Node {
    const node = this.disk.nodes.get(inode);
    if (node === undefined) throw new Error(`inode ${inode} is gone`);
    return node;
  }

  /** Puts a node and tells the observer. */
  replace(inode: Inode, node: Node): void {
    this.#put(inode, node);
    this.#observer.changed?.(this.disk);
  }

  #put(inode: Inode, node: Node): void {
    this.disk = withNode(this.disk, inode, node);
  }

  #change(parent: Inode, change: NameChange): void {
    const node = this.#directory(parent);
    this.replace(parent, {
      ...node,
      pending: [...node.pending, change],
      names: withChange(node.names, change),
    });
  }

  #directory(inode: Inode): DirectoryNode {
    const node = this.node(inode);
    if (node.kind !== "directory") throw new Error(`inode ${inode} is not a directory`);
    return node;
  }

  #requireDirectory(inode: Inode, operation: FileOperation, path: string): void {
    if (this.node(inode).kind !== "directory") throw failed("ENOTDIR", operation, path);
  }

  #child(parent: Inode, name: string, at: Operation): Inode {
    const inode = this.#directory(parent).names.get(name);
    if (inode === undefined) throw failed("ENOENT", at.operation, at.path);
    return inode;
  }

  #parentOf(path: string, operation: FileOperation): { parent: Inode; name: string } {
    const cut = path.lastIndexOf("/");
    const parent = this.#resolve(path.slice(0, cut) || "/", operation);
    this.#requireDirectory(parent, operation, path);
    return { parent, name: path.slice(cut + 1) };
  }

  #resolve(path: string, operation: FileOperation): Inode {
    return this.#locate(path, operation).inode;
  }

  #realPath(path: string, operation: FileOperation): string {
    return this.#locate(path, operation).real;
  }

  /** Follows every symbolic link of a path. */
  #locate(path: string, operation: FileOperation, depth = 0): Place {
    if (depth > 40) throw failed("ELOOP", operation, path);
    const names = path.split("/").filter((part) => part !== "" && part !== ".");
    // From the root to where the path has led so far: no links among them.
    const places: Place[] = [{ real: "", inode: rootInode }];
    for (const [index, name] of names.entries()) {
      if (name === "..") {
        if (places.length > 1) places.pop();
        continue;
      }
      const { real, inode: parent } = lastOf(places);
      this.#requireDirectory(parent, operation, path);
      const inode = this.#child(parent, name, { operation, path });
      const node = this.node(inode);
      if (node.kind === "link") {
        const rest = names.slice(index + 1).join("/");
        const target = node.path.startsWith("/") ? node.path : `${real}/${node.path}`;
        return this.#locate(rest === "" ? target : `${target}/${rest}`, operation, depth + 1);
      }
      places.push({ real: `${real}/${name}`, inode });
    }
    const { real, inode } = lastOf(places);
    return { real: real || "/", inode };
  }

  #info(path: string): FileInfo {
    if (path === "/") return infoOf(this.disk, rootInode);
    const { parent, name } = this.#parentOf(path, "stat");
    const inode = this.#child(parent, name, { operation: "stat", path });
    return infoOf(this.disk, inode);
  }
}

/** What a path leads to. */
interface Place {
  readonly real: string;
  readonly inode: Inode;
}

function lastOf(places: readonly Place[]): Place {
  return places.at(-1) ?? { real: "", inode: rootInode };
}

const letters = (bits: number): string =>
  `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 1 ? "x" : "-"}`;

const bitsOf = (entry: string): number =>
  (entry.includes("r", entry.length - 3) ? 4 : 0) +
  (entry.includes("w", entry.length - 2) ? 2 : 0) +
  (entry.endsWith("x") ? 1 : 0);

const linesOf = (list: string | undefined): string[] => list?.split(",") ?? [];

function plainEntries({ mode }: Attributes): string[] {
  return [
    `user::${letters(mode >> 6)}`,
    `group::${letters(mode >> 3)}`,
    `other::${letters(mode)}`,
  ];
}

function entriesOf(attributes: FileAttributes): string[] {
  const { mode, list } = attributes;
  if (list === undefined) return plainEntries(attributes);
  const [user = "", , other = ""] = plainEntries(attributes);
  return [user, ...linesOf(list), `mask::${letters(mode >> 3)}`, other];
}

/** Three entries are a mode; with more, the group bits are the mask (acl(5)). */
function withEntries({ uid, gid }: FileAttributes, entries: readonly string[]): FileAttributes {
  const bits = (type: string): number =>
    bitsOf(entries.find((entry) => entry.startsWith(type)) ?? "---");
  const isPlain = entries.length === 3;
  const mode = bits("user::") << 6 | bits(isPlain ? "group::" : "mask::") << 3 | bits("other::");
  const list = entries.filter((entry) => !/^(?:user::|mask::|other::)/.test(entry)).join(",");
  return isPlain ? { uid, gid, mode } : { uid, gid, mode, list };
}

interface Opened {
  readonly inode: Inode;
  readonly path: string;
  readonly kind: "file" | "directory";
}

class SimulatedHandle implements FileHandle {
  readonly #files: SimulatedFileSystem;
  readonly #opened: Opened;
  #offset = 0;
  #hasWritten = false;

  constructor(files: SimulatedFileSystem, opened: Opened) {
    this.#files = files;
    this.#opened = opened;
  }

  stat(): FileInfo {
    const { inode } = this.#opened;
    return this.#files.perform(
      { operation: "stat", ...this.#opened },
      () => infoOf(this.#files.disk, inode),
    );
  }

  read(buffer: Uint8Array): number {
    return this.#files.perform({ operation: "read", ...this.#opened }, () => {
      const rest = bytesOf(this.#file().content).subarray(this.#offset);
      const taken = rest.subarray(0, buffer.length);
      buffer.set(taken);
      this.#offset += taken.length;
      return taken.length;
    });
  }

  write(bytes: Uint8Array): number {
    const count = this.#hasWritten ? bytes.length : Math.ceil(bytes.length / 2);
    this.#hasWritten = true;
    return this.#files.perform({ operation: "write", ...this.#opened }, () => {
      // The note about a lock's holder is not part of the state: no command depends on it.
      if (this.#isHeldLock()) return count;
      const file = this.#file();
      const before = bytesOf(file.content);
      const end = this.#offset + count;
      const after = new Uint8Array(Math.max(before.length, end));
      after.set(before);
      after.set(bytes.subarray(0, count), this.#offset);
      this.#offset = end;
      this.#replace({ ...file, content: intern(after) });
      return count;
    });
  }

  setOwner(uid: number, gid: number): void {
    this.#setAttributes("chown", { uid, gid });
  }

  setMode(mode: number): void {
    const { modes } = this.#files.disk.lacks ?? {};
    if (modes === undefined) return this.#setAttributes("chmod", { mode });
    this.#files.effect({ operation: "chmod", ...this.#opened }, () => {
      if (modes.chmod === "refused") throw failed("EPERM", "chmod", this.#opened.path);
    });
  }

  sync(): void {
    this.#files.effect({ operation: "fsync", ...this.#opened }, () => {
      const node = this.#files.node(this.#opened.inode);
      const synced = syncedNode(node);
      if (synced !== node) this.#files.replace(this.#opened.inode, synced);
    });
  }

  async syncInBackground(): Promise<void> {
    const operation = { operation: "fsync", ...this.#opened, inBackground: true } as const;
    let isRun = false;
    this.#files.effect(operation, () => isRun = true);
    if (isRun) await this.#files.syncInBackground(this.#opened.inode);
  }

  tryLock(): boolean {
    return this.#files.perform({ operation: "lock", ...this.#opened }, () => {
      const { locks } = this.#files;
      const holder = locks.get(this.#opened.inode) ?? this;
      if (holder === this) locks.set(this.#opened.inode, this);
      return holder === this;
    });
  }

  close(): void {
    const { locks } = this.#files;
    if (locks.get(this.#opened.inode) === this) locks.delete(this.#opened.inode);
  }

  #setAttributes(operation: "chown" | "chmod", changed: Partial<Attributes>): void {
    this.#files.effect({ operation, ...this.#opened }, () => {
      const node = this.#files.node(this.#opened.inode);
      if (node.kind === "directory") {
        const { attributes, earlierAttributes = attributes } = node;
        const now = { ...attributes, ...changed };
        this.#files.replace(this.#opened.inode, { ...node, attributes: now, earlierAttributes });
        return;
      }
      const file = this.#file();
      this.#replace({ ...file, attributes: { ...file.attributes, ...changed } });
    });
  }

  #isHeldLock(): boolean {
    const { inode, path } = this.#opened;
    return path.endsWith(".lock") && this.#files.locks.get(inode) === this;
  }

  #file(): FileNode {
    const node = this.#files.node(this.#opened.inode);
    if (node.kind !== "file") throw failed("EISDIR", "read", this.#opened.path);
    return node;
  }

  #replace(node: FileNode): void {
    this.#files.replace(this.#opened.inode, node);
  }
}

/** How long an fsync on another thread takes at most, in turns of the microtask queue. */
const turnsOfOthers = 1000;

/**
 * All subsets, ending with everything. Of more than six only those that are durable in order or in reverse:
 * there would be too many.
 */
function subsetsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length > 6) {
    const counts = [...items.keys()];
    return [
      ...counts.map((count) => items.slice(count + 1)),
      ...counts.map((count) => items.slice(0, count + 1)),
    ];
  }
  return Array.from(
    { length: 2 ** items.length },
    (_, bits) => items.filter((_, index) => (bits >> index & 1) === 1),
  );
}

/** The node after its fsync; the same object if that changes nothing. */
function syncedNode(node: Node): Node {
  if (node.kind === "file") {
    const { content, durableContent, attributes, durableAttributes } = node;
    return content === durableContent && attributes === durableAttributes
      ? node
      : { ...node, durableContent: content, durableAttributes: attributes };
  }
  if (node.kind === "directory" && (node.pending.length > 0 || node.earlierAttributes)) {
    const { earlierAttributes: _, ...synced } = node;
    return { ...synced, durableNames: node.names, pending: [] };
  }
  return node;
}

function infoOf(disk: Disk, inode: Inode): FileInfo {
  const node = disk.nodes.get(inode);
  if (node === undefined) throw new Error(`inode ${inode} is gone`);
  const attributes = "attributes" in node ? node.attributes : { uid: 0, gid: 0, mode: 0o777 };
  const size = node.kind === "file" ? bytesOf(node.content).length : 0;
  const device = "device" in node ? node.device : rootDevice;
  const { kind } = node;
  return { ...attributes, kind, size, device, inode, links: linksTo(disk, inode) };
}

function failed(errno: string, operation: FileOperation, path: string): FileSystemError {
  return new FileSystemError(errno, operation, path);
}
