/** `certswap ca key encrypt`: encrypts the CA's private key. */
import { encryptKey } from "../../../../ca/mod.ts";
import { dataDirectory, firstPassphraseOf } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";
import { passphraseAdvice } from "./kept_text.ts";
import { type KeyFlags, keyOutcome } from "./outcome.ts";

/** `certswap ca key encrypt`. */
export default async function encryptCommand(world: World, flags: KeyFlags): Promise<Outcome> {
  const report = await encryptKey(world.system, {
    dataDirectory: dataDirectory(world, flags),
    lockTimeout: flags.lockTimeout,
    newPassphrase: firstPassphraseOf(world, flags),
  });
  return keyOutcome(report, {
    title: "CA private key encrypted successfully.",
    isEncrypted: true,
    advice: [
      passphraseAdvice,
      "Earlier backups still contain the unencrypted key.",
    ],
  });
}
