/** POSIX paths as text. */

// No door is needed: nothing here looks at a disk. (`node:path` would do, but loading it costs every start
// more than these few lines.)

/** Everything before the last `/`: the directory that `path` stands in. `.` where there is none. */
export function directoryOf(path: string): string {
  const end = path.lastIndexOf("/");
  if (end < 0) return ".";
  return end === 0 ? "/" : path.slice(0, end);
}

/** Everything after the last `/`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `name` (which may hold `/` itself) inside `directory`. */
export function join(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
