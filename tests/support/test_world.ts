import type { ExitCode } from "../../lib/cli/exit_code.ts";
import { runCertswap, type World } from "../../lib/cli/mod.ts";
import {
  denoAccessLists,
  denoDatabases,
  denoFileSystem,
  denoNetwork,
  denoProcesses,
  denoRandom,
  type FileOperation,
  type FileSystem,
  FileSystemError,
  OutputLostError,
  type System,
} from "../../lib/system/mod.ts";
import { unknownVolumes } from "../simulation/model/unknown_volumes.ts";

/** The usual time of tests: within the validity of every certificate of `pairs.ts`. */
export const testTime = new Date("2026-06-01T12:00:00Z");

/** The real file system and processes, at a fixed time. Sleeping takes no time. */
export function testSystem(overrides: Partial<System> & { readonly now?: Date } = {}): System {
  const { now = testTime, ...doors } = overrides;
  return {
    files: denoFileSystem,
    accessLists: denoAccessLists,
    volumes: unknownVolumes,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    processes: { ...denoProcesses, onTermination: () => () => {} },
    network: denoNetwork,
    databases: denoDatabases,
    random: denoRandom,
    ...doors,
  };
}

/** What a command line printed, and its exit code. */
export interface Run {
  readonly exit: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** The world around a command line under test. */
export interface RunOptions {
  readonly system?: System;
  readonly isTerminal?: boolean;
  /** What a person types, where `isTerminal`. */
  readonly stdin?: World["stdin"];
  /** How wide the terminal is. */
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly build?: World["build"];
  readonly permissions?: World["permissions"];
  /** The errno with which every write to standard output fails. */
  readonly outputErrno?: string;
}

/** Runs a command line in this process. */
export async function runCli(words: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { system = testSystem(), isTerminal = false, environment = {}, outputErrno } = options;
  const { columns } = options;
  const printed = { stdout: "", stderr: "" };
  const world: World = {
    system,
    stdin: options.stdin ?? { isTerminal: false, setRaw() {}, read: () => Promise.resolve(0) },
    stdout: {
      isTerminal,
      columns,
      write(text) {
        if (outputErrno !== undefined) throw new OutputLostError(outputErrno);
        printed.stdout += text;
      },
    },
    stderr: { isTerminal, write: (text) => printed.stderr += text },
    build: options.build ?? { kind: "sources" },
    // A permission that is given up would be missing in every later test. tests/cli/permissions/ tests
    // the real ones.
    permissions: options.permissions ?? { keepOnly: () => {} },
    environment: (name) => environment[name],
  };
  const exit = await runCertswap(words, world);
  return { exit, ...printed };
}

/** A file system with this umask. The real umask is shared by all tests in this process. */
export function withUmask(files: FileSystem, umask: number): FileSystem {
  return {
    ...files,
    createFile(path, mode) {
      const handle = files.createFile(path, mode);
      handle.setMode(mode & ~umask);
      return handle;
    },
  };
}

/** The errno with which an operation on a path fails; `undefined`: it succeeds. */
export type Refuse = (operation: FileOperation, path: string) => string | undefined;

/** A file system that refuses some operations. */
export function refusing(files: FileSystem, refuse: Refuse): FileSystem {
  const check = (operation: FileOperation, path: string): void => {
    const errno = refuse(operation, path);
    if (errno !== undefined) throw new FileSystemError(errno, operation, path);
  };
  return {
    ...files,
    openFile: (path) => (check("open", path), files.openFile(path)),
    async openPromptly(path) {
      check("open", path);
      return await files.openPromptly(path);
    },
    createFile: (path, mode) => (check("create", path), files.createFile(path, mode)),
    openToWrite: (path) => (check("open", path), files.openToWrite(path)),
    openLockFile: (path, mode) => (check("create", path), files.openLockFile(path, mode)),
    makeDirectory: (path, mode) => (check("mkdir", path), files.makeDirectory(path, mode)),
    removeDirectory: (path) => (check("rmdir", path), files.removeDirectory(path)),
    rename: (from, to) => (check("rename", from), files.rename(from, to)),
    makeLink: (content, path) => (check("symlink", path), files.makeLink(content, path)),
    link: (existing, name) => (check("link", name), files.link(existing, name)),
    unlink: (path) => (check("unlink", path), files.unlink(path)),
  };
}
