/** Writes the cron table that runs certswap. */
import { attempt, type FileSystem, sha256Hex, shellWord } from "../../system/mod.ts";
import { heading, type Installation, type InstallationFile } from "./installation.ts";

/** Where certswap's output goes: cron mails it, or logger(1) passes it to syslog. */
export type CronReport = "mail" | "syslog";

/** Options of a cron table. */
export interface CronOptions {
  /** The identity of this machine: machine-id(5). */
  readonly machine: string;
  readonly report: CronReport;
}

/**
 * A table for /etc/cron.d, see crontab(5): a rotation once an hour, at a minute that depends on the machine,
 * and recovery at boot, although cron cannot guarantee that it runs before the services.
 */
export async function cronTable(
  installation: Installation,
  options: CronOptions,
): Promise<InstallationFile> {
  const { program, configurationPath, user } = installation;
  const commandOf = (command: string): string =>
    cronCommand([program, command, "--config", configurationPath], options);
  const name = user === undefined ? "certswap" : `certswap-${user}`;
  return cronFile(installation, { name, advice: "Change the configuration instead." }, [
    { when: `${await cronMinute(options)} * * * *`, command: commandOf("rotate") },
    { when: "@reboot", command: commandOf("recover") },
  ]);
}

/** The minute of the hour at which this machine runs certswap. */
export async function cronMinute({ machine }: Pick<CronOptions, "machine">): Promise<number> {
  const digest = await sha256Hex(new TextEncoder().encode(machine));
  return Number.parseInt(digest.slice(0, 8), 16) % 60;
}

/** A line of a cron table. */
interface CronLine {
  readonly when: string;
  readonly command: string;
}

/** A cron table. `name`: a run-parts(8) name, because cron ignores names with a dot. */
export function cronFile(
  runner: Pick<Installation, "user" | "configurationPath">,
  { name, advice }: { readonly name: string; readonly advice: string },
  lines: readonly CronLine[],
): InstallationFile {
  const user = runner.user ?? "root";
  return {
    name,
    text: heading(runner, advice) +
      "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n" +
      lines.map(({ when, command }) => `${when} ${user} ${command}\n`).join(""),
  };
}

/** A command as a cron table has it. */
export function cronCommand(
  words: readonly string[],
  { report }: Pick<CronOptions, "report">,
): string {
  const line = words.map(shellWord).join(" ");
  return (report === "syslog" ? toSyslog(line) : line)
    // A percent sign would end the command, and the rest would be its input.
    .replaceAll("%", "\\%");
}

/** A plain pipe would hide the exit code, and lose the output if the logger fails. */
function toSyslog(line: string): string {
  return `out=$(${line} 2>&1); code=$?; ` +
    `[ -z "$out" ] || printf '%s\\n' "$out" | logger -t certswap; exit $code`;
}

/** Where cron searches for the program that sends its mail, see cron(8) and the FHS, 3.2 and 4.7. */
const mailPrograms = ["/usr/sbin/sendmail", "/usr/lib/sendmail"];

/** Where logger(1) may be. */
const loggers = ["/usr/bin/logger", "/bin/logger"];

/** What cron can do with certswap's output on this machine. */
export interface CronReach {
  readonly mail: boolean;
  readonly syslog: boolean;
}

/** Finds out which programs exist. Cron discards the output of its jobs if it cannot send mail. */
export function cronReach(files: FileSystem): CronReach {
  const isThere = (path: string): boolean => attempt(() => files.realPath(path)) !== undefined;
  return { mail: mailPrograms.some(isThere), syslog: loggers.some(isThere) };
}
