/** `certswap trust accept`: trusts a root because a person says so. */
import type { System } from "../../../system/mod.ts";
import { recoverResolved, requireNothingMissing } from "../../change/mod.ts";
import { type PairConfiguration, placesOf } from "../../configuration/mod.ts";
import { resolveForActivation } from "../../pair/mod.ts";
import type { RotateOptions, Rotation } from "../context.ts";
import type { RotationResult } from "../event.ts";
import { settleOwed } from "../owed/mod.ts";
import { withRotationLock } from "../rotate_pair.ts";
import { refreshTrust } from "./refresh.ts";

/** Options of {@linkcode acceptRoot}. */
interface AcceptOptions
  extends Pick<RotateOptions, "lockTimeout" | "built" | "onEvent" | "textOf"> {
  /** SHA-256 of the root, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
}

/**
 * Asks the source of a pair's trust bundle, and adds one of its roots, although no trusted one certifies it.
 *
 * @throws RootNotAcceptedError, NoPairForTrustError; as `refreshTrust` does.
 */
export async function acceptRoot(
  system: System,
  configuration: PairConfiguration,
  { fingerprint, ...options }: AcceptOptions,
): Promise<RotationResult> {
  const { name, paths } = configuration;
  const pair = await resolveForActivation(system, paths, placesOf(configuration));
  const rotation: Rotation = { system, name, pair, row: { isCounted: false }, ...options };
  await requireNothingMissing(system, pair, options);
  return await withRotationLock(rotation, async () => {
    await recoverResolved(system, pair, options);
    return await refreshTrust(rotation, configuration, {
      settle: settleOwed,
      accepted: fingerprint,
    });
  });
}
