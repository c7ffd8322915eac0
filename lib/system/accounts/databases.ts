/** The local databases of users and groups, passwd(5) and group(5). */
import { type FileSystem, readFile } from "../files/mod.ts";
import { readId } from "./id.ts";

/** Users and groups have separate names and numbers. */
export type AccountKind = "user" | "group";

/** The local users. Those of a directory service are not among them. */
export const userDatabase = "/etc/passwd";

const paths: Readonly<Record<AccountKind, string>> = { user: userDatabase, group: "/etc/group" };

/** The most to read of a database, in bytes: about forty thousand users. */
const sizeLimit = 4 * 1024 * 1024;

/** An entry of passwd(5) or group(5). */
export interface Entry {
  readonly name: string;
  /** Of the user or group. */
  readonly id: number;
}

/** An entry of passwd(5). */
export interface User extends Entry {
  /** The primary group. */
  readonly gid: number;
  /** As it is written: it may be empty or relative. */
  readonly home: string;
}

/**
 * Reads the local users, in the order of the file. Lines that are not well formed are skipped.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export function readUsers(files: FileSystem): readonly User[] {
  return linesOf(files, "user").map(parseUser).filter((user) => user !== undefined);
}

/**
 * Reads the local users or groups, as {@linkcode readUsers} does.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export function readEntries(files: FileSystem, kind: AccountKind): readonly Entry[] {
  const entries = linesOf(files, kind).map((line) => parseEntry(kind, line));
  return entries.filter((entry) => entry !== undefined);
}

function linesOf(files: FileSystem, kind: AccountKind): string[] {
  return new TextDecoder().decode(readFile(files, paths[kind], sizeLimit).content).split("\n");
}

/** Parses a line of passwd(5) or group(5). @returns `undefined` if it is not well formed. */
export function parseEntry(kind: AccountKind, line: string): Entry | undefined {
  return kind === "user" ? parseUser(line) : parseGroup(line);
}

function parseUser(line: string): User | undefined {
  const [name = "", , uid = "", group = "", , home = ""] = line.split(":");
  const [id, gid] = [readId(uid), readId(group)];
  if (!isEntry(name) || id === undefined || gid === undefined) return undefined;
  return { name, id, gid, home };
}

function parseGroup(line: string): Entry | undefined {
  const [name = "", , gid = ""] = line.split(":", 3);
  const id = readId(gid);
  return isEntry(name) && id !== undefined ? { name, id } : undefined;
}

/** Not a comment, nor an entry that only NIS can complete: "compat" in nsswitch.conf(5). */
const isEntry = (name: string): boolean => /^[^#+-]/.test(name);
