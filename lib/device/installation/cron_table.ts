/** The table that has cron run certswap. */
import { sha256Hex } from "../../system/mod.ts";
import { heading, type Installation, type InstallationFile } from "./installation.ts";

/** How a cron table is made. */
interface CronOptions {
  /** What tells this machine from others: machine-id(5). */
  readonly machine: string;
}

/**
 * A table for /etc/cron.d, see crontab(5): a rotation once an hour, at a minute that is the machine's own,
 * and recovery at boot, although cron cannot see to it that it comes before the services.
 */
export async function cronTable(
  installation: Installation,
  { machine }: CronOptions,
): Promise<InstallationFile> {
  const digest = await sha256Hex(new TextEncoder().encode(machine));
  const minute = Number.parseInt(digest.slice(0, 8), 16) % 60;
  const line = (when: string, command: string): string =>
    `${when} ${installation.user ?? "root"} ${commandLine(installation, command)}\n`;
  return {
    // run-parts(8) names: with a dot in it, cron would pass it over.
    name: installation.user === undefined ? "certswap" : `certswap-${installation.user}`,
    text: heading(installation, "say what is to be different in the configuration.") +
      "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n" +
      line(`${minute} * * * *`, "rotate") + line("@reboot", "recover"),
  };
}

function commandLine({ program, configurationPath }: Installation, command: string): string {
  return [program, command, "--config", configurationPath].map(shellWord).join(" ")
    // A percent sign would end the command, and what follows would be its input.
    .replaceAll("%", "\\%");
}

/** POSIX shell, 2.2.2: nothing is special between single quotes but their end. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
