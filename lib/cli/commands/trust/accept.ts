/** `certswap trust accept`: adds a root to a trust bundle because a person says so. */
import {
  type Configuration,
  type PairConfiguration,
  pairNamed,
} from "../../../device/configuration/mod.ts";
import { readFingerprint } from "../../../device/issuer/est/mod.ts";
import { acceptRoot, NoTrustBundleError } from "../../../device/rotation/mod.ts";
import { type CommonFlags, configuration } from "../../declaration/mod.ts";
import { UsageError } from "../../errors.ts";
import { type Outcome, outcomeOf } from "../../print/mod.ts";
import { fingerprintCommand, fingerprintForm, fingerprintText, visible } from "../../text.ts";
import { builtOf, type World } from "../../world.ts";

/** The flags of `certswap trust accept`. */
export interface AcceptFlags extends CommonFlags {
  readonly name?: string;
  readonly config?: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** `certswap trust accept`. */
export default async function accept(
  world: World,
  flags: AcceptFlags,
  written: string,
): Promise<Outcome> {
  const { system } = world;
  const fingerprint = readFingerprint(written);
  if (fingerprint === undefined) {
    throw new UsageError([
      `FINGERPRINT: '${visible(written)}' is not ${fingerprintForm}`,
    ], `To print it, run on the CA's machine: ${fingerprintCommand}`);
  }
  const pair = selected(await configuration(world, flags.config), flags);
  const { keptMessage: textOf } = await import("../../messages/mod.ts");
  const result = await acceptRoot(system, pair, {
    fingerprint,
    built: builtOf(world),
    lockTimeout: flags.lockTimeout,
    onEvent: () => {},
    textOf,
  });
  const outcome = outcomeOf([result], { now: system.clock.now() });
  return result.trust === undefined
    ? { ...outcome, lines: [`Nothing to do: ${fingerprintText(fingerprint)} is already trusted.`] }
    : outcome;
}

/** The pair whose trust bundle is meant. @throws UnknownPairError, NoTrustBundleError */
function selected(
  read: Configuration,
  { name }: Pick<AcceptFlags, "name">,
): PairConfiguration {
  const named = name === undefined ? read.pairs : [pairNamed(read, name)];
  const [pair, ...others] = named.filter(({ trustBundle }) => trustBundle !== undefined);
  if (pair === undefined) throw new NoTrustBundleError(name, []);
  if (others.length > 0) {
    throw new NoTrustBundleError(name, [pair, ...others].map((candidate) => candidate.name));
  }
  return pair;
}
