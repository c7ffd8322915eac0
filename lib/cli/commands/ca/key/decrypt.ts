/** `certswap ca key decrypt`: stores the CA's private key unencrypted. */
import { decryptKey } from "../../../../ca/mod.ts";
import { dataDirectory, passphraseOf } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";
import { unencryptedText } from "./kept_text.ts";
import { type KeyFlags, keyOutcome } from "./outcome.ts";

/** `certswap ca key decrypt`. */
export default async function decryptCommand(world: World, flags: KeyFlags): Promise<Outcome> {
  const report = await decryptKey(world.system, {
    dataDirectory: dataDirectory(world, flags),
    lockTimeout: flags.lockTimeout,
    passphrase: passphraseOf(world, flags),
  });
  return keyOutcome(report, {
    title: "CA private key decrypted successfully.",
    isEncrypted: false,
    advice: [unencryptedText(report.keyPath)],
  });
}
