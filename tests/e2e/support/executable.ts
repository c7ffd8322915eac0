/** The executable under test, dist/certswap, and a bare place to run it in. */
import { fileURLToPath } from "node:url";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

/** What `deno task build` has made. */
export const builtExecutable = fileURLToPath(new URL("../../../dist/certswap", import.meta.url));

/** Whether it is the self-contained kind, which begins with a launcher in shell. */
export const isSelfContained = new TextDecoder().decode(
  (await Deno.readFile(builtExecutable)).subarray(0, 10),
) === "#!/bin/sh\n";

/** A user without any rights, if this process may choose one: `nobody` on Debian. */
export const ordinaryUser: { readonly uid?: number; readonly gid?: number } = Deno.uid() === 0
  ? { uid: 65534, gid: 65534 }
  : {};

/** What a process printed, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a process is started. Its environment holds only what is named here. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Starts a program, and waits until it has ended. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const { stdin, ...others } = options;
  const child = new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...others,
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { code, signal, stdout, stderr } = await child.output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, signal, stdout: out, stderr: err };
}

/** A directory of an ordinary user, with only a copy of the executable. */
export interface Place {
  /** The directory, which is the user's own. */
  readonly directory: string;
  /** A copy of the executable in it. */
  readonly executable: string;
  /** Where it is told to unpack its runtime. Does not exist yet. */
  readonly cache: string;
  /** Runs the copy, as the user, with `CERTSWAP_CACHE` and nothing else in its environment. */
  certswap(args: readonly string[], options?: RunOptions): Promise<Ended>;
}

/** Runs `work` in a new place, which is removed afterwards. */
export async function withPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  return await withTemporaryDirectory(async (directory) => {
    const executable = `${directory}/certswap`;
    const cache = `${directory}/cache`;
    await copyExecutable(executable);
    await giveToOrdinaryUser(directory);
    return await work({
      directory,
      executable,
      cache,
      certswap: (args, options = {}) =>
        run(executable, args, { env: { CERTSWAP_CACHE: cache }, ...ordinaryUser, ...options }),
    });
  });
}

/**
 * Copies the executable, and gives a launcher's copy a different name for its runtime: a test must not use
 * the runtime that root may have unpacked on this machine. (The third line is not part of the checksum.)
 */
async function copyExecutable(executable: string): Promise<void> {
  await Deno.copyFile(builtExecutable, executable);
  if (!isSelfContained) return;
  using file = await Deno.open(executable, { read: true, write: true });
  const head = new Uint8Array(1000);
  await file.read(head);
  const line = /\nknow\(\) .* name=\d{8}T\d{6}Z-/.exec(new TextDecoder("latin1").decode(head));
  if (line === null) throw new Error("the launcher does not name what it unpacks");
  await file.seek(line.index + line[0].length, Deno.SeekMode.Start);
  const hash = crypto.getRandomValues(new Uint8Array(8)).toHex();
  await file.write(new TextEncoder().encode(hash));
}

/** Gives a path that this process has made to the ordinary user. */
export async function giveToOrdinaryUser(path: string): Promise<void> {
  const { uid, gid } = ordinaryUser;
  if (uid !== undefined && gid !== undefined) await Deno.chown(path, uid, gid);
}

/** Everything under a directory: names relative to it, sorted. */
export function namesUnder(directory: string, prefix = ""): string[] {
  try {
    return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
      isDirectory
        ? [`${prefix}${name}/`, ...namesUnder(`${directory}/${name}`, `${prefix}${name}/`)]
        : [`${prefix}${name}`]
    ).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
