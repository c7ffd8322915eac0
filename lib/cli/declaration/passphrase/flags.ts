/** The flags by which a CA's passphrase is given, and what they mean. */
import type { AskPassphrase } from "../../../ca/key/mod.ts";
import { join, standardInputPath } from "../../../system/mod.ts";
import { UsageError } from "../../errors.ts";
import type { World } from "../../world.ts";
import { dataDirectory, type DataDirectoryFlags } from "../selected_ca/mod.ts";
import { file, requireStreamsOnce } from "../flags.ts";

/** The flags that give the passphrase of `ca.key`. */
export interface PassphraseFlags {
  readonly passphraseFile?: string;
  /** As a path. */
  readonly passphraseFd?: string;
}

/** The declaration of {@linkcode PassphraseFlags}, for every command that signs with the CA's key. */
export const passphraseFlags = {
  passphraseFile: file(
    "The file whose first line is the passphrase of ca.key; it must be readable only by you",
  ),
  passphraseFd: descriptor("Read the passphrase of ca.key from this file descriptor (a pipe)"),
} as const;

/** The flags that give the passphrase of the CA that signs a new one. */
export const signerPassphraseFlags = {
  signerPassphraseFile: file(
    "With --signed-by: the file whose first line is the passphrase of that CA; it must be " +
      "readable only by you",
  ),
  signerPassphraseFd: descriptor(
    "With --signed-by: read the passphrase of that CA from this file descriptor (a pipe)",
  ),
} as const;

/** The flags that give the passphrase which replaces the current one. */
export interface NewPassphraseFlags {
  readonly newPassphraseFile?: string;
  /** As a path. */
  readonly newPassphraseFd?: string;
}

/** The declaration of {@linkcode NewPassphraseFlags}. */
export const newPassphraseFlags = {
  newPassphraseFile: file(
    "The file whose first line is the new passphrase; it must be readable only by you",
  ),
  newPassphraseFd: descriptor("Read the new passphrase from this file descriptor (a pipe)"),
} as const;

function descriptor(brief: string): {
  readonly kind: "parsed";
  readonly parse: (input: string) => string;
  readonly optional: true;
  readonly placeholder: string;
  readonly brief: string;
} {
  return { kind: "parsed", parse: parseDescriptor, optional: true, placeholder: "N", brief };
}

/** Reads the number of a descriptor. @returns its path. */
function parseDescriptor(input: string): string {
  const number = /^\d{1,6}$/.test(input) ? Number(input) : NaN;
  // 1 and 2 are the outputs of certswap itself.
  if (number === 0) return standardInputPath;
  if (number > 2) return `/dev/fd/${number}`;
  throw new UsageError(
    [`'${input}' is not a file descriptor to read from`],
    "Give 0 (standard input) or the number of a pipe from 3 on: --passphrase-fd 3 3< <(COMMAND)",
  );
}

/** Where a passphrase may come from. */
export interface PassphraseSource {
  readonly file: string | undefined;
  /** The path of a descriptor. */
  readonly stream: string | undefined;
  /** Whether systemd may have provided it. */
  readonly mayBeCredential: boolean;
  /** The path of `ca.key`, for prompts and errors. */
  readonly key: string;
  readonly use: "current" | "new";
}

/**
 * Gets the passphrase of `ca.key`: from the flags, else from the systemd credential `ca-passphrase`, else
 * from the person at the terminal. Nothing is read before it is called.
 *
 * @param inputs other files that the command reads: a stream can be read only once.
 * @throws UsageError for contradicting flags
 */
export function passphraseOf(
  world: World,
  flags: PassphraseFlags & DataDirectoryFlags,
  inputs: readonly (string | undefined)[] = [],
): AskPassphrase {
  requireStreamsOnce([...inputs, flags.passphraseFd]);
  return reader(world, { ...currentSource(flags), key: keyPath(world, flags), use: "current" });
}

/** {@linkcode passphraseOf} for a key that is not encrypted yet. A person is asked twice. */
export function firstPassphraseOf(
  world: World,
  flags: PassphraseFlags & DataDirectoryFlags,
): AskPassphrase {
  return reader(world, { ...currentSource(flags), key: keyPath(world, flags), use: "new" });
}

/** Gets the passphrase that replaces the current one: from the flags, else from the terminal. */
export function newPassphraseOf(
  world: World,
  flags: NewPassphraseFlags & PassphraseFlags & DataDirectoryFlags,
): AskPassphrase {
  const { newPassphraseFile, newPassphraseFd } = flags;
  requireStreamsOnce([flags.passphraseFd, newPassphraseFd]);
  requireOne("--new-passphrase", newPassphraseFile, newPassphraseFd);
  return reader(world, {
    file: newPassphraseFile,
    stream: newPassphraseFd,
    mayBeCredential: false,
    key: keyPath(world, flags),
    use: "new",
  });
}

type FlaggedSource = Pick<PassphraseSource, "file" | "stream" | "mayBeCredential">;

function currentSource({ passphraseFile, passphraseFd }: PassphraseFlags): FlaggedSource {
  requireOne("--passphrase", passphraseFile, passphraseFd);
  return { file: passphraseFile, stream: passphraseFd, mayBeCredential: true };
}

function requireOne(flag: string, file: string | undefined, stream: string | undefined): void {
  if (file !== undefined && stream !== undefined) {
    throw new UsageError([`${flag}-file and ${flag}-fd cannot be combined`], "Give one of them.");
  }
}

function keyPath(world: World, flags: DataDirectoryFlags): string {
  return join(dataDirectory(world, flags), "ca.key");
}

function reader(world: World, source: PassphraseSource): AskPassphrase {
  return async () => {
    // Most keys are not encrypted, so most commands do not load this.
    const { readPassphrase } = await import("./passphrase_sources.ts");
    return await readPassphrase(world, source);
  };
}
