import {
  type ClientOptions,
  type ClientSight,
  type HttpsOptions,
  type HttpsSession,
  ListenError,
  type LookOptions,
  type Network,
  type Sight,
  TlsConnectionError,
  type TlsEndpoint,
} from "../../../lib/system/mod.ts";

/** What a simulated network leads to. */
export interface SimulatedServers {
  /** What is seen of a server. Without it, no connection is accepted. */
  look?(endpoint: TlsEndpoint, options: LookOptions): Promise<Sight> | Sight;
  /** The result of a client certificate. Without it, no connection is accepted. */
  client?(endpoint: TlsEndpoint, options: ClientOptions): Promise<ClientSight> | ClientSight;
  /** A connection to an HTTPS server. Without it, no connection is accepted. */
  https?(endpoint: TlsEndpoint, options: HttpsOptions): Promise<HttpsSession>;
}

/** A server that is not running. */
export function refusedSight(endpoint: TlsEndpoint): Sight {
  return { stage: "nothing", error: new TlsConnectionError(endpoint, "refused") };
}

/** A network whose servers a test defines. */
export function simulatedNetwork(
  { look = refusedSight, client, https }: SimulatedServers = {},
): Network {
  return {
    lookAtServer: async (endpoint, options) => await look(endpoint, options),
    connectAsClient: async (endpoint, options) =>
      await client?.(endpoint, options) ?? {
        stage: "nothing",
        verdict: "unknown",
        error: new TlsConnectionError(endpoint, "refused"),
      },
    startHttpServer: ({ address }) => Promise.reject(new ListenError(address, "EACCES")),
    openHttps: async (endpoint, options) => {
      if (https === undefined) throw new TlsConnectionError(endpoint, "refused");
      return await https(endpoint, options);
    },
  };
}
