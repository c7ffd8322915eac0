/** What a change of the active pair owes its service: put together here, before it is written down. */
import type { PairConfiguration } from "../../configuration/mod.ts";
import type { Owed } from "../../pair/mod.ts";

/** How a service is told of a new pair, and seen to have taken it. */
export type ServiceConfiguration = Pick<PairConfiguration, "hook" | "probes">;

/** The change that is owed for. */
interface OwedChange {
  readonly since: Date;
  /** SHA-256 of the leaf that it makes active, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** Serial number of the certificate that it replaces, lowercase hexadecimal. */
  readonly replacedSerial: string | undefined;
  /** SHA-256 of the leaf to go back to if the probe fails. */
  readonly restorable?: string | undefined;
}

/** What the service has to be told, and seen to have taken. `undefined` if nothing of that is configured. */
export function owedFor(
  { hook, probes }: ServiceConfiguration,
  { since, fingerprint, replacedSerial, restorable }: OwedChange,
): Owed | undefined {
  const isProbed = probes.length > 0;
  if (hook === undefined && !isProbed) return undefined;
  return {
    hook: hook !== undefined,
    probe: isProbed,
    since,
    fingerprint,
    ...(replacedSerial === undefined ? {} : { replacedSerial }),
    ...(restorable === undefined || !isProbed ? {} : { restorable }),
  };
}
