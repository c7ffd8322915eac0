/** Telling the service of the active pair: the hook, then the probe. */
import { InterruptedError } from "../../../transaction/mod.ts";
import { fingerprint } from "../../../x509/mod.ts";
import type { ActivePair } from "../../pair/active_pair.ts";
import type { Owed } from "../../pair/state.ts";
import { type Rotation, tell } from "../context.ts";
import { HookFailedError, ProbeStoppedError } from "../errors.ts";
import { runHook } from "../../service/hook.ts";
import { isServed, probe } from "../../service/probe.ts";
import { pairEnvironment } from "../../service/program.ts";

/** What is owed, and for which pair. */
export interface Change {
  readonly owed: Owed;
  readonly active: SoundPair;
}

/** An active pair that is whole, and whose halves belong together. */
export type SoundPair = ActivePair & { readonly condition: "sound" };

/** How the service took it. */
export interface ServiceAnswer {
  readonly owed: Pick<Owed, "hook" | "probe"> | undefined;
  readonly hookError: unknown;
  readonly probeError: unknown;
}

/** Runs the hook and the probe, as far as they are owed and still configured. */
export async function tellService(rotation: Rotation, change: Change): Promise<ServiceAnswer> {
  const { owed } = change;
  try {
    if (!owed.hook && await isServedNow(rotation, change)) return nothingLeft;
  } catch (probeError) {
    if (!isStopped(probeError)) throw probeError;
    return { owed: { hook: false, probe: true }, hookError: undefined, probeError };
  }
  // Where the hook has succeeded already, and the service shows another certificate all the same, it is run
  // again: it may have been a moment at which the service could not follow.
  const hookError = await tryHook(rotation, change);
  if (isStopped(hookError)) {
    return { owed: { hook: true, probe: owed.probe }, hookError, probeError: undefined };
  }
  // Whatever else the hook says: it is the service that counts.
  const probeError = owed.probe ? await tryProbe(rotation, change) : undefined;
  const left = { hook: hookError !== undefined, probe: probeError !== undefined };
  return { owed: left.hook || left.probe ? left : undefined, hookError, probeError };
}

const nothingLeft: ServiceAnswer = { owed: undefined, hookError: undefined, probeError: undefined };

/** Whether the service shows the active certificate at once, so that it need not be told. */
async function isServedNow(rotation: Rotation, { active }: Change): Promise<boolean> {
  const { system, configuration } = rotation;
  if (configuration.probe === undefined) return true;
  const wanted = { ...configuration.probe, fingerprint: await fingerprint(active.loaded.leaf) };
  if (!await isServed(system, wanted)) return false;
  tell(rotation, { event: "probe-passed" });
  return true;
}

/** Whether something was ended because certswap itself was asked to stop. */
export function isStopped(error: unknown): boolean {
  return error instanceof InterruptedError || error instanceof ProbeStoppedError ||
    error instanceof HookFailedError && error.failure.end.kind === "interrupted";
}

async function tryHook(rotation: Rotation, { owed, active }: Change): Promise<unknown> {
  const { system, configuration, pair } = rotation;
  if (configuration.hook === undefined) return undefined;
  try {
    await runHook(system, configuration.hook, {
      ...pairEnvironment(configuration, pair),
      ...(owed.replacedSerial === undefined ? {} : { CERTSWAP_OLD_SERIAL: owed.replacedSerial }),
      CERTSWAP_NEW_SERIAL: active.loaded.leaf.serialNumber,
    });
    tell(rotation, { event: "hook-succeeded" });
    return undefined;
  } catch (error) {
    tell(rotation, { event: "hook-failed", error });
    return error;
  }
}

async function tryProbe(rotation: Rotation, { active }: Change): Promise<unknown> {
  const { system, configuration } = rotation;
  if (configuration.probe === undefined) return undefined;
  try {
    await probe(system, {
      ...configuration.probe,
      fingerprint: await fingerprint(active.loaded.leaf),
    });
    tell(rotation, { event: "probe-passed" });
    return undefined;
  } catch (error) {
    tell(rotation, { event: "probe-failed", error });
    return error;
  }
}
