/** `certswap ca cross-certify`: certifies the key of another root, and reports it. */
import { crossCertify } from "../../../../ca/hierarchy/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../../print/mod.ts";
import { rows } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { signingCa, type SigningFlags } from "../ca_options.ts";

/** The flags of `certswap ca cross-certify`. */
export interface CrossCertifyFlags extends SigningFlags, CommonFlags {
  /** Milliseconds. */
  readonly validity?: number;
}

/** `certswap ca cross-certify`. */
export default async function crossCertifyCommand(
  world: World,
  flags: CrossCertifyFlags,
  file: string,
): Promise<Outcome> {
  const { dataDirectory, lockTimeout, passphrase } = await signingCa(world, flags, [file]);
  const { validity } = flags;
  const options = { dataDirectory, lockTimeout, passphrase, file, validity };
  const made = await crossCertify(world.system, options);
  const { subject, issuer, serial, path, recovery, warnings } = made;
  const notAfter = formatTime(made.notAfter);
  return {
    json: {
      subject,
      issuer,
      serial,
      notAfter,
      certificate: path,
      recovery: recoveryToJson(recovery),
    },
    notes: didRecover(recovery),
    lines: [
      "Cross-certificate issued successfully.",
      ...rows([
        ["Serial", serial],
        ["Subject", subject],
        ["Issuer", issuer],
        ["Not After", notAfter],
        ["Certificate", path],
      ]),
      "To let clients use it, add it with the certificates of both roots to the bundle of each CA: " +
      "certswap ca bundle add --data-dir DIR FILE...",
    ],
    warnings,
  };
}
