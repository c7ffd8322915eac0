/** Writes the systemd units: a timer, its service, and recovery before the services. */
import { minute, second } from "../../system/mod.ts";
import { issuerKindOf } from "../issuer/mod.ts";
import { UnwritablePathError } from "./errors.ts";
import { heading, type Installation, type InstallationFile } from "./installation.ts";

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

/** Options of the units. */
interface UnitOptions {
  /** The unit that systemd starts if certswap fails. It satisfies `isFailureUnit`. */
  readonly failureUnit: string | undefined;
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
    { name: timer, text: timerUnit(installation) },
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

function timerUnit(installation: Installation): string {
  return `${head(installation, unitNames(installation).timer)}
[Unit]
Description=Renew due certificates once an hour

[Timer]
OnCalendar=hourly
# A fixed minute that differs from machine to machine.
RandomizedDelaySec=1h
FixedRandomDelay=true
# Catch up on runs missed while the machine was off.
Persistent=true

[Install]
WantedBy=timers.target
`;
}

function rotateUnit(installation: Installation, options: UnitOptions): string {
  const names = unitNames(installation);
  return `${head(installation, names.rotate)}
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
${userSetting(installation)}ExecStart=${commandLine(installation, "rotate", "--log", "journal")}
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
  return `${head(installation, unitNames(installation).recover)}
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
${userSetting(installation)}ExecStart=${commandLine(installation, "recover")}
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

function head(installation: Installation, unit: string): string {
  return heading(installation, `Use 'systemctl edit ${unit}' for your own changes.`);
}

/** systemd.unit(5). */
function onFailure({ failureUnit }: UnitOptions): string {
  return failureUnit === undefined ? "" : `OnFailure=${failureUnit}\n`;
}

function commandLine(
  { program, configurationPath }: Installation,
  command: string,
  ...flags: readonly string[]
): string {
  // Variables are expanded in arguments, but not in the path of the program.
  const words = [command, "--config", configurationPath, ...flags];
  return [unitPath(program), ...words.map(unitArgument)].join(" ");
}

/** systemd.exec(5). There is no MemoryDenyWriteExecute=: the runtime compiles what it runs. */
function sandbox(installation: Installation): string {
  const { writes } = installation;
  return [
    "UMask=0077",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    ...(writes.length === 0 ? [] : [`ReadWritePaths=${writes.map(optionalUnitPath).join(" ")}`]),
    "# The runtime is unpacked here once.",
    ...cacheSettings(installation),
    "CacheDirectoryMode=0700",
    "ProtectHome=read-only",
    ...(usesTemporaryFiles(installation) ? [] : ["PrivateTmp=yes"]),
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
  ].join("\n");
}

function userSetting({ user }: Installation): string {
  return user === undefined ? "" : `User=${user}\n`;
}

/** One for each user: systemd changes the owner of the whole directory to the user of the unit. */
function cacheSettings({ user }: Installation): readonly string[] {
  if (user === undefined) return ["CacheDirectory=certswap"];
  return [`CacheDirectory=certswap-${user}`, `Environment=CERTSWAP_CACHE=%C/certswap-${user}`];
}

/** With a private /tmp it would not find files in the shared one. */
function usesTemporaryFiles({ program, configurationPath, writes }: Installation): boolean {
  return [program, configurationPath, ...writes].some((path) =>
    /^\/(?:var\/)?tmp\//.test(`${path}/`)
  );
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

// For the syntax of paths and words see systemd.syntax(7) and systemd.service(5).

/** A path in a list of paths. */
function unitPath(path: string): string {
  return quote(path.replaceAll("%", "%%"));
}

/** A path in a list, ignored if it is missing: one pair's directory must not stop the others. */
function optionalUnitPath(path: string): string {
  return quote(`-${path.replaceAll("%", "%%")}`);
}

/** A word of a command line. */
function unitArgument(word: string): string {
  return quote(word.replaceAll("%", "%%").replaceAll("$", "$$$$"));
}

/** Quoted if necessary. There are no control characters: the configuration refuses them in paths. */
function quote(text: string): string {
  if (/^[A-Za-z0-9@%+=:,./_$-]+$/.test(text)) return text;
  return `"${text.replaceAll(/[\\"]/g, "\\$&")}"`;
}
