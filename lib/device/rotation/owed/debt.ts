/** Builds the record of the hook and probe that a change of the active pair leaves pending. */
import type { PairConfiguration } from "../../configuration/mod.ts";
import { present } from "../../../system/mod.ts";
import type { EarlierSight, Owed } from "../../pair/mod.ts";

/** How a service is told about a new pair, and how its use of the pair is checked. */
export type ServiceConfiguration = Pick<PairConfiguration, "hooks" | "probes">;

/** The change that hook and probe are pending for. */
interface OwedChange {
  readonly since: Date;
  /** SHA-256 of the leaf that it makes active, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** Serial number of the certificate that it replaces, lowercase hexadecimal. */
  readonly replacedSerial: string | undefined;
  /** SHA-256 of the leaf to roll back to if the probe fails. */
  readonly restorable?: string | undefined;
  /** What the probes saw before the change. */
  readonly before?: readonly EarlierSight[] | undefined;
}

/** The pending hook and probe of a change. `undefined` if neither is configured. */
export function owedFor(
  { hooks, probes }: ServiceConfiguration,
  { since, fingerprint, replacedSerial, restorable, before }: OwedChange,
): Owed | undefined {
  const [hook, probe] = [hooks.length > 0, probes.length > 0];
  if (!hook && !probe) return undefined;
  return {
    hook,
    probe,
    since,
    fingerprint,
    ...present({ replacedSerial, ...(probe ? { restorable, before } : {}) }),
  };
}
