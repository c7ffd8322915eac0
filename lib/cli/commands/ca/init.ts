/** `certswap ca init`: creates a CA and reports it. */
import { init } from "../../../ca/mod.ts";
import { type KeyKindFor, keyKinds } from "../../../x509/mod.ts";
import type { CommonFlags } from "../../declaration/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { rows, visible } from "../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../print/mod.ts";
import type { World } from "../../world.ts";
import { type CaFlags, selectedCa } from "./ca_options.ts";

/** The flags of `certswap ca init`. */
export interface InitFlags extends CaFlags, CommonFlags {
  readonly subject: string;
  readonly keyAlgorithm?: KeyKindFor<"ca">;
  /** Milliseconds. */
  readonly validity: number;
  /** Accept any clock. */
  readonly force: boolean;
}

/** `certswap ca init`. */
export default async function initCommand(world: World, flags: InitFlags): Promise<Outcome> {
  const { subject, validity } = flags;
  // It may be there before the CA is.
  const { settings, ...options } = await selectedCa(world, flags);
  const keyType = flags.keyAlgorithm ?? settings.defaults.keyKind ?? "ecdsa-p256";
  const { date } = world.build;
  const built = date === undefined || flags.force ? undefined : new Date(date);
  const made = await init(world.system, { ...options, subject, keyType, validity, built });
  const notAfter = formatTime(made.notAfter);
  return {
    json: {
      subject: made.subject,
      algorithm: keyType,
      serial: "01",
      notAfter,
      certificate: made.certificatePath,
      key: made.keyPath,
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
      `Warning: CA private key is stored unencrypted at ${
        visible(made.keyPath)
      }. Protect this file.`,
    ],
    warnings: made.warnings,
  };
}
