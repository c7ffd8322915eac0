/** The user database, passwd(5). */
import { type FileSystem, readFile } from "../system/mod.ts";

/** Where it is. Users of a directory service are not in it: those that services run as are. */
export const userDatabase = "/etc/passwd";

/** A line of it, as it is written. */
export interface UserLine {
  readonly name: string;
  readonly uid: string;
  /** The primary group. */
  readonly gid: string;
  readonly home: string;
}

/**
 * The lines of the user database, whatever they hold.
 *
 * @param limit the most that is read of it, in bytes.
 * @throws FileSystemError, FileTooLargeError
 */
export function readUsers(files: FileSystem, limit: number): readonly UserLine[] {
  const text = new TextDecoder().decode(readFile(files, userDatabase, limit).content);
  return text.split("\n").map((line) => {
    const [name = "", , uid = "", gid = "", , home = ""] = line.split(":");
    return { name, uid, gid, home };
  });
}
