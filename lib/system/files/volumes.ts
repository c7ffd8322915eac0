/** The door to what is mounted, and how much room there is: Deno sees neither, so programs are asked. */
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
 * The real ones. Needs the permission `run`: Deno reads nothing of /proc, and statfs(2) through `node:fs`
 * takes ten times as long as a program.
 */
export const denoVolumes: Volumes = {
  async mounts() {
    const text = await runTool("cat", ["/proc/self/mountinfo"]);
    return text === undefined ? undefined : parseMounts(text);
  },
  async room(path) {
    const text = await runTool("stat", ["-f", "-c", "%S %b %f %a %c %d", "--", path]);
    return text === undefined ? undefined : parseRoom(text);
  },
};

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
