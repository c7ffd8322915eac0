/** Asking the service which certificate it serves. */
import { sha256Hex, type System, TlsConnectionError } from "../../system/mod.ts";
import type { ProbeConfiguration } from "../configuration/configuration.ts";
import { ProbeFailedError } from "./errors.ts";

/** The most that one handshake may take, in milliseconds. */
const handshakeLimit = 5000;

/** Milliseconds between two tries: short at first, for most services have reloaded within them. */
const pauses = { first: 100, longest: 2000 } as const;

/**
 * Insists that a service serves a certificate, now or before the deadline: a service that reloads may go on
 * with the old one for a moment, and one that restarts is away meanwhile.
 *
 * @param fingerprint SHA-256 of the certificate's DER, 64 lowercase hexadecimal digits.
 * @throws ProbeFailedError with what was seen last.
 */
export async function probe(
  system: System,
  configuration: ProbeConfiguration,
  fingerprint: string,
): Promise<void> {
  const { clock } = system;
  const { deadline } = configuration;
  const start = clock.now().getTime();
  let slept = 0;
  for (let pause: number = pauses.first;; pause = Math.min(pause * 2, pauses.longest)) {
    // The clock may be set meanwhile: what was slept has passed in any case.
    const left = deadline - Math.max(slept, clock.now().getTime() - start);
    const failure = await look(system, { ...configuration, deadline: left }, fingerprint);
    if (failure === undefined) return;
    if (left - pause <= 0) throw failure;
    await clock.sleep(pause);
    slept += pause;
  }
}

/** Whether a service serves a certificate now, as far as one try can tell. */
export async function isServed(
  system: System,
  configuration: ProbeConfiguration,
  fingerprint: string,
): Promise<boolean> {
  return await look(system, configuration, fingerprint) === undefined;
}

/** One handshake, which may take up to the deadline. @returns what was seen in place of the certificate. */
async function look(
  { network }: System,
  { host, port, serverName, deadline }: ProbeConfiguration,
  fingerprint: string,
): Promise<ProbeFailedError | undefined> {
  const endpoint = { host, port, serverName };
  const timeLimit = Math.max(1, Math.min(handshakeLimit, deadline));
  try {
    const served = await sha256Hex(await network.servedCertificate(endpoint, { timeLimit }));
    return served === fingerprint ? undefined : new ProbeFailedError(endpoint, served);
  } catch (cause) {
    if (!(cause instanceof TlsConnectionError)) throw cause;
    return new ProbeFailedError(endpoint, undefined, { cause });
  }
}
