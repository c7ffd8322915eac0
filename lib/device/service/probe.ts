/** Asking the service which certificate it serves. */
import { second, sha256Hex, type System, TlsConnectionError } from "../../system/mod.ts";
import { InterruptedError } from "../../transaction/mod.ts";
import { probePause } from "../retry.ts";
import { ProbeFailedError, ProbeStoppedError } from "./errors.ts";

/** Where the service can be asked which certificate it serves. */
export interface ProbeConfiguration {
  /** A host name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
  /** The DNS name that the handshake asks for (RFC 6066 section 3): an IP address cannot be asked for. */
  readonly serverName: string | undefined;
  /** For how many milliseconds it is tried again. */
  readonly deadline: number;
}

/** The most that one handshake may take, in milliseconds. */
const handshakeLimit = 5 * second;

/** The certificate that is to be seen, and where. */
interface ExpectedCertificate extends ProbeConfiguration {
  /** SHA-256 of the certificate's DER, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
}

/**
 * Insists that a service serves a certificate, now or before the deadline: a service that reloads may go on
 * with the old one for a moment, and one that restarts is away meanwhile.
 *
 * @throws ProbeFailedError with what was seen last, ProbeStoppedError.
 */
export async function probe(system: System, expected: ExpectedCertificate): Promise<void> {
  await probing(system, async (stopOr) => {
    const { clock } = system;
    let left = expected.deadline;
    for (let pause: number = probePause.first;; pause = Math.min(pause * 2, probePause.longest)) {
      const start = clock.now().getTime();
      const failure = await stopOr(look(system, { ...expected, deadline: left }));
      if (failure === undefined) return;
      // The clock may be set meanwhile, by decades: a handshake takes no less than nothing, and no more
      // than it may.
      left -= Math.min(Math.max(0, clock.now().getTime() - start), handshakeLimit) + pause;
      if (left <= 0) throw failure;
      await stopOr(clock.sleep(pause));
    }
  });
}

/**
 * Whether a service serves a certificate now, as far as one try can tell.
 *
 * @throws ProbeStoppedError
 */
export async function isServed(system: System, expected: ExpectedCertificate): Promise<boolean> {
  return await probing(
    system,
    async (stopOr) => await stopOr(look(system, expected)) === undefined,
  );
}

async function probing<T>(system: System, work: (stopOr: StopOr) => Promise<T>): Promise<T> {
  try {
    return await untilStopped(system, work);
  } catch (error) {
    throw error instanceof InterruptedError
      ? new ProbeStoppedError(error.signal, { cause: error })
      : error;
  }
}

/** One handshake, which may take up to the deadline. @returns what was seen instead of the certificate. */
async function look(
  { network }: System,
  { host, port, serverName, deadline, fingerprint }: ExpectedCertificate,
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

/** Waits for one step of work, unless a signal comes first: what the step still does is left to itself. */
type StopOr = <T>(step: Promise<T>) => Promise<T>;

/**
 * Does work that a signal ends: its every step goes through {@linkcode StopOr}.
 *
 * @throws InterruptedError if SIGINT, SIGTERM or SIGHUP came before its end, and the errors of `work`.
 */
export async function untilStopped<T>(
  { processes }: System,
  work: (stopOr: StopOr) => Promise<T>,
): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  // It may come when no step is waited for.
  stopped.catch(() => {});
  const stopListening = processes.onTermination((signal) => reject(new InterruptedError(signal)));
  try {
    return await work((step) => Promise.race([stopped, step]));
  } finally {
    stopListening();
  }
}
