/** Telling the service of the active pair: the hook, then the probe. */
import { InterruptedError } from "../../../transaction/mod.ts";
import { fingerprint } from "../../../x509/mod.ts";
import type { Owed, SoundPair } from "../../pair/mod.ts";
import {
  HookFailedError,
  isServed,
  pairEnvironment,
  probe,
  ProbeStoppedError,
  runHook,
} from "../../service/mod.ts";
import { type Rotation, tell } from "../context.ts";
import type { ServiceConfiguration } from "./debt.ts";

/** What is owed, and for which pair. */
export interface OwingPair {
  readonly owed: Owed;
  readonly active: SoundPair;
}

/** How the service took it. */
export interface ServiceAnswer {
  readonly owed: Pick<Owed, "hook" | "probe"> | undefined;
  readonly hookError: unknown;
  readonly probeError: unknown;
}

/** Runs the hook and the probe, as far as they are owed and still configured. */
export async function tellService(
  rotation: Rotation,
  service: ServiceConfiguration,
  { owed, active }: OwingPair,
): Promise<ServiceAnswer> {
  const step = { ...service, owed, active };
  try {
    if (!owed.hook && await isServedNow(rotation, step)) return nothingLeft;
  } catch (probeError) {
    if (!isStopped(probeError)) throw probeError;
    return { owed: { hook: false, probe: true }, hookError: undefined, probeError };
  }
  // Where the hook has succeeded already, and the service shows another certificate all the same, it is run
  // again: it may have been a moment at which the service could not follow.
  const hookError = await tryHook(rotation, step);
  if (isStopped(hookError)) {
    return { owed: { hook: true, probe: owed.probe }, hookError, probeError: undefined };
  }
  // Whatever else the hook says: it is the service that counts.
  const probeError = owed.probe ? await tryProbe(rotation, step) : undefined;
  const left = { hook: hookError !== undefined, probe: probeError !== undefined };
  return { owed: left.hook || left.probe ? left : undefined, hookError, probeError };
}

const nothingLeft: ServiceAnswer = { owed: undefined, hookError: undefined, probeError: undefined };

type Step = ServiceConfiguration & OwingPair;

/** Whether the service shows the active certificate at once, so that it need not be told. */
async function isServedNow(rotation: Rotation, step: Step): Promise<boolean> {
  const { probe, active } = step;
  if (probe === undefined) return true;
  const expected = { ...probe, fingerprint: await fingerprint(active.loaded.leaf) };
  if (!await isServed(rotation.system, expected)) return false;
  tell(rotation, { event: "probe-passed" });
  return true;
}

/** Whether something was ended because certswap itself was asked to stop. */
export function isStopped(error: unknown): boolean {
  return error instanceof InterruptedError || error instanceof ProbeStoppedError ||
    error instanceof HookFailedError && error.failure.end.kind === "interrupted";
}

async function tryHook(
  rotation: Rotation,
  { hook, owed, active }: Step,
): Promise<unknown> {
  const { system, name, pair } = rotation;
  if (hook === undefined) return undefined;
  try {
    await runHook(system, hook, {
      ...pairEnvironment(name, pair),
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

async function tryProbe(rotation: Rotation, step: Step): Promise<unknown> {
  if (step.probe === undefined) return undefined;
  const expected = { ...step.probe, fingerprint: await fingerprint(step.active.loaded.leaf) };
  try {
    await probe(rotation.system, expected);
    tell(rotation, { event: "probe-passed" });
    return undefined;
  } catch (error) {
    tell(rotation, { event: "probe-failed", error });
    return error;
  }
}
