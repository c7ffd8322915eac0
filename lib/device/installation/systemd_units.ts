/** Writes the systemd units: a timer, its service, and recovery before the services. */
import { minute, second } from "../../system/mod.ts";
import { issuerKindOf } from "../issuer/mod.ts";
import { UnwritablePathError } from "./errors.ts";
import type { Installation, InstallationFile } from "./installation.ts";
import {
  commandLine,
  onFailure,
  sandbox,
  timerUnit,
  unitHead,
  type UnitOptions,
  unitPath,
  userSetting,
} from "./unit_text.ts";

/** The names of the units. Units for a user have its name in theirs. */
export function unitNames(
  { user }: Pick<Installation, "user">,
): Readonly<Record<"timer" | "rotate" | "recover", string>> {
  const suffix = user === undefined ? "" : `-${user}`;
  return {
    timer: `certswap-rotate${suffix}.timer`,
    rotate: `certswap-rotate${suffix}.service`,
    recover: `certswap-recover${suffix}.service`,
  };
}

/**
 * The unit files for a configuration.
 *
 * @throws UnwritablePathError for a program with quotation marks or backslashes in its path: systemd cannot
 * start it.
 */
export function systemdUnits(
  installation: Installation,
  options: UnitOptions,
): readonly InstallationFile[] {
  if (/["'\\]/.test(installation.program)) throw new UnwritablePathError(installation.program);
  const { timer, rotate, recover } = unitNames(installation);
  return [
    {
      name: timer,
      text: timerUnit(installation, {
        unit: timer,
        description: "Renew due certificates once an hour",
      }),
    },
    { name: rotate, text: rotateUnit(installation, options) },
    { name: recover, text: recoverUnit(installation, options) },
  ];
}

/** The services that read a pair, each once. */
export function servicesOf({ configuration: { pairs } }: Installation): readonly string[] {
  return [...new Set(pairs.flatMap(({ services }) => services))];
}

/** The directories that the pairs require to be mounted, each once. */
function requiredMounts({ configuration: { pairs } }: Installation): readonly string[] {
  return [...new Set(pairs.flatMap(({ paths }) => paths.requiresMount ?? []))];
}

function rotateUnit(installation: Installation, options: UnitOptions): string {
  const names = unitNames(installation);
  return `${unitHead(installation, names.rotate)}
[Unit]
Description=Renew due certificates
Wants=network-online.target
After=network-online.target remote-fs.target ${names.recover}
${
    onFailure(options)
  }# Mount what requires_mount lists first. Any other missing mount stops only the pairs that need it.
RequiresMountsFor=${
    [installation.configurationPath, ...requiredMounts(installation)].map(unitPath).join(" ")
  }

[Service]
Type=oneshot
${userSetting(installation)}ExecStart=${
    commandLine(installation, configured(installation, "rotate", "--log", "journal"))
  }
# The sum of the time limits of all steps. An interrupted rotation resumes at the next run.
TimeoutStartSec=${timeLimit(installation)}s

# Hooks also run in this sandbox${
    installation.user === undefined ? ". 'systemctl reload' works" : " and as this user"
  }. To let a hook write files elsewhere,
# run 'systemctl edit ${names.rotate}', and add [Service] and ReadWritePaths=DIRECTORY.
${sandbox(installation)}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
# Drop capabilities that no issuer or hook needs. They keep those for other users, signals and ports.
CapabilityBoundingSet=~CAP_LINUX_IMMUTABLE CAP_MAC_ADMIN CAP_MAC_OVERRIDE CAP_SYSLOG CAP_SYS_BOOT
CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_TIME CAP_WAKE_ALARM
`;
}

function recoverUnit(installation: Installation, options: UnitOptions): string {
  const { configurationPath, writes } = installation;
  const services = servicesOf(installation);
  return `${unitHead(installation, unitNames(installation).recover)}
[Unit]
Description=Finish or undo an interrupted change of certificates
# Runs before the services that read the pairs, each time one of them starts. They want it but do
# not require it: if it fails or times out, they start anyway.
${services.length === 0 ? "" : `Before=${services.join(" ")}\n`}${
    onFailure(options)
  }StartLimitIntervalSec=0
RequiresMountsFor=${
    [...new Set([configurationPath, ...writes, ...requiredMounts(installation)])]
      .map(unitPath).join(" ")
  }

[Service]
Type=oneshot
${userSetting(installation)}ExecStart=${
    commandLine(installation, configured(installation, "recover"))
  }
# It prints nothing unless it recovered something or failed.
SyslogLevel=notice
TimeoutStartSec=60s

${sandbox(installation)}
DevicePolicy=closed
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
SystemCallArchitectures=native
# Needed to replace files owned by other users.
CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER

[Install]
WantedBy=${services.length === 0 ? "multi-user.target" : services.join(" ")}
`;
}

/** The words of a command of this installation. */
function configured(
  { configurationPath }: Installation,
  command: string,
  ...flags: string[]
): string[] {
  return [command, "--config", configurationPath, ...flags];
}

/**
 * Seconds: the time limits of issuer, hooks and probes for each pair, also for a restored pair, and a minute
 * for the rest.
 */
function timeLimit({ configuration: { pairs } }: Installation): number {
  const milliseconds = pairs.map(({ issuer, hooks, probes }) =>
    minute + (issuer === undefined ? 0 : issuerKindOf(issuer).timeLimit(issuer)) +
    2 * hooks.reduce((sum, { timeLimit }) => sum + timeLimit, 0) +
    2 * probes.reduce((sum, { deadline }) => sum + deadline, 0)
  );
  return Math.ceil(milliseconds.reduce((sum, one) => sum + one, minute) / second);
}
