/** `certswap ca key change`: changes the passphrase of the CA's private key. */
import { changePassphrase } from "../../../../ca/mod.ts";
import {
  dataDirectory,
  type NewPassphraseFlags,
  newPassphraseOf,
  passphraseOf,
} from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";
import { type KeyFlags, keyOutcome } from "./outcome.ts";

/** `certswap ca key change`. */
export default async function changeCommand(
  world: World,
  flags: KeyFlags & NewPassphraseFlags,
): Promise<Outcome> {
  const report = await changePassphrase(world.system, {
    dataDirectory: dataDirectory(world, flags),
    lockTimeout: flags.lockTimeout,
    passphrase: passphraseOf(world, flags),
    newPassphrase: newPassphraseOf(world, flags),
  });
  return keyOutcome(report, {
    title: "Passphrase changed successfully.",
    isEncrypted: true,
    advice: ["Earlier backups still open with the old passphrase."],
  });
}
