/** Looks up the user of a service by name. */
import { type FileSystem, readUsers, type User, userDatabase } from "../../system/mod.ts";
import { UnknownUserError } from "./errors.ts";

/**
 * Finds a user.
 *
 * @throws UnknownUserError if there is no user of that name.
 * @throws FileSystemError, FileTooLargeError if passwd(5) cannot be read.
 */
export function findUser(files: FileSystem, name: string): User {
  const user = readUsers(files).find((user) => user.name === name);
  if (user === undefined) throw new UnknownUserError(name, userDatabase);
  return user;
}

/**
 * The name of the user who owns a directory, who is the one to run certswap on it.
 *
 * @returns `undefined` for root.
 * @throws UnknownUserError if the user has no name in passwd(5).
 * @throws FileSystemError, FileTooLargeError
 */
export function ownerOf(files: FileSystem, directory: string): string | undefined {
  const { uid } = files.stat(files.realPath(directory));
  if (uid === 0) return undefined;
  const user = readUsers(files).find(({ id }) => id === uid);
  if (user === undefined) throw new UnknownUserError(uid.toString(), userDatabase);
  return user.name;
}
