/** Telling the service of the active pair: the hook, then the probe. */
import { InterruptedError } from "../../../transaction/mod.ts";
import { fingerprint } from "../../../x509/mod.ts";
import type { Owed, SoundPair } from "../../pair/mod.ts";
import {
  type ExpectedPair,
  HookFailedError,
  lookOnce,
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
  if (step.probes.length === 0) return true;
  const expected = await expectedOf(rotation, step);
  for (const configuration of step.probes) {
    const { saw } = await lookOnce(rotation.system, configuration, expected);
    if (saw !== "expected") return false;
  }
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
  if (step.probes.length === 0) return undefined;
  const expected = await expectedOf(rotation, step);
  try {
    for (const configuration of step.probes) {
      const { error } = await probe(rotation.system, configuration, expected);
      if (error !== undefined) throw error;
    }
    tell(rotation, { event: "probe-passed" });
    return undefined;
  } catch (error) {
    tell(rotation, { event: "probe-failed", error });
    return error;
  }
}

async function expectedOf(
  { name, pair }: Rotation,
  { active: { loaded } }: OwingPair,
): Promise<ExpectedPair> {
  return { name, pair, loaded, fingerprint: await fingerprint(loaded.leaf) };
}
