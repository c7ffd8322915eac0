/** Writes the configuration of a pair that an EST server signs. */
import {
  directoryOf,
  type FileSystem,
  ifPresent,
  join,
  readFile,
  requireTrustedPlaces,
  statIfPresent,
  syncDirectory,
  type System,
} from "../../system/mod.ts";
import { makeDirectoryDurably, replaceFile } from "../../transaction/mod.ts";
import { checkDropIn, dropInPath } from "../configuration/mod.ts";
import { publicFileMode } from "../file_modes.ts";
import { EnrolledDifferentlyError, NoSecretGivenError } from "./errors.ts";

/** What to enrol. All paths are absolute. */
export interface Enrolment {
  /** The name of the pair. */
  readonly name: string;
  /** Where the pair is: `cert.pem` and `key.pem`. Created if it is missing. */
  readonly directory: string;
  /** The configuration file: the pair goes into a file of its own beside it. */
  readonly configuration: string;
  /** `https://ca.example`. */
  readonly url: string;
  readonly label?: string | undefined;
  /** The file of trust anchors; written if only the fingerprint is given. */
  readonly trust: string;
  /** As it was given. */
  readonly fingerprint?: string | undefined;
  readonly username?: string | undefined;
  readonly secretFile?: string | undefined;
  /**
   * A secret that came from a stream: it is kept in `secretFile` until it is used. If it is empty, the one
   * that an earlier run has kept is used.
   */
  readonly secret?: Uint8Array | undefined;
  readonly subject?: string | undefined;
  readonly names?: readonly string[] | undefined;
  /** The file of a trust bundle. Its directory is created if it is missing. */
  readonly trustBundle?: string | undefined;
}

/** What was written. */
export interface PreparedEnrolment {
  /** The file of the pair. */
  readonly path: string;
  /** Whether all was there already. */
  readonly isUnchanged: boolean;
}

/** The size limit of an existing file, in bytes. */
const limit = 64 * 1024;

/** For a device without a configuration. */
const mainText =
  "# The pairs of this device are in the files certswap.d/*.toml next to this one.\n";

/**
 * Writes the configuration of a pair: a file of its own beside the main one. Repeated with the same options,
 * it changes nothing. The whole configuration is checked before anything is written: a wrong file, also one
 * that a crash left behind, would stop the renewal of every pair.
 *
 * All of it is durable before the caller spends the secret, the directory of the pair included: a power cut
 * would otherwise lose the pair, for which there is no second secret.
 *
 * @throws EnrolledDifferentlyError, NoSecretGivenError, ConfigurationError, UntrustedPlaceError,
 *   FileSystemError
 */
export async function prepareEnrolment(
  system: System,
  enrolment: Enrolment,
): Promise<PreparedEnrolment> {
  const { files } = system;
  const { configuration, name, directory, trustBundle, secret, secretFile } = enrolment;
  const main = ifPresent(() => files.realPath(configuration)) ?? configuration;
  const path = dropInPath(files, configuration, name);
  const text = configurationOf(enrolment);
  const written = textAt(files, path);
  if (written !== undefined && written !== text) throw new EnrolledDifferentlyError(path);
  const isEnrolled = statIfPresent(files, join(directory, "cert.pem")) !== undefined;
  const isKept = secretFile !== undefined && statIfPresent(files, secretFile) !== undefined;
  if (secret?.length === 0 && !isEnrolled && !isKept) throw new NoSecretGivenError();
  await checkDropIn(system, configuration, { path, content: encoded(text) });
  const homes = [directory, ...trustBundle === undefined ? [] : [directoryOf(trustBundle)]];
  for (const wanted of [directoryOf(main), directoryOf(path), ...homes]) {
    makeDirectoryDurably(files, wanted, 0o755);
  }
  requireTrustedPlaces(system, [
    { path: main, as: "file" },
    { path, as: "file" },
    ...(secretFile === undefined ? [] : [{ path: secretFile, as: "file" } as const]),
  ]);
  // The main file last: without it, nothing is configured yet.
  const isMissing = textAt(files, main) === undefined;
  if (written === undefined) put(files, path, text);
  if (isMissing) put(files, main, mainText);
  // An earlier run may have been killed before its fsync.
  for (const file of [main, path]) syncDirectory(files, directoryOf(file));
  const isGiven = secret !== undefined && secret.length > 0;
  if (isGiven && secretFile !== undefined && !isEnrolled) {
    replaceFile(files, secretFile, { content: new Uint8Array([...secret, 0x0a]), mode: 0o600 });
  }
  return { path, isUnchanged: written !== undefined && !isMissing };
}

/** The table of the pair. Strings are written as TOML and JSON both have them. */
function configurationOf(
  { name, directory, subject, names, trustBundle, ...issuer }: Enrolment,
): string {
  const line = (key: string, value: string | readonly string[] | undefined): string[] =>
    value === undefined ? [] : [`${key} = ${JSON.stringify(value)}`];
  return [
    "# Written by 'certswap enroll'. Change it as you like, and check it with 'certswap config check'.",
    `[pair.${name}]`,
    ...line("dir", directory),
    ...line("subject", subject),
    ...line("names", names),
    ...trustBundle === undefined
      ? []
      : ["", `[pair.${name}.trust_bundle]`, ...line("path", trustBundle)],
    "",
    `[pair.${name}.issuer]`,
    'kind = "est"',
    ...line("url", issuer.url),
    ...line("label", issuer.label),
    ...line("trust", issuer.trust),
    ...line("fingerprint", issuer.fingerprint),
    ...line("username", issuer.username),
    ...line("secret_file", issuer.secretFile),
    "",
  ].join("\n");
}

function put(files: FileSystem, path: string, text: string): void {
  replaceFile(files, path, { content: encoded(text), mode: publicFileMode });
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

function textAt(files: FileSystem, path: string): string | undefined {
  const found = ifPresent(() => readFile(files, path, limit));
  return found && new TextDecoder().decode(found.content);
}
