/** The systemd unit that serves a CA. */
import type { InstallationFile } from "./installation.ts";
import { type CrlInstallation, crlJobName, requireUnitPaths, runnerOf } from "./crl_units.ts";
import {
  commandLine,
  credential,
  onFailure,
  sandbox,
  unitHead,
  type UnitOptions,
  unitPath,
  userSetting,
} from "./unit_text.ts";

/** The server of a CA: what its unit has to allow. */
export interface ServeInstallation extends CrlInstallation {
  /** How many connections all its addresses together accept. */
  readonly connections: number;
  /** Whether it listens on a port below 1024. */
  readonly hasLowPort: boolean;
}

/** The name of the unit: that of the job for the CRL, with another word. */
export async function serveUnitName(dataDirectory: string): Promise<string> {
  const name = await crlJobName(dataDirectory);
  return `${name.replace(/^certswap-crl-/, "certswap-serve-")}.service`;
}

/** The runtime protects the memory of compiled code with keys (pkeys(7)). */
const systemCalls = "SystemCallFilter=@system-service @pkey\nSystemCallErrorNumber=EPERM\n";

/** File descriptors for everything but connections: databases, files, threads. */
const otherDescriptors = 1024;

/**
 * The unit.
 *
 * @throws UnwritablePathError as `crlUnits` does.
 */
export async function serveUnit(
  installation: ServeInstallation,
  options: UnitOptions,
): Promise<InstallationFile> {
  requireUnitPaths(installation);
  const { dataDirectory, nextDirectories } = installation;
  const { passphraseFile, hookTimeLimit, connections, hasLowPort } = installation;
  const own = runnerOf({ ...installation, metrics: undefined });
  const runner = { ...own, writes: [...own.writes, ...nextDirectories] };
  const name = await serveUnitName(dataDirectory);
  const capabilities = hasLowPort ? "CAP_NET_BIND_SERVICE" : "";
  const hasHook = hookTimeLimit !== undefined;
  const text = `${unitHead(runner, name)}
[Unit]
Description=Serve the CA in ${dataDirectory.replaceAll("%", "%%")}
${onFailure(options)}RequiresMountsFor=${unitPath(dataDirectory)}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
${userSetting(runner)}${credential("ca-passphrase", passphraseFile)}ExecStart=${
    commandLine(runner, ["ca", "serve", "--data-dir", dataDirectory])
  }
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5s
# Running requests get ten seconds.
TimeoutStopSec=30s
LimitNOFILE=${connections + otherDescriptors}

${
    hasHook
      ? "# The publish hook also runs in this sandbox. To let it write files elsewhere,\n" +
        `# run 'systemctl edit ${name}', and add [Service] and ReadWritePaths=DIRECTORY.\n`
      : ""
  }${sandbox(runner)}
PrivateDevices=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6${hasHook ? " AF_NETLINK" : ""}
RestrictNamespaces=yes
SystemCallArchitectures=native
${hasHook ? "" : systemCalls}CapabilityBoundingSet=${capabilities}
${hasLowPort ? `AmbientCapabilities=${capabilities}\n` : ""}
[Install]
WantedBy=multi-user.target
`;
  return { name, text };
}
