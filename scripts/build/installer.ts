/**
 * The second half of a first start, run by the runtime that the launcher has just unpacked. It writes the
 * bundle next to the runtime, makes everything durable, and renames the directory. A shell cannot do the last
 * two: fsync(2), and a rename(2) that fails if the name is taken.
 */
import { DatabaseSync } from "node:sqlite";
import { compiledAheadFlags, runtimeFlags } from "./runtime_flags.ts";

/** The bundle: file names and their content. */
export type BundleFiles = Readonly<Record<string, string>>;

/** Where the launcher has unpacked the runtime, and where it is to be kept. */
export interface Installation {
  /** A directory with `runtime/deno`, `code/` and this program. */
  readonly staging: string;
  /** `CACHE/TIME-HASH`; `undefined`: it is not kept after this run. */
  readonly home: string | undefined;
}

/**
 * Completes the unpacked runtime.
 *
 * Two first starts may both get here at the same time: the first rename wins, the other run uses its result.
 *
 * @throws Deno.errors if the disk is full or refuses a write.
 */
export function install(files: BundleFiles, { staging, home }: Installation): void {
  const runtime = `${staging}/runtime`;
  for (const [name, content] of Object.entries(files)) writeDurably(`${runtime}/${name}`, content);
  // No other user can exchange a name in these directories: the launcher has checked the one that it made.
  sweepTemporary(home === undefined ? directoryOf(staging) : "/tmp");
  if (home === undefined) return;
  Deno.removeSync(`${staging}/install.js`);
  for (const path of [`${runtime}/deno`, runtime, staging]) sync(path);
  putInPlace(staging, home);
  sync(directoryOf(home));
  removeOlder(home);
  compileAhead(home);
  if (Deno.uid() === 0) shareCompiled(home);
}

/** What the launcher takes for "could not write": EX_TEMPFAIL of sysexits.h. */
const cannotWrite = 75;

/** `install.js STAGING [HOME]`, as the launcher calls it. Ends the process. */
export function installFrom(args: readonly string[], files: BundleFiles): never {
  const [staging, home] = args;
  if (staging === undefined) throw new TypeError("install.js STAGING [HOME]");
  try {
    install(files, { staging, home });
  } catch {
    Deno.exit(cannotWrite);
  }
  Deno.exit(0);
}

/** The launcher's umask says who may read it: everyone if root has unpacked it, otherwise the user alone. */
function writeDurably(path: string, content: string): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o644 });
  let rest = new TextEncoder().encode(content);
  while (rest.length > 0) rest = rest.subarray(file.writeSync(rest));
  file.syncSync();
}

function sync(path: string): void {
  using file = Deno.openSync(path, { read: true });
  file.syncSync();
}

