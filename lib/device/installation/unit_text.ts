/** The parts that all systemd units of certswap share, and the syntax of their values. */
import { heading, type Installation } from "./installation.ts";

/** What runs, on what: `configurationPath` is the configuration, or the directory of a CA. */
export type Runner = Pick<Installation, "program" | "user" | "configurationPath" | "writes">;

/** Options of the units. */
export interface UnitOptions {
  /** The unit that systemd starts if certswap fails. It satisfies `isFailureUnit`. */
  readonly failureUnit: string | undefined;
}

/** A timer that starts the service of the same name once an hour. */
export function timerUnit(
  runner: Runner,
  { unit, description }: { readonly unit: string; readonly description: string },
): string {
  return `${unitHead(runner, unit)}
[Unit]
Description=${description}

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

/** The first lines of a unit. */
export function unitHead(runner: Runner, unit: string): string {
  return heading(runner, `Use 'systemctl edit ${unit}' for your own changes.`);
}

/** OnFailure=, systemd.unit(5). */
export function onFailure({ failureUnit }: UnitOptions): string {
  return failureUnit === undefined ? "" : `OnFailure=${failureUnit}\n`;
}

/** The command of ExecStart=. */
export function commandLine({ program }: Runner, words: readonly string[]): string {
  // Variables are expanded in arguments, but not in the path of the program.
  return [unitPath(program), ...words.map(unitArgument)].join(" ");
}

/**
 * What a service may not do, systemd.exec(5). There is no MemoryDenyWriteExecute=: the runtime compiles what
 * it runs.
 */
export function sandbox(installation: Runner): string {
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

/** A secret for a service. systemd reads the file as root, and only this service sees it: systemd.exec(5). */
export function credential(name: string, file: string | undefined): string {
  return file === undefined ? "" : `LoadCredential=${unitArgument(`${name}:${file}`)}\n`;
}

/** The user of a service. */
export function userSetting({ user }: Runner): string {
  return user === undefined ? "" : `User=${user}\n`;
}

/** One for each user: systemd changes the owner of the whole directory to the user of the unit. */
function cacheSettings({ user }: Runner): readonly string[] {
  if (user === undefined) return ["CacheDirectory=certswap"];
  return [`CacheDirectory=certswap-${user}`, `Environment=CERTSWAP_CACHE=%C/certswap-${user}`];
}

/** With a private /tmp it would not find files in the shared one. */
function usesTemporaryFiles({ program, configurationPath, writes }: Runner): boolean {
  return [program, configurationPath, ...writes].some((path) =>
    /^\/(?:var\/)?tmp\//.test(`${path}/`)
  );
}

// For the syntax of paths and words see systemd.syntax(7) and systemd.service(5).

/** A path in a list of paths. */
export function unitPath(path: string): string {
  return quote(path.replaceAll("%", "%%"));
}

/** A path in a list, ignored if it is missing: one pair's directory must not stop the others. */
function optionalUnitPath(path: string): string {
  return quote(`-${path.replaceAll("%", "%%")}`);
}

/** A word of a command line. */
export function unitArgument(word: string): string {
  return quote(word.replaceAll("%", "%%").replaceAll("$", "$$$$"));
}

/** Quoted if necessary. There are no control characters: the configuration refuses them in paths. */
function quote(text: string): string {
  if (/^[A-Za-z0-9@%+=:,./_$-]+$/.test(text)) return text;
  return `"${text.replaceAll(/[\\"]/g, "\\$&")}"`;
}
