/** `certswap ca token create`: prints a new one-time secret. */
import { createToken } from "../../../../ca/enrol/mod.ts";
import { peerCertificates } from "../../../../ca/hierarchy/mod.ts";
import type { CaSettings } from "../../../../ca/settings/mod.ts";
import type { CaLocation } from "../../../../ca/store/mod.ts";
import { fingerprint, InvalidAlternativeNameError } from "../../../../x509/mod.ts";
import type { CommonFlags, ProfileFlags } from "../../../declaration/mod.ts";
import { UsageError } from "../../../errors.ts";
import type { Outcome } from "../../../print/mod.ts";
import { fingerprintText, visible } from "../../../text.ts";
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
  const { id, secret, profile, names, expires } = await namingFlag(() =>
    createToken(world.system, {
      ...ca,
      names: flags.names,
      profile: flags.profile,
      validity: flags.expires,
    })
  );
  return {
    json: { id, secret, profile, names, expires },
    lines: [secret],
    notes: flags.printCommand
      ? [
        `One-time secret ${id} for profile ${visible(profile)}, valid until ${expires}. ` +
        "Write the secret into the file 'secret', readable only by its owner. Then run on the device:",
        `  ${visible(await commandFor(world, { ca, serve: settings.serve, names }))}`,
      ]
      : [],
  };
}

/** @throws UsageError that names the flag, if a name is invalid. */
async function namingFlag<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvalidAlternativeNameError)) throw error;
    const { alternativeNameText } = await import("../../../messages/mod.ts");
    const { message, hint } = alternativeNameText(error, "--names");
    throw new UsageError([message], hint);
  }
}

interface CommandTerms {
  readonly ca: CaLocation;
  readonly serve: CaSettings["serve"];
  readonly names: readonly string[] | undefined;
}

/** What a device runs. The secret is in a file: other users of the device could see an argument. */
async function commandFor(
  { system }: World,
  { ca, serve: { identity, est }, names }: CommandTerms,
): Promise<string> {
  const host = identity?.from === "ca" ? identity.names[0] : "CA-SERVER";
  const { top } = await peerCertificates(system, ca);
  return `certswap enroll --est https://${host}:${est?.port ?? 8443} --dir /etc/device/tls ` +
    `--names ${names?.join() ?? "DNS:DEVICE"} --secret-file secret ` +
    `--trust-fingerprint ${fingerprintText(await fingerprint(top))}`;
}
