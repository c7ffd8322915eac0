/** The user database, passwd(5). */
import { type FileSystem, readFile } from "../system/mod.ts";

/** Its path. Users of a directory service are not in it, but the users of services usually are. */
export const userDatabase = "/etc/passwd";

/** A line of the file. */
export interface UserLine {
  readonly name: string;
  readonly uid: string;
  /** The primary group. */
  readonly gid: string;
  readonly home: string;
}

/**
 * Reads the lines of the user database, unchecked.
 *
 * @param limit the most to read, in bytes.
 * @throws FileSystemError, FileTooLargeError
 */
export function readUsers(files: FileSystem, limit: number): readonly UserLine[] {
  const text = new TextDecoder().decode(readFile(files, userDatabase, limit).content);
  return text.split("\n").map((line) => {
    const [name = "", , uid = "", gid = "", , home = ""] = line.split(":");
    return { name, uid, gid, home };
  });
}
