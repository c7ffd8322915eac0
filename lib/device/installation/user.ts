/** The user that a service runs as, looked up by name. */
import { type FileSystem, readFile } from "../../system/mod.ts";
import { UnknownUserError } from "./errors.ts";

/** A user, as passwd(5) has it. */
export interface User {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
}

/** passwd(5). Users from a directory service are not in it: those that services run as are. */
const passwd = "/etc/passwd";

/** The most that is read of it, in bytes. */
const limit = 4 * 1024 * 1024;

/**
 * Finds a user.
 *
 * @throws UnknownUserError where there is none of that name.
 * @throws FileSystemError, FileTooLargeError where passwd(5) cannot be read.
 */
export function findUser(files: FileSystem, name: string): User {
  const text = new TextDecoder().decode(readFile(files, passwd, limit).content);
  for (const line of text.split("\n")) {
    const [found, , uid = "", gid = ""] = line.split(":");
    const isUser = found === name && /^\d{1,10}$/.test(uid) && /^\d{1,10}$/.test(gid);
    if (isUser) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new UnknownUserError(name, passwd);
}
