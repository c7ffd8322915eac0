/** The table that has cron run certswap. */
import { attempt, type FileSystem, sha256Hex } from "../../system/mod.ts";
import { heading, type Installation, type InstallationFile } from "./installation.ts";

/** Who is told what certswap prints: cron mails it, or logger(1) hands it to syslog. */
export type CronReport = "mail" | "syslog";

/** How a cron table is made. */
interface CronOptions {
  /** What tells this machine from others: machine-id(5). */
  readonly machine: string;
  readonly report: CronReport;
}

/**
 * A table for /etc/cron.d, see crontab(5): a rotation once an hour, at a minute that is the machine's own,
 * and recovery at boot, although cron cannot see to it that it comes before the services.
 */
export async function cronTable(
  installation: Installation,
  { machine, report }: CronOptions,
): Promise<InstallationFile> {
  const digest = await sha256Hex(new TextEncoder().encode(machine));
  const minute = Number.parseInt(digest.slice(0, 8), 16) % 60;
  const line = (when: string, command: string): string =>
    `${when} ${installation.user ?? "root"} ${commandLine(installation, { command, report })}\n`;
  return {
    // run-parts(8) names: with a dot in it, cron would pass it over.
    name: installation.user === undefined ? "certswap" : `certswap-${installation.user}`,
    text: heading(installation, "say what is to be different in the configuration.") +
      "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n" +
      line(`${minute} * * * *`, "rotate") + line("@reboot", "recover"),
  };
}

function commandLine(
  { program, configurationPath }: Installation,
  { command, report }: { readonly command: string } & Pick<CronOptions, "report">,
): string {
  const line = [program, command, "--config", configurationPath].map(shellWord).join(" ");
  return (report === "syslog" ? toSyslog(line) : line)
    // A percent sign would end the command, and what follows would be its input.
    .replaceAll("%", "\\%");
}

/** A pipe alone would hide the exit code, and certswap would lose its output to a logger that fails. */
function toSyslog(line: string): string {
  return `out=$(${line} 2>&1); code=$?; ` +
    `[ -z "$out" ] || printf '%s\\n' "$out" | logger -t certswap; exit $code`;
}

/** Where cron looks for the program that sends its mail, see cron(8) and the FHS, 3.2 and 4.7. */
const mailPrograms = ["/usr/sbin/sendmail", "/usr/lib/sendmail"];

/** Where logger(1) may be. */
const loggers = ["/usr/bin/logger", "/bin/logger"];

/** What cron can do with what certswap prints, on this machine. */
export interface CronReach {
  readonly mail: boolean;
  readonly syslog: boolean;
}

/** Looks which programs there are. Cron discards the output of its jobs if it cannot send mail. */
export function cronReach(files: FileSystem): CronReach {
  const isThere = (path: string): boolean => attempt(() => files.realPath(path)) !== undefined;
  return { mail: mailPrograms.some(isThere), syslog: loggers.some(isThere) };
}

/** POSIX shell, 2.2.2: nothing is special between single quotes but their end. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
