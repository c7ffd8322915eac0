/** The door to access control lists (acl(5)), which Deno cannot see: through getfacl(1) and setfacl(1). */
import { FileSystemError } from "../errors.ts";
import { cleanly, findTool, runTool } from "./tools.ts";

/** An access control list: entries in the numeric text form of acl(5), `user:33:r--`. */
export interface AccessList {
  /** The entries of the file itself: three if it has no more than its mode. */
  readonly entries: readonly string[];
  /** For a directory: the default for new files in it. Empty if there is none. */
  readonly defaults: readonly string[];
}

/** setfacl(1) for one path, started before the file exists. */
export interface PreparedAccessList {
  /**
   * Sets the file's list.
   *
   * @throws FileSystemError if that is refused.
   */
  set(list: AccessList): Promise<void>;
  /** Ends it without effect. Does nothing if the list was set. */
  cancel(): Promise<void>;
}

/** Access rights beyond modes. Starts programs, without a shell. */
export interface AccessLists {
  /** Whether lists can be read and set: whether both programs are installed. */
  areAvailable(): boolean;
  /**
   * Reads the lists of files and directories, in the given order. On a file system without lists they equal
   * the modes.
   *
   * @throws FileSystemError if one cannot be read.
   */
  read(paths: readonly string[]): Promise<readonly AccessList[]>;
  /**
   * Starts a program that waits for its list: starting needs the `run` permission, setting the list does not.
   */
  prepare(path: string): PreparedAccessList;
  /**
   * Whether a user whose only right is membership of a group can open a file for reading: a process tries.
   * Needs root.
   *
   * @returns `undefined` if that cannot be found out: the process cannot be started, or cannot reach the
   *   file.
   */
  groupCanRead(path: string, gid: number): Promise<boolean | undefined>;
}

/** The real access lists. Needs the permissions `read` and `run`. */
export const denoAccessLists: AccessLists = {
  areAvailable: () => findTool("getfacl") !== undefined && findTool("setfacl") !== undefined,
  async read(paths) {
    const [first = ""] = paths;
    // -n: numbers, not names; -p: absolute; -c: no header; -E: no comments on the mask; -P: do not follow
    // links.
    const ended = await runTool("getfacl", ["-n", "-p", "-c", "-E", "-P", "--", ...paths]);
    const lists = ended === undefined ? undefined : parseAccessLists(ended);
    if (lists?.length !== paths.length) throw new FileSystemError("EIO", "getfacl", first);
    return lists;
  },
  prepare: (path) => new WaitingSetfacl(path),
  async groupCanRead(path, gid) {
    // dd opens the file and copies nothing.
    const canRead = await runTool("dd", [`if=${path}`, "of=/dev/null", "count=0"], { gid });
    if (canRead !== undefined) return true;
    const directory = path.slice(0, path.lastIndexOf("/") + 1);
    const canSearch = await runTool("test", ["-x", directory], { gid });
    return canSearch === undefined ? undefined : false;
  },
};

/**
 * Parses the output of getfacl(1): a paragraph for each file.
 *
 * @returns `undefined` if it is anything else.
 */
export function parseAccessLists(text: string): readonly AccessList[] | undefined {
  const paragraphs = text.split("\n\n").filter((paragraph) => paragraph !== "");
  const lists = paragraphs.map((paragraph) => {
    const lines = paragraph.split("\n").filter((line) => line !== "");
    const isDefault = (line: string): boolean => line.startsWith("default:");
    return {
      entries: lines.filter((line) => !isDefault(line)),
      defaults: lines.filter(isDefault).map((line) => line.slice("default:".length)),
    };
  });
  const areEntries = lists.every(({ entries, defaults }) =>
    entries.length >= 3 && [...entries, ...defaults].every((line) => entryPattern.test(line))
  );
  return areEntries ? lists : undefined;
}

const entryPattern = /^(?:(?:user|group):\d*|mask:|other:):[r-][w-][x-]$/;

/** setfacl(1) reads the list from its standard input before it looks for the file. */
class WaitingSetfacl implements PreparedAccessList {
  readonly #path: string;
  readonly #child: Deno.ChildProcess | undefined;
  #isOver = false;

  constructor(path: string) {
    this.#path = path;
    this.#child = start(path);
  }

  async set({ entries }: AccessList): Promise<void> {
    const refused = new FileSystemError("EIO", "setfacl", this.#path);
    if (this.#child === undefined || this.#isOver) throw refused;
    this.#isOver = true;
    const writer = this.#child.stdin.getWriter();
    try {
      await writer.write(new TextEncoder().encode(`${entries.join("\n")}\n`));
      await writer.close();
    } catch {
      // It has already ended: its status tells.
    }
    if (!(await this.#child.status).success) throw refused;
  }

  async cancel(): Promise<void> {
    if (this.#child === undefined || this.#isOver) return;
    this.#isOver = true;
    // Without any entry, it refuses and exits.
    await this.#child.stdin.close().catch(() => {});
    await this.#child.status;
  }
}

function start(path: string): Deno.ChildProcess | undefined {
  const program = findTool("setfacl");
  if (program === undefined) return undefined;
  try {
    return new Deno.Command(program, {
      // -P: never follow a link, in case one took the file's place.
      args: ["-P", "--set-file=-", "--", path],
      ...cleanly,
      stdin: "piped",
      stdout: "null",
      // In its own group: certswap handles signals from the terminal.
      detached: true,
    }).spawn();
  } catch {
    return undefined;
  }
}
