/** Warns if no installed cron daemon reads crontabs: nothing would ever be renewed. */
import { type FileSystem, ifPresent } from "../../../system/mod.ts";
import { visible } from "../../text.ts";

/** The cron daemons that read /etc/cron.d, and the generator of systemd-cron. */
const daemons = [
  "/usr/sbin/cron",
  "/usr/sbin/crond",
  "/usr/bin/crond",
  "/usr/sbin/bcron-start",
  "/usr/lib/systemd/system-generators/systemd-crontab-generator",
];

/** The warning if there is none, else empty. @param directory where the crontab is written. */
export function cronDaemonNotes(files: FileSystem, directory: string): readonly string[] {
  const isThere = (path: string): boolean => ifPresent(() => files.realPath(path)) !== undefined;
  if (daemons.some(isThere)) return [];
  return [
    visible(
      `Warning: no cron daemon is installed on this machine: nothing reads ${directory}, so nothing is ` +
        "renewed.",
    ),
    "Hint: Install one (on Debian: apt-get install cron), or use 'certswap install systemd'.",
  ];
}
