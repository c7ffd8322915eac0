/** `certswap install systemd --ca` and `certswap install cron --ca`: what keeps the CRL of a CA fresh. */
import { requirePossibleCa } from "../../../ca/mod.ts";
import { readSettings } from "../../../ca/settings/mod.ts";
import { nextDirectories } from "../../../ca/succession/mod.ts";
import {
  type CrlInstallation,
  findUser,
  ownerOf,
  type ServeInstallation,
} from "../../../device/installation/mod.ts";
import { attempt, join, readFile, type System } from "../../../system/mod.ts";
import { privateKeyFileLimit } from "../../../x509/mod.ts";
import { UsageError } from "../../errors.ts";
import type { World } from "../../world.ts";
import { type InstallFlags, requireProgramPath } from "./install.ts";

/** The flags that go with `--ca`. */
export interface CrlInstallFlags extends InstallFlags {
  readonly ca?: string;
  readonly passphraseFile?: string;
  readonly metrics?: string;
}

/** The same, for a CA. */
type WithCa = CrlInstallFlags & { readonly ca: string };

/** Whether the flags are about a CA. @throws UsageError if flags contradict each other. */
export function isForCa(flags: CrlInstallFlags): flags is WithCa {
  const { ca, config, passphraseFile, metrics } = flags;
  if (ca === undefined && (passphraseFile !== undefined || metrics !== undefined)) {
    const given = passphraseFile === undefined ? "--metrics" : "--passphrase-file";
    throw new UsageError([`${given} is given without --ca`], "Give the CA with --ca DIR.");
  }
  if (ca !== undefined && config !== undefined) {
    throw new UsageError(
      ["--config is given with --ca"],
      "Run the command twice: once for the pairs, and once with --ca for the CA.",
    );
  }
  return ca !== undefined;
}

/**
 * Plans how to keep the CRL of a CA fresh, and how to serve it if `ca.toml` says where. Only reads.
 *
 * @throws UsageError for a path that is not absolute, or if the passphrase of the key is missing.
 * @throws CaNotInitializedError, CaIncompleteError, and the errors of reading `ca.toml`.
 * @throws UnknownUserError
 */
export async function crlInstallationFor(
  { system }: World,
  flags: WithCa,
): Promise<{ readonly crl: CrlInstallation; readonly serve: ServeInstallation | undefined }> {
  const { program, ca, passphraseFile, metrics } = flags;
  for (const [name, path] of Object.entries({ "passphrase-file": passphraseFile, metrics })) {
    if (path === undefined || path.startsWith("/")) continue;
    throw new UsageError([`--${name} is not an absolute path`], relativeHint);
  }
  await requirePossibleCa(system, { dataDirectory: ca });
  const dataDirectory = system.files.realPath(ca);
  const { crl: { publish }, serve } = await readSettings(asRunner(system, dataDirectory, flags), {
    dataDirectory,
  });
  if (passphraseFile === undefined && isKeyEncrypted(system, dataDirectory)) {
    throw new UsageError(
      ["the key of this CA is encrypted, and --passphrase-file is missing"],
      "Write the passphrase into a file that only its owner can read, and name it: " +
        "--passphrase-file FILE.",
    );
  }
  if (flags.user !== undefined) findUser(system.files, flags.user);
  requireProgramPath(system, flags);
  const crl = {
    program,
    user: flags.user ?? ownerOf(system.files, dataDirectory),
    dataDirectory,
    nextDirectories: await nextDirectories(system, { dataDirectory }),
    passphraseFile,
    metrics,
    hookTimeLimit: publish?.timeLimit,
  };
  const addresses = [serve.est, serve.http, serve.admin].filter((one) => one !== undefined);
  if (addresses.length === 0) return { crl, serve: undefined };
  const connections = addresses.length * serve.limits.connections;
  const hasLowPort = addresses.some(({ port }) => port < 1024);
  return { crl, serve: { ...crl, connections, hasLowPort } };
}

/**
 * The system as the user who will run what is installed has it: the owner of the CA, or `--user`. `ca.toml`
 * must be as safe as that user needs it, and root does nothing that it says.
 */
function asRunner(system: System, dataDirectory: string, { user }: WithCa): System {
  const { files, processes } = system;
  if (processes.userId() !== 0) return system;
  const uid = user === undefined ? files.stat(dataDirectory).uid : findUser(files, user).id;
  return { ...system, processes: { ...processes, userId: () => uid } };
}

const relativeHint = "Give the absolute path: systemd and cron do not run in this directory.";

/** By its label (RFC 7468 11). A key that cannot be read, or is offline, is no reason to refuse. */
function isKeyEncrypted({ files }: System, dataDirectory: string): boolean {
  const key = attempt(() => readFile(files, join(dataDirectory, "ca.key"), privateKeyFileLimit));
  const text = new TextDecoder().decode(key?.content ?? new Uint8Array());
  return text.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----");
}
