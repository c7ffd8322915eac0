/** `certswap ca init`: creates a CA and reports it. */
import { init } from "../../../ca/mod.ts";
import { type KeyKindFor, keyKinds } from "../../../x509/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
  firstPassphraseOf,
  type PassphraseFlags,
} from "../../declaration/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { UsageError } from "../../errors.ts";
import { rows, visible } from "../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../print/mod.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap ca init`. */
export interface InitFlags extends DataDirectoryFlags, PassphraseFlags, CommonFlags {
  readonly subject: string;
  readonly keyAlgorithm: KeyKindFor<"ca">;
  /** Milliseconds. */
  readonly validity: number;
  readonly encryptKey: boolean;
  /** Accept any clock. */
  readonly force: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** `certswap ca init`. */
export default async function initCommand(world: World, flags: InitFlags): Promise<Outcome> {
  const { subject, keyAlgorithm: keyType, validity, lockTimeout } = flags;
  const newPassphrase = wantedPassphrase(world, flags);
  const options = { dataDirectory: dataDirectory(world, flags), lockTimeout };
  const { date } = world.build;
  const built = date === undefined || flags.force ? undefined : new Date(date);
  const made = await init(world.system, {
    ...options,
    subject,
    keyType,
    validity,
    newPassphrase,
    built,
  });
  const notAfter = formatTime(made.notAfter);
  return {
    json: {
      subject: made.subject,
      algorithm: keyType,
      serial: "01",
      notAfter,
      certificate: made.certificatePath,
      key: made.keyPath,
      encrypted: flags.encryptKey,
      recovery: recoveryToJson(made.recovery),
    },
    notes: didRecover(made.recovery),
    lines: [
      "CA initialized successfully.",
      ...rows([
        ["Subject", made.subject],
        ["Algorithm", keyKinds[keyType].name],
        ["Serial", "01"],
        ["Not After", notAfter],
        ["Certificate", made.certificatePath],
        ["Key", made.keyPath],
      ]),
      flags.encryptKey
        ? `CA private key is stored encrypted at ${visible(made.keyPath)}. ` +
          "Without its passphrase, this CA cannot sign: keep a copy of it in a safe place."
        : `Warning: CA private key is stored unencrypted at ${
          visible(made.keyPath)
        }. Protect this file.`,
    ],
    warnings: made.warnings,
  };
}

/** The passphrase for the new key; `undefined` if it is not to be encrypted. */
function wantedPassphrase(
  world: World,
  flags: InitFlags,
): ReturnType<typeof firstPassphraseOf> | undefined {
  if (flags.encryptKey) return firstPassphraseOf(world, flags);
  const given = flags.passphraseFile !== undefined ? "--passphrase-file" : "--passphrase-fd";
  if (flags.passphraseFile === undefined && flags.passphraseFd === undefined) return undefined;
  // The key would be in the clear, in spite of the passphrase.
  throw new UsageError([`${given} is given without --encrypt-key`], "Add --encrypt-key.");
}
