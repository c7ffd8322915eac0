/** `certswap ca root renew`: renews the certificate of a root, and reports it. */
import { renewRoot } from "../../../../ca/hierarchy/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
  type PassphraseFlags,
  passphraseOf,
} from "../../../declaration/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import { rows } from "../../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../../print/mod.ts";
import { builtOf, type World } from "../../../world.ts";

/** The flags of `certswap ca root renew`. */
export interface RootRenewFlags extends DataDirectoryFlags, PassphraseFlags, CommonFlags {
  /** Milliseconds. */
  readonly validity: number;
  /** Accept any clock. */
  readonly force: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** `certswap ca root renew`. */
export default async function rootRenewCommand(
  world: World,
  flags: RootRenewFlags,
): Promise<Outcome> {
  const { validity, lockTimeout, force } = flags;
  const built = force ? undefined : builtOf(world);
  const passphrase = passphraseOf(world, flags);
  const options = { dataDirectory: dataDirectory(world, flags), lockTimeout, passphrase };
  const renewed = await renewRoot(world.system, { ...options, validity, built });
  const notAfter = formatTime(renewed.notAfter);
  return {
    json: {
      subject: renewed.subject,
      serial: renewed.serial,
      notAfter,
      certificate: renewed.certificatePath,
      previous: renewed.previousPath,
      recovery: recoveryToJson(renewed.recovery),
    },
    notes: [
      ...didRecover(renewed.recovery),
      ...(world.stderr.isTerminal
        ? [
          "Install the new certificate on every client before the old one expires: certswap ca certificates",
        ]
        : []),
    ],
    lines: [
      "CA certificate renewed successfully.",
      ...rows([
        ["Subject", renewed.subject],
        ["Serial", renewed.serial],
        ["Not After", notAfter],
        ["Certificate", renewed.certificatePath],
        ["Previous", renewed.previousPath],
      ]),
    ],
    warnings: renewed.warnings,
  };
}
