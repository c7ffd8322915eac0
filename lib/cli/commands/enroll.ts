/** `certswap enroll`: the first certificate of a device, from an EST server. */
import {
  ConfigurationError,
  dropInPath,
  pairNamed,
  readConfiguration,
} from "../../device/configuration/mod.ts";
import { type Enrolment, prepareEnrolment } from "../../device/enrolment/mod.ts";
import { readEstUrl, readFingerprint } from "../../device/issuer/est/mod.ts";
import { removeUsedSecret, rotatePairs } from "../../device/rotation/mod.ts";
import { recoverPair } from "../../device/mod.ts";
import {
  CertswapError,
  directoryOf,
  join,
  readSecretStream,
  statIfPresent,
  streamAt,
  type System,
} from "../../system/mod.ts";
import { type CommonFlags, configurationPath } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import { type Outcome, outcomeOf } from "../print/mod.ts";
import { fingerprintCommand, fingerprintForm, visible } from "../text.ts";
import { builtOf, type World } from "../world.ts";

/** The flags of `certswap enroll`. */
export interface EnrollFlags extends CommonFlags {
  readonly est: string;
  readonly dir: string;
  readonly name?: string;
  readonly label?: string;
  readonly subject?: string;
  readonly names?: readonly string[];
  readonly trust?: string;
  readonly trustFingerprint?: string;
  readonly trustBundle?: string;
  readonly username?: string;
  readonly secretFile?: string;
  readonly config?: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** The name of a pair, if none is given. */
const defaultName = "device";

/** `certswap enroll`. */
export default async function enroll(world: World, flags: EnrollFlags): Promise<Outcome> {
  const { system } = world;
  const enrolment = await enrolmentOf(world, flags);
  await finishInterrupted(system, enrolment, flags);
  const { path, isUnchanged } = await namingFlags(enrolment, flags, {
    system,
    work: () => prepareEnrolment(system, enrolment),
  });
  const pair = pairNamed(await readConfiguration(system, enrolment.configuration), enrolment.name);
  const { keptMessage: textOf } = await import("../messages/mod.ts");
  const isNew = statIfPresent(system.files, pair.paths.certificate) === undefined;
  const results = await rotatePairs(system, [pair], {
    built: builtOf(world),
    // A person who enrols does not wait for the next attempt.
    force: isNew,
    wait: false,
    acceptMissing: false,
    lockTimeout: flags.lockTimeout,
    onEvent: () => {},
    textOf,
    onResult: () => {},
  });
  // A run that was killed may have installed the pair, and left the secret there.
  const left = isNew ? [] : await removeUsedSecret(system, pair);
  const warned = results.map((result) => ({ ...result, warnings: [...result.warnings, ...left] }));
  const outcome = outcomeOf(warned, { now: system.clock.now() });
  const { certificate, key } = pair.paths;
  const isDone = results.every((result) => result.errors.length === 0);
  return {
    ...outcome,
    json: { ...outcome.json, configuration: path, certificate, key },
    lines: [
      ...(isUnchanged ? [] : [`Configuration: ${visible(path)}`]),
      ...outcome.lines,
      ...(outcome.lines.length === 0 && isDone
        ? [
          `Pair ${visible(enrolment.name)} already exists: nothing was requested. ` +
          "'certswap rotate' renews it.",
        ]
        : []),
    ],
  };
}

/**
 * Finishes or undoes what an earlier run was killed at: its pair may be about to appear, and a second one
 * must not be asked for. The rotation meets the errors of this again, and reports them.
 */
async function finishInterrupted(
  system: System,
  { directory }: Pick<Enrolment, "directory">,
  { lockTimeout }: Pick<EnrollFlags, "lockTimeout">,
): Promise<void> {
  const [certificate, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  try {
    await recoverPair(system, { certificate, key }, { lockTimeout });
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
  }
}

/**
 * Reports mistakes in the pair's own file as mistakes in flags: they are not written to a file yet.
 *
 * @throws UsageError that names the flags.
 */
async function namingFlags<T>(
  { configuration, name }: Enrolment,
  flags: EnrollFlags,
  { system, work }: { readonly system: System; readonly work: () => Promise<T> },
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const file = dropInPath(system.files, configuration, name);
    const mistakes = error.problems.filter((problem) => problem.file === file)
      .flatMap(({ mistake }) => {
        const flag = "key" in mistake ? flagOf(mistake.key, { name, flags }) : undefined;
        return flag === undefined ? [] : [{ ...mistake, key: flag } as typeof mistake];
      });
    if (mistakes.length === 0) throw error;
    const { describe, describeMistake } = await import("../messages/mod.ts");
    throw new UsageError(
      mistakes.map((mistake) => describeMistake(mistake, describe)),
      "Nothing was changed. Correct the flags, then run the command again.",
    );
  }
}

/** The flag that a key of the pair's file comes from. */
function flagOf(
  key: string,
  { name, flags }: { readonly name: string; readonly flags: EnrollFlags },
): string | undefined {
  const table = `pair.${name}.`;
  if (!key.startsWith(table)) return undefined;
  const own = key.slice(table.length).replace(/\[\d+\]$/, "");
  if (own === "issuer.trust" && flags.trust === undefined) return "--dir";
  return Object.hasOwn(flagsOfKeys, own) ? flagsOfKeys[own] : undefined;
}

const flagsOfKeys: Readonly<Record<string, string>> = {
  "dir": "--dir",
  "subject": "--subject",
  "names": "--names",
  "trust_bundle.path": "--trust-bundle",
  "issuer.url": "--est",
  "issuer.label": "--label",
  "issuer.trust": "--trust",
  "issuer.fingerprint": "--trust-fingerprint",
  "issuer.username": "--username",
  "issuer.secret_file": "--secret-file",
};

/** @throws UsageError */
async function enrolmentOf(
  { system, ...world }: World,
  flags: EnrollFlags,
): Promise<Enrolment> {
  const { trust, trustFingerprint: fingerprint, name = defaultName, secretFile } = flags;
  const { trustBundle } = flags;
  if ((trust === undefined) === (fingerprint === undefined)) {
    throw new UsageError(
      [
        trust === undefined
          ? "--trust or --trust-fingerprint is missing"
          : "--trust and --trust-fingerprint cannot be combined",
      ],
      `To print the fingerprint, run on the CA's machine: ${fingerprintCommand}`,
    );
  }
  if (readEstUrl(flags.est) === undefined) {
    throw new UsageError([
      `--est: '${visible(flags.est)}' is not https://HOST or https://HOST:PORT`,
    ]);
  }
  if (fingerprint !== undefined && readFingerprint(fingerprint) === undefined) {
    throw new UsageError([
      `--trust-fingerprint: '${visible(fingerprint)}' is not ${fingerprintForm}`,
    ]);
  }
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw new UsageError([`--name: '${visible(name)}' is not a name of letters, digits, - and _`]);
  }
  const configuration = absolute(
    system,
    await configurationPath({ system, ...world }, flags.config),
  );
  const directory = absolute(system, flags.dir);
  const stream = secretFile === undefined ? undefined : streamAt(secretFile);
  return {
    name,
    directory,
    configuration,
    url: flags.est,
    label: flags.label,
    trust: trust === undefined ? join(directory, "ca.pem") : absolute(system, trust),
    fingerprint,
    username: flags.username,
    secretFile: secretFile === undefined
      ? undefined
      : stream === undefined
      ? absolute(system, secretFile)
      : join(directoryOf(configuration), `${name}.secret`),
    secret: stream === undefined
      ? undefined
      : await readSecretStream(system.files, { path: stream, kind: "secret" }),
    subject: flags.subject,
    names: flags.names,
    trustBundle: trustBundle === undefined ? undefined : absolute(system, trustBundle),
  };
}

/** An absolute path, with the links in its existing part resolved. */
function absolute({ files }: System, path: string): string {
  if (path.startsWith("/")) return path;
  return join(files.realPath("."), path);
}
