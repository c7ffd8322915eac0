/** The look of each kind of probe. */
import { second, sha256Hex, type System, TlsConnectionError } from "../../system/mod.ts";
import { ProbeFailedError } from "./errors.ts";
import type { ProbeConfiguration } from "./probe_kinds.ts";
import type { ExpectedPair, ProbeSight } from "./sight.ts";
import type { StopOr } from "./stop.ts";

/** The most that one connection may take, in milliseconds. */
const connectionLimit = 5 * second;

/** How many milliseconds one look may take, if so many are left. */
export function lookLimit({ kind }: ProbeConfiguration, left: number): number {
  return Math.max(1, kind === "command" ? left : Math.min(connectionLimit, left));
}

interface LookOptions {
  readonly expected: ExpectedPair;
  readonly stopOr: StopOr;
  /** How many milliseconds are left. */
  readonly timeLimit: number;
}

/**
 * Looks once.
 *
 * @throws InterruptedError
 */
export async function look(
  { network }: System,
  probe: ProbeConfiguration,
  { expected, stopOr, timeLimit }: LookOptions,
): Promise<ProbeSight> {
  if (probe.kind !== "server") throw new TypeError(`no look for ${probe.kind}`);
  const { host, port, serverName } = probe;
  try {
    const served = await stopOr(network.servedCertificate({ host, port, serverName }, {
      timeLimit: lookLimit(probe, timeLimit),
    }));
    const fingerprint = await sha256Hex(served);
    if (fingerprint === expected.fingerprint) {
      return { stage: "certificate", saw: "expected", fingerprint };
    }
    const seen = { stage: "certificate", saw: "another" } as const;
    const error = new ProbeFailedError(probe, { ...seen, served: fingerprint });
    return { ...seen, fingerprint, error };
  } catch (cause) {
    if (!(cause instanceof TlsConnectionError)) throw cause;
    const seen = {
      stage: cause.reason === "handshake" ? "handshake" : "nothing",
      saw: "nothing",
    } as const;
    return { ...seen, error: new ProbeFailedError(probe, { ...seen, cause }) };
  }
}
