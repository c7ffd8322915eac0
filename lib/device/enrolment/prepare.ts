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
import { makeDirectoryDurably, removeDurably, replaceFile } from "../../transaction/mod.ts";
import { readConfiguration } from "../configuration/mod.ts";
import { publicFileMode } from "../file_modes.ts";
import { EnrolledDifferentlyError } from "./errors.ts";

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
  /** A secret that came from a stream: it is kept in `secretFile` until it is used. */
  readonly secret?: Uint8Array | undefined;
  readonly subject?: string | undefined;
  readonly names?: readonly string[] | undefined;
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
 * it changes nothing. If the configuration would be wrong as a whole, nothing of it stays.
 *
 * All of it is durable before the caller spends the secret, the directory of the pair included: a power cut
 * would otherwise lose the pair, for which there is no second secret.
 *
 * @throws EnrolledDifferentlyError, ConfigurationError, UntrustedPlaceError, FileSystemError
 */
export async function prepareEnrolment(
  system: System,
  enrolment: Enrolment,
): Promise<PreparedEnrolment> {
  const { files } = system;
  const { configuration: main, name, directory, secret, secretFile } = enrolment;
  const dropIns = main.replace(/\.toml$/, "") + ".d";
  const path = join(dropIns, `${name}.toml`);
  const text = configurationOf(enrolment);
  const written = textAt(files, path);
  if (written !== undefined && written !== text) throw new EnrolledDifferentlyError(path);
  const created: string[] = [];
  for (const wanted of [directoryOf(main), dropIns, directory]) {
    makeDirectoryDurably(files, wanted, 0o755);
  }
  requireTrustedPlaces(system, [
    { path: main, as: "file" },
    { path, as: "file" },
    ...(secretFile === undefined ? [] : [{ path: secretFile, as: "file" } as const]),
  ]);
  if (textAt(files, main) === undefined) created.push(put(files, main, mainText));
  if (written === undefined) created.push(put(files, path, text));
  try {
    await readConfiguration(system, main);
  } catch (error) {
    for (const file of created.reverse()) removeDurably(files, file);
    throw error;
  }
  // An earlier run may have been killed before its fsync.
  for (const file of [main, path]) syncDirectory(files, directoryOf(file));
  const isEnrolled = statIfPresent(files, join(directory, "cert.pem")) !== undefined;
  if (secret !== undefined && secretFile !== undefined && !isEnrolled) {
    replaceFile(files, secretFile, { content: new Uint8Array([...secret, 0x0a]), mode: 0o600 });
  }
  return { path, isUnchanged: created.length === 0 };
}

/** The table of the pair. Strings are written as TOML and JSON both have them. */
function configurationOf(
  { name, directory, subject, names, ...issuer }: Enrolment,
): string {
  const line = (key: string, value: string | readonly string[] | undefined): string[] =>
    value === undefined ? [] : [`${key} = ${JSON.stringify(value)}`];
  return [
    "# Written by 'certswap enroll'. Change it as you like, and check it with 'certswap config check'.",
    `[pair.${name}]`,
    ...line("dir", directory),
    ...line("subject", subject),
    ...line("names", names),
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

function put(files: FileSystem, path: string, text: string): string {
  replaceFile(files, path, { content: new TextEncoder().encode(text), mode: publicFileMode });
  return path;
}

function textAt(files: FileSystem, path: string): string | undefined {
  const found = ifPresent(() => readFile(files, path, limit));
  return found && new TextDecoder().decode(found.content);
}
