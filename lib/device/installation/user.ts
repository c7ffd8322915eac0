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
