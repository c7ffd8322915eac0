/** The systemd units and the cron table that keep the CRL of a CA fresh. */
import { directoryOf, minute, second, sha256Hex } from "../../system/mod.ts";
import { cronCommand, cronFile, cronMinute, type CronOptions } from "./cron_table.ts";
import { UnwritablePathError } from "./errors.ts";
import type { InstallationFile } from "./installation.ts";
import {
  commandLine,
  credential,
  onFailure,
  type Runner,
  sandbox,
  timerUnit,
  unitHead,
  type UnitOptions,
  unitPath,
  userSetting,
} from "./unit_text.ts";

/** How to keep the CRL of a CA fresh. All paths are absolute. */
export interface CrlInstallation {
  /** The executable. */
  readonly program: string;
  /** The name of the user that certswap is to run as; `undefined`: root. */
  readonly user: string | undefined;
  readonly dataDirectory: string;
  /** The data directories of the CAs that replace this one: its server writes to them. */
  readonly nextDirectories: readonly string[];
  /** The file with the passphrase of the CA's key; `undefined` if that is not encrypted. */
  readonly passphraseFile: string | undefined;
  /** The file for metrics, if there is one. */
  readonly metrics: string | undefined;
  /** The time limit of the publish hook, in milliseconds; `undefined` if there is none. */
  readonly hookTimeLimit: number | undefined;
}

/**
 * The name of the units and the cron table for a CA. CAs in different directories have different names.
 *
 * Only letters, digits, `_` and `-`: cron ignores all but run-parts(8) names.
 */
export async function crlJobName(dataDirectory: string): Promise<string> {
  const words = dataDirectory.split("/").filter((word) => word !== "");
  const name = `certswap-crl-${words.map((word) => word.replaceAll(/\W/g, "_")).join("-")}`;
  if (name.length <= 128 && words.every((word) => /^\w+$/.test(word))) return name;
  const digest = await sha256Hex(new TextEncoder().encode(dataDirectory));
  return `${name.slice(0, 128)}-${digest.slice(0, 8)}`;
}

/**
 * The units: a timer, and the service that it starts.
 *
 * @throws UnwritablePathError as `systemdUnits` does; also for a passphrase file with a colon in its path.
 */
export async function crlUnits(
  installation: CrlInstallation,
  options: UnitOptions,
): Promise<readonly InstallationFile[]> {
  const { dataDirectory } = installation;
  requireUnitPaths(installation);
  const name = await crlJobName(dataDirectory);
  const timer = `${name}.timer`;
  const description = `Keep the CRL of the CA in ${dataDirectory.replaceAll("%", "%%")} fresh`;
  return [
    { name: timer, text: timerUnit(runnerOf(installation), { unit: timer, description }) },
    {
      name: `${name}.service`,
      text: serviceUnit(installation, { ...options, name: `${name}.service`, description }),
    },
  ];
}

interface ServiceOptions extends UnitOptions {
  readonly name: string;
  readonly description: string;
}

function serviceUnit(
  installation: CrlInstallation,
  { name, description, ...options }: ServiceOptions,
): string {
  const runner = runnerOf(installation);
  const { dataDirectory, passphraseFile, hookTimeLimit } = installation;
  return `${unitHead(runner, name)}
[Unit]
Description=${description}
${onFailure(options)}RequiresMountsFor=${unitPath(dataDirectory)}
${hookTimeLimit === undefined ? "" : "Wants=network-online.target\nAfter=network-online.target\n"}
[Service]
Type=oneshot
${userSetting(runner)}${credential("ca-passphrase", passphraseFile)}ExecStart=${
    commandLine(runner, wordsOf(installation))
  }
TimeoutStartSec=${Math.ceil((2 * minute + (hookTimeLimit ?? 0)) / second)}s

${
    hookTimeLimit === undefined
      ? ""
      : "# The publish hook also runs in this sandbox. To let it write files elsewhere,\n" +
        `# run 'systemctl edit ${name}', and add [Service] and ReadWritePaths=DIRECTORY.\n`
  }${sandbox(runner)}
${
    hookTimeLimit === undefined
      ? "PrivateNetwork=yes\nRestrictAddressFamilies=AF_UNIX"
      : "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"
  }
SystemCallArchitectures=native
`;
}

/** The cron table. @throws UnwritablePathError */
export async function crlCronTable(
  installation: CrlInstallation,
  options: CronOptions,
): Promise<InstallationFile> {
  requireWritten(installation);
  const { program, passphraseFile } = installation;
  const flag = passphraseFile === undefined ? [] : ["--passphrase-file", passphraseFile];
  const words = [program, ...wordsOf(installation), ...flag];
  const command = cronCommand(words, options);
  const name = await crlJobName(installation.dataDirectory);
  const advice = "Run 'certswap install cron --ca' again instead.";
  return cronFile(runnerOf(installation), { name, advice }, [
    { when: `${await cronMinute(options)} * * * *`, command },
  ]);
}

/** The command, without the passphrase: units give that in another way. */
function wordsOf({ dataDirectory, metrics }: CrlInstallation): string[] {
  return [
    "ca",
    "crl",
    "--if-due",
    "--quiet",
    "--data-dir",
    dataDirectory,
    ...(metrics === undefined ? [] : ["--metrics", metrics]),
  ];
}

/** What runs, on what. */
export function runnerOf({ program, user, dataDirectory, metrics }: CrlInstallation): Runner {
  return {
    program,
    user,
    configurationPath: dataDirectory,
    writes: [dataDirectory, ...(metrics === undefined ? [] : [directoryOf(metrics)])],
  };
}

/** Checks that units can hold the paths. @throws UnwritablePathError */
export function requireUnitPaths(installation: CrlInstallation): void {
  const { program, passphraseFile = "" } = installation;
  requireWritten(installation);
  if (/["'\\]/.test(program)) throw new UnwritablePathError(program);
  if (passphraseFile.includes(":")) throw new UnwritablePathError(passphraseFile);
}

/** Neither a unit nor a cron table can hold a line break. */
function requireWritten(
  { program, dataDirectory, nextDirectories, passphraseFile = "", metrics = "" }: CrlInstallation,
): void {
  for (const path of [program, dataDirectory, ...nextDirectories, passphraseFile, metrics]) {
    // deno-lint-ignore no-control-regex
    if (/[\0-\x1f\x7f]/.test(path)) throw new UnwritablePathError(path);
  }
}
