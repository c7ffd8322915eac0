/** Reads passphrases: from a file, a descriptor, systemd's credentials, or the terminal. */
import { NoPassphraseError } from "../../../ca/key/mod.ts";
import {
  join,
  readSecretFile,
  readSecretStream,
  requirePossibleSecret,
  SecretFileError,
  standardInputPath,
  statIfPresent,
} from "../../../system/mod.ts";
import { PassphraseRefusedError } from "../../errors.ts";
import type { World } from "../../world.ts";
import { askHidden } from "./ask_hidden.ts";
import type { PassphraseSource } from "./flags.ts";

const kind = "passphrase";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Reads a passphrase from its source.
 *
 * @throws NoPassphraseError, SecretFileError, PassphraseRefusedError, InterruptedError
 * @throws UntrustedPlaceError, WrongFileKindError, FileTooLargeError, FileSystemError
 */
export async function readPassphrase(world: World, source: PassphraseSource): Promise<Bytes> {
  const place = placeOf(world, source);
  if (place === undefined) return await askFor(world, source);
  const { path, isStream } = place;
  const passphrase = isStream
    ? await readSecretStream(world.system.files, { path, kind })
    : await readSecretFile(world.system, { path, kind });
  if (source.use === "new" && passphrase.length === 0) {
    throw new SecretFileError({ path, kind }, { reason: "empty" });
  }
  return passphrase;
}

/** What to read; `undefined` if a person has to be asked. */
function placeOf(
  world: World,
  { file, stream, mayBeCredential }: PassphraseSource,
): { readonly path: string; readonly isStream: boolean } | undefined {
  if (file !== undefined) return { path: file, isStream: false };
  if (stream !== undefined) {
    // What is typed would be echoed.
    const isTyped = stream === standardInputPath && world.stdin.isTerminal;
    return isTyped ? undefined : { path: stream, isStream: true };
  }
  const directory = mayBeCredential ? world.environment("CREDENTIALS_DIRECTORY") : undefined;
  if (!directory) return undefined;
  const path = join(directory, "ca-passphrase");
  return statIfPresent(world.system.files, path) && { path, isStream: false };
}

async function askFor(world: World, { key, use }: PassphraseSource): Promise<Bytes> {
  // A person who cannot see the prompt would not know what the command waits for.
  if (!world.stdin.isTerminal || !world.stderr.isTerminal) throw new NoPassphraseError(key, use);
  if (use === "new") return await askTwice(world, key);
  const typed = await askHidden(world, `Passphrase of ${key}: `);
  if (typed.length === 0) throw new NoPassphraseError(key, use);
  return requirePossibleSecret({ path: key, kind }, typed);
}

async function askTwice(world: World, key: string): Promise<Bytes> {
  const first = await askHidden(world, `New passphrase for ${key}: `);
  if (first.length === 0) throw new PassphraseRefusedError("empty");
  const second = await askHidden(world, "The same passphrase again: ");
  const isSame = first.length === second.length && first.every((byte, at) => byte === second[at]);
  second.fill(0);
  if (!isSame) throw new PassphraseRefusedError("different");
  return requirePossibleSecret({ path: key, kind }, first);
}
