/** What the commands of a CA take from their flags, or else from `ca.toml`. */
import { type CaSettings, readSettings } from "../../../ca/settings/mod.ts";
import { second } from "../../../system/mod.ts";
import {
  dataDirectory,
  type DataDirectoryFlags,
  type PassphraseFlags,
  passphraseOf,
} from "../../declaration/mod.ts";
import type { World } from "../../world.ts";

/** The flags of commands that change a CA. */
export interface CaFlags extends DataDirectoryFlags {
  /** Milliseconds. */
  readonly lockTimeout?: number;
}

/** The CA that the flags select, and its settings. */
interface SelectedCa {
  readonly dataDirectory: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly settings: CaSettings;
}

/**
 * The CA that the flags select. There may be none yet.
 *
 * @throws the errors of {@linkcode readSettings}.
 */
export async function selectedCa(world: World, flags: CaFlags): Promise<SelectedCa> {
  const location = { dataDirectory: dataDirectory(world, flags) };
  const settings = await readSettings(world.system, location);
  const lockTimeout = flags.lockTimeout ?? settings.defaults.lockTimeout ?? 10 * second;
  return { ...location, lockTimeout, settings };
}

/** The flags of commands that sign with the key of a CA. */
export interface SigningFlags extends CaFlags, PassphraseFlags {}

/** The CA that the flags select, and what opens its key. */
interface SigningCa extends SelectedCa {
  readonly passphrase: ReturnType<typeof passphraseOf>;
}

/**
 * The CA that the flags select, to sign with it.
 *
 * @param inputs other files that the command reads: a stream can be read only once.
 * @throws UsageError, and the errors of {@linkcode readSettings}.
 */
export async function signingCa(
  world: World,
  flags: SigningFlags,
  inputs: readonly (string | undefined)[] = [],
): Promise<SigningCa> {
  const passphrase = passphraseOf(world, flags, inputs);
  return { ...await selectedCa(world, flags), passphrase };
}
