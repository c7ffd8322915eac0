/** The door to what is mounted, and how much room there is: Deno has no function for either. */
import { runTool } from "./tools.ts";

/** What is mounted at a path: a file system, or a part of one (`mount --bind`), even a single file. */
export interface Mount {
  /** Absolute. */
  readonly point: string;
  /** The mount, or its whole file system. */
  readonly isReadOnly: boolean;
}

/** What statfs(2) says of a file system. */
export interface Room {
  /** Bytes. */
  readonly blockSize: number;
  /** Of the file system, free, and free for others than root. */
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly availableBlocks: number;
  /** Inodes. Both are 0 where there is no limit. */
  readonly inodes: number;
  readonly freeInodes: number;
}

/** Mounts and room. Reads only. */
export interface Volumes {
  /**
   * What is mounted for this process, in the order in which it was mounted, as mountinfo in proc(5) has it.
   *
   * @returns `undefined` where it cannot be found out.
   */
  mounts(): Promise<readonly Mount[] | undefined>;
  /** The room of the file system that a path is on. @returns `undefined` where it cannot be found out. */
  room(path: string): Promise<Room | undefined>;
}

/**
 * The real ones. Need the permission `run`: statfs(2) through `node:fs` takes ten times as long as a program.
 *
 * A process that starts its first program pays 8 ms: the runtime loads its streams and a part of its Node
 * layer for that. So the mounts are read without one, and `room` can be told beforehand
 * ({@linkcode withKnownRoom}).
 */
export const denoVolumes: Volumes = {
  async mounts() {
    const text = await importMounts() ?? await runTool("cat", [mountTable]);
    return text === undefined ? undefined : parseMounts(text);
  },
  async room(path) {
    const text = await runTool("stat", ["-f", "-c", roomFormat, "--", path]);
    return text === undefined ? undefined : parseRoom(text);
  },
};

/** See proc(5). */
const mountTable = "/proc/self/mountinfo";

/** How stat(1) prints a {@linkcode Room}. The launcher of the executable uses it too. */
export const roomFormat = "%S %b %f %a %c %d";

let imports = 0;

/**
 * Imports the mount table as text, with the permission `read`: the other functions of Deno read nothing of
 * /proc. Each time under another name, because a module is loaded only once.
 *
 * @returns `undefined` if this Deno does not do that.
 */
async function importMounts(): Promise<string | undefined> {
  try {
    const name = `file://${mountTable}?${imports++}`;
    const { default: text } = await import(name, { with: { type: "text" } });
    return typeof text === "string" && text !== "" ? text : undefined;
  } catch {
    return undefined;
  }
}

/** What stat(1) has printed about a directory before this process started. */
export interface KnownRoom {
  readonly directory: string;
  /** In the form of {@linkcode roomFormat}. */
  readonly text: string;
}

/** Volumes that do not ask again for what is known: the room of exactly this directory. */
export function withKnownRoom(volumes: Volumes, { directory, text }: KnownRoom): Volumes {
  const known = parseRoom(text);
  if (known === undefined) return volumes;
  return {
    ...volumes,
    room: async (path) => isAt(directory, path) ? known : await volumes.room(path),
  };
}

/** Whether a path, without its links, is another one. */
function isAt(path: string, physical: string): boolean {
  try {
    return Deno.realPathSync(path) === physical;
  } catch {
    return false;
  }
}

/** Reads mountinfo: `36 35 98:0 /root /point rw,noatime shared:1 - ext4 /dev/sda1 rw,errors=continue`. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line): Mount[] => {
    const [own = "", ofFileSystem = ""] = line.split(" - ");
    const [, , , , point, options] = own.split(" ");
    if (point === undefined || options === undefined) return [];
    const all = [options, ofFileSystem.split(" ")[2] ?? ""].flatMap((list) => list.split(","));
    return [{ point: unescaped(point), isReadOnly: all.includes("ro") }];
  });
}

/** Space, tab, line feed and backslash are written in octal: `\040`. The bytes are UTF-8 already. */
function unescaped(path: string): string {
  return path.replace(
    /\\(?<code>[0-7]{3})/g,
    (_, code: string) => String.fromCharCode(parseInt(code, 8)),
  );
}

function parseRoom(text: string): Room | undefined {
  const numbers = text.trim().split(" ").map(Number);
  const [blockSize, blocks, freeBlocks, availableBlocks, inodes, freeInodes] = numbers;
  const isComplete = numbers.length === 6 && numbers.every(Number.isFinite);
  return isComplete
    ? { blockSize, blocks, freeBlocks, availableBlocks, inodes, freeInodes } as Room
    : undefined;
}
