/** Looks at a server: which certificate it shows, or how far the handshake got. */
import { TlsConnectionError } from "../../errors.ts";
import { Connection, withTimeLimit } from "../connection.ts";
import type { LookOptions, Sight, Stage, TlsEndpoint } from "../sight.ts";
import { startTls } from "../starttls/mod.ts";
import { clientHello, ServerFlight, serverNameFor } from "../tls/mod.ts";
import { flightError, stageOf } from "./flight_error.ts";
import { isUsableIdentity } from "./identity.ts";
import { runtimeHandshake } from "./runtime_tls.ts";

/**
 * Finds out which certificate a server shows.
 *
 * The runtime's TLS goes first: it knows TLS 1.3, it is what ordinary clients do, and it leaves no complaint
 * in the server's log. What the server sends is overheard, so that one connection shows the certificate even
 * if the server then refuses a client that has none: TLS 1.2 sends it in plain text. Only if that showed
 * nothing, though the server was there, a second connection is made with a hello of our own. It offers what
 * the runtime lacks: old versions, cipher suites and curves.
 *
 * If a kind of key is asked for, our own hello goes first: the runtime cannot choose.
 *
 * @returns how far the look got.
 */
export async function lookAtServer(endpoint: TlsEndpoint, options: LookOptions): Promise<Sight> {
  return await withTimeLimit(options.timeLimit, async (signal) => {
    const look = (way: Way): Promise<Sight> => lookBy(way, endpoint, { ...options, signal });
    if (options.keyType === undefined) {
      const sight = await look(byRuntime);
      return maySeeMore(sight) ? further(await look(byOwnHello), sight) : sight;
    }
    const sight = await look(byOwnHello);
    return maySeeMore(sight) ? further(sight, await look(byRuntime)) : sight;
  });
}

/** Whether another hello may show more. Otherwise there is no server, no TLS, or no time left. */
function maySeeMore({ error }: Sight): boolean {
  return ["unseen", "handshake", "unusable-identity"].includes(error?.reason ?? "");
}

const stages: readonly Stage[] = ["nothing", "connected", "handshake", "certificate"];

/** The look that got further; the first if both got equally far. */
function further(one: Sight, other: Sight): Sight {
  return stages.indexOf(other.stage) > stages.indexOf(one.stage) ? other : one;
}

/** Makes a handshake, or its beginning. @returns the certificate, if it was seen. */
type Way = (
  connection: Connection,
  options: LookOptions & { readonly flight: ServerFlight },
) => Promise<Uint8Array | undefined>;

async function lookBy(
  way: Way,
  endpoint: TlsEndpoint,
  { signal, ...options }: LookOptions & { readonly signal: AbortSignal },
): Promise<Sight> {
  const flight = new ServerFlight();
  let connection: Connection | undefined;
  try {
    connection = await Connection.open(endpoint, signal);
    if (options.startTls !== undefined) await startTls(connection, options.startTls);
    const certificate = await way(connection, { ...options, flight });
    if (certificate !== undefined) return { stage: "certificate", certificate };
    return { stage: stageOf(flight), error: flightError(endpoint, flight) };
  } catch (error) {
    if (!(error instanceof TlsConnectionError)) throw error;
    // A server may show its certificate, and then never end its handshake.
    const certificate = options.keyType === undefined ? flight.certificate : undefined;
    if (certificate !== undefined) return { stage: "certificate", certificate };
    return { stage: connection === undefined ? "nothing" : stageOf(flight), error };
  } finally {
    connection?.close();
  }
}

const byRuntime: Way = async (connection, { flight, keyType, identity }) => {
  const shown = await runtimeHandshake(connection, {
    serverName: serverNameFor(connection.endpoint),
    identity: identity && isUsableIdentity(identity) ? identity : undefined,
    flight,
    patience: 0,
  });
  const certificate = flight.certificate ?? shown.chain?.[0];
  return keyType === undefined || keyType === shown.keyType ? certificate : undefined;
};

const byOwnHello: Way = async (connection, { flight, keyType }) => {
  const serverName = serverNameFor(connection.endpoint);
  await connection.write(clientHello({ serverName, keyType }));
  while (flight.end === "open" && flight.certificate === undefined) {
    const chunk = await connection.read();
    if (chunk === undefined) break;
    flight.push(chunk);
  }
  return flight.certificate;
};
