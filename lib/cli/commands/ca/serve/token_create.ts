/** `certswap ca token create`: prints a new one-time secret. */
import { createToken } from "../../../../ca/enrol/mod.ts";
import type { CommonFlags, ProfileFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { type CaFlags, selectedCa } from "../ca_options.ts";

/** The flags of `certswap ca token create`. */
export interface CreateFlags extends CaFlags, ProfileFlags, CommonFlags {
  readonly names?: string;
  /** Milliseconds. */
  readonly expires: number;
  readonly printCommand: boolean;
}

/** `certswap ca token create`. */
export default async function create(world: World, flags: CreateFlags): Promise<Outcome> {
  const { settings, ...ca } = await selectedCa(world, flags);
  const { id, secret, profile, names, expires } = await createToken(world.system, {
    ...ca,
    names: flags.names,
    profile: flags.profile,
    validity: flags.expires,
  });
  const { identity, est } = settings.serve;
  const host = identity?.from === "ca" ? identity.names[0] : "CA-SERVER";
  const url = `https://${host}:${est?.port ?? 8443}/.well-known/est`;
  // The secret goes to standard input: an argument could be seen by other users of the device.
  const command =
    `curl --fail --cacert ca.pem --config - --header 'Content-Type: application/pkcs10' ` +
    `--data-binary @device.csr ${url}/simpleenroll`;
  return {
    json: { id, secret, profile, names, expires },
    lines: [secret],
    notes: flags.printCommand
      ? [
        `Secret ${id} for profile ${visible(profile)}, until ${expires}. On the device:`,
        `  printf 'user = "device:%s"\\n' "$(cat SECRET-FILE)" | ${visible(command)}`,
      ]
      : [],
  };
}
