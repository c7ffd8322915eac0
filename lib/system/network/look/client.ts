/** Presents a client's certificate to a server. */
import { second } from "../../time/mod.ts";
import { TlsConnectionError } from "../../errors.ts";
import { Connection, withTimeLimit } from "../connection.ts";
import type { ClientOptions, ClientSight, TlsEndpoint } from "../sight.ts";
import { startTls } from "../starttls/mod.ts";
import { refusesCertificate, ServerFlight, serverNameFor } from "../tls/mod.ts";
import { flightError, stageOf } from "./flight_error.ts";
import { isUsableIdentity } from "./identity.ts";
import { runtimeHandshake } from "./runtime_tls.ts";

/** How long a server may take to object after the handshake, in milliseconds. */
const patience = second;

/**
 * Presents a certificate to a server, and waits a moment for an objection.
 *
 * What a server does with the certificate above TLS is not seen: nginx, for one, completes the handshake and
 * answers the first request with an error.
 */
export async function connectAsClient(
  endpoint: TlsEndpoint,
  options: ClientOptions,
): Promise<ClientSight> {
  if (!isUsableIdentity(options)) {
    const error = new TlsConnectionError(endpoint, "unusable-identity");
    return { stage: "nothing", verdict: "unknown", error };
  }
  const flight = new ServerFlight();
  let connection: Connection | undefined;
  try {
    return await withTimeLimit(options.timeLimit, async (signal) => {
      connection = await Connection.open(endpoint, signal);
      if (options.startTls !== undefined) await startTls(connection, options.startTls);
      return await presentTo(connection, flight, options);
    });
  } catch (error) {
    if (!(error instanceof TlsConnectionError)) throw error;
    const stage = connection === undefined ? "nothing" : stageOf(flight);
    return { stage, verdict: "unknown", error };
  } finally {
    connection?.close();
  }
}

async function presentTo(
  connection: Connection,
  flight: ServerFlight,
  { certificatePem, keyPem, timeLimit }: ClientOptions,
): Promise<ClientSight> {
  const { endpoint } = connection;
  const { chain, isStanding, alert = flight.alert } = await runtimeHandshake(connection, {
    serverName: serverNameFor(endpoint),
    identity: { certificatePem, keyPem },
    flight,
    patience: Math.min(patience, timeLimit / 2),
  });
  const isCertificateSeen = chain !== undefined || flight.certificate !== undefined;
  const seen = {
    stage: isCertificateSeen ? "certificate" : stageOf(flight),
    ...(chain && { serverChain: chain }),
  } as const;
  // In TLS 1.2 the request for a certificate is seen, in TLS 1.3 it is encrypted.
  const isAsked = isCertificateSeen && (flight.asksForCertificate || flight.isEncrypted);
  if (isStanding && isAsked) return { ...seen, verdict: "accepted" };
  if (isStanding) {
    return { ...seen, verdict: "unknown", error: new TlsConnectionError(endpoint, "not-asked") };
  }
  if (isAsked && alert !== undefined && refusesCertificate(alert)) {
    const error = new TlsConnectionError(endpoint, "client-certificate", { alert });
    return { ...seen, verdict: "refused", error };
  }
  const error = flight.end === "not-tls"
    ? flightError(endpoint, flight)
    : new TlsConnectionError(endpoint, "handshake", { alert });
  return { ...seen, verdict: "unknown", error };
}
