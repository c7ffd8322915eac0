/** Looks up the user of a service by name. */
import type { FileSystem } from "../../system/mod.ts";
import { readUsers, userDatabase } from "../user_database.ts";
import { UnknownUserError } from "./errors.ts";

/** A user in passwd(5). */
export interface User {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
}

/** The size limit of the user database, in bytes. */
const limit = 4 * 1024 * 1024;

/**
 * Finds a user.
 *
 * @throws UnknownUserError if there is no user of that name.
 * @throws FileSystemError, FileTooLargeError if passwd(5) cannot be read.
 */
export function findUser(files: FileSystem, name: string): User {
  for (const { name: found, uid, gid } of readUsers(files, limit)) {
    const isUser = found === name && /^\d{1,10}$/.test(uid) && /^\d{1,10}$/.test(gid);
    if (isUser) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new UnknownUserError(name, userDatabase);
}
