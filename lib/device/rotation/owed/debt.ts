/** What a change of the active pair owes its service: put together here, before it is written down. */
import type { PairConfiguration } from "../../configuration/mod.ts";
import { present } from "../../../system/mod.ts";
import type { EarlierSight, Owed } from "../../pair/mod.ts";

/** How a service is told of a new pair, and seen to have taken it. */
export type ServiceConfiguration = Pick<PairConfiguration, "hooks" | "probes">;

/** The change that is owed for. */
interface OwedChange {
  readonly since: Date;
  /** SHA-256 of the leaf that it makes active, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** Serial number of the certificate that it replaces, lowercase hexadecimal. */
  readonly replacedSerial: string | undefined;
  /** SHA-256 of the leaf to go back to if the probe fails. */
  readonly restorable?: string | undefined;
  /** What the probes saw before it. */
  readonly before?: readonly EarlierSight[] | undefined;
}

/** What the service has to be told, and seen to have taken. `undefined` if nothing of that is configured. */
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
