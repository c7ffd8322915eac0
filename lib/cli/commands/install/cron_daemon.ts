/** Whether this machine has a cron that reads tables: without one, nothing would ever be renewed. */
import { type FileSystem, ifPresent } from "../../../system/mod.ts";
import { visible } from "../../text.ts";

/** Where the daemons are, and the generator of systemd-cron: of those that read tables in /etc/cron.d. */
const daemons = [
  "/usr/sbin/cron",
  "/usr/sbin/crond",
  "/usr/bin/crond",
  "/usr/sbin/bcron-start",
  "/usr/lib/systemd/system-generators/systemd-crontab-generator",
];

/** What to say if there is none: nothing if there is one. @param directory where the table is written. */
export function cronDaemonNotes(files: FileSystem, directory: string): readonly string[] {
  const isThere = (path: string): boolean => ifPresent(() => files.realPath(path)) !== undefined;
  if (daemons.some(isThere)) return [];
  return [
    visible(
      `Warning: no cron daemon is installed on this machine, so nothing reads ${directory} and nothing ` +
        "is renewed.",
    ),
    "Hint: Install one (on Debian: apt-get install cron), or use 'certswap install systemd'.",
  ];
}
