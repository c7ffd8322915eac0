/** POSIX paths as text. */

// No door is needed: nothing here touches a disk. `node:path` would do, but loading it slows down every start
// more than these few lines.

/** Everything before the last `/`: the directory of `path`; `.` if there is none. */
export function directoryOf(path: string): string {
  const end = path.lastIndexOf("/");
  if (end < 0) return ".";
  return end === 0 ? "/" : path.slice(0, end);
}

/** Everything after the last `/`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Joins a directory and a name, which may contain `/`. */
export function join(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