function putInPlace(staging: string, home: string): void {
  try {
    Deno.renameSync(staging, home);
    return;
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  if (isSame(staging, home)) {
    Deno.removeSync(staging, { recursive: true });
    return;
  }
  // What is there is not what the launcher wants, or it would have started it. The name is the one that its
  // sweep knows, in case the power goes between here and the end.
  const old = `${directoryOf(home)}/.unpack-old-${Deno.pid}`;
  Deno.renameSync(home, old);
  Deno.renameSync(staging, home);
  Deno.removeSync(old, { recursive: true });
}

/** rename(2) onto a directory that is not empty. */
function isTaken(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOTEMPTY" || code === "EEXIST" || error instanceof Deno.errors.AlreadyExists;
}

/** Whether two directories are alike in all that the launcher looks at: files, sizes, modes, owners. */
function isSame(one: string, other: string): boolean {
  try {
    return facts(one).join("\n") === facts(other).join("\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function facts(home: string): string[] {
  const runtime = `${home}/runtime`;
  const files = [...Deno.readDirSync(runtime)].map(({ name }) => `${runtime}/${name}`).sort();
  return [home, runtime, ...files].map((path) => {
    const { isFile, size, mode, uid } = Deno.lstatSync(path);
    return `${path.slice(home.length)} ${isFile ? size : "directory"} ${mode} ${uid}`;
  });
}

const homeName = /^\d{8}T\d{6}Z-[0-9a-f]{16}$/;

/**
 * Removes the runtimes of older versions: names begin with the time of their build. A runtime that is still
 * running may load another module, so it is kept until the next version is installed.
 */
function removeOlder(home: string): void {
  const cache = directoryOf(home);
  const own = home.slice(cache.length + 1);
  const running = runningPrograms();
  for (const { name } of Deno.readDirSync(cache)) {
    if (!homeName.test(name) || name.slice(0, 16) > own.slice(0, 16) || name === own) continue;
    if (running.has(`${cache}/${name}/runtime/deno`)) continue;
    try {
      Deno.removeSync(`${cache}/${name}`, { recursive: true });
    } catch {
      // Another process is removing it. A directory that takes up space must not prevent a start.
    }
  }
}

/** The programs of all processes that this user may look at. */
function runningPrograms(): Set<string> {
  const programs = new Set<string>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      programs.add(Deno.readLinkSync(`/proc/${name}/exe`));
    } catch {
      // The process has ended, or belongs to another user.
    }
  }
  return programs;
}

/**
 * Compiles everything ahead into `code/`, under its final path. A start without compiled code only is
 * slower, so failures are ignored.
 */
function compileAhead(home: string): void {
  const code = `${home}/code`;
  for (
    const args of [
      ["warm_up.js"],
      ["main.js", "--version"],
      ["measured.js", "", "", "--version"],
    ]
  ) {
    new Deno.Command(`${home}/runtime/deno`, {
      args: [
        "run",
        ...runtimeFlags,
        ...compiledAheadFlags,
        `${home}/runtime/${args[0]}`,
        ...args.slice(1),
      ],
      env: { DENO_DIR: code },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
  }
  for (const { name } of Deno.readDirSync(code)) {
    if (name.endsWith("_v2")) tidyDatabase(`${code}/${name}`);
  }
}

/**
 * Moves what was written into the file proper. The runtime ends without doing so, and then every start
 * would have to read the log of five megabytes: 4 ms (https://www.sqlite.org/wal.html, "Avoiding
 * Excessively Large WAL Files").
 */
function tidyDatabase(path: string): void {
  try {
    const database = new DatabaseSync(path);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
  } catch {
    // Only slower.
  }
}

/**
 * Copies the compiled code to `shared/`, for other users of root's runtime. They must not read `code/`: a
 * user who can read an SQLite database can also lock it, and root would have to wait.
 *
 * A database in WAL mode that cannot be written to is opened only if its log and its index exist; empty
 * ones do (https://www.sqlite.org/wal.html, "Read-Only Databases").
 */
function shareCompiled(home: string): void {
  try {
    const copy = `${home}/.shared-${Deno.pid}`;
    Deno.mkdirSync(copy, { mode: 0o755 });
    for (const { name } of Deno.readDirSync(`${home}/code`)) {
      if (!name.endsWith("_v2")) continue;
      Deno.writeFileSync(`${copy}/${name}`, Deno.readFileSync(`${home}/code/${name}`));
      for (const suffix of ["-wal", "-shm"]) Deno.writeTextFileSync(`${copy}/${name}${suffix}`, "");
    }
    Deno.renameSync(copy, `${home}/shared`);
  } catch {
    // Only slower.
  }
}

/** What mktemp(1) makes of the launcher's `certswap.PID.XXXXXXXXXX`; earlier versions left out the number. */
const temporaryName = /^certswap\.(?:(\d+)\.)?\w{10}$/;

/** Milliseconds after which the directory of an ended run counts as left over. */
const leftOverAge = 24 * 60 * 60 * 1000;

/**
 * Removes the runtimes that killed runs have left in the directory for temporary files. Only a directory
 * of this user's own that holds a runtime and nothing else, is a day old, and whose run has ended; a
 * link is not followed.
 */
function sweepTemporary(directory: string): void {
  try {
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      const [match, run] = temporaryName.exec(name) ?? [];
      if (match === undefined || !isDirectory) continue;
      if (run !== undefined && isThere(`/proc/${run}`)) continue;
      const path = `${directory}/${name}`;
      if (isLeftOver(path)) Deno.removeSync(path, { recursive: true });
    }
  } catch {
    // The directory cannot be listed, or another process is removing it. The next run tries again.
  }
}

function isLeftOver(path: string): boolean {
  const { uid, isDirectory, mtime } = Deno.lstatSync(path);
  if (!isDirectory || uid !== Deno.uid()) return false;
  if (mtime === null || Date.now() - mtime.getTime() < leftOverAge) return false;
  const names = [...Deno.readDirSync(path)].map(({ name }) => name);
  const isOurs = names.every((name) => ["runtime", "code", "install.js"].includes(name));
  return isOurs && names.includes("runtime");
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
