/** The door to the network: asking a service which certificate it serves, and whether it takes ours. */
import type { ClientOptions, ClientSight, LookOptions, Sight, TlsEndpoint } from "./sight.ts";

/** The door itself. */
export interface Network {
  /**
   * Looks which certificate a server shows, without asking whether it is valid, trusted or for that name.
   *
   * @returns how far the look got. What the server does is never thrown.
   */
  lookAtServer(endpoint: TlsEndpoint, options: LookOptions): Promise<Sight>;
  /**
   * Presents a client's certificate to a server, and waits for a moment whether it objects.
   *
   * @returns whether it was accepted. What the server does is never thrown.
   */
  connectAsClient(endpoint: TlsEndpoint, options: ClientOptions): Promise<ClientSight>;
}

/** The real one. Needs the `net` permission for the endpoint. */
export const denoNetwork: Network = {
  // Loaded when it is needed: most commands look at no server.
  async lookAtServer(endpoint, options) {
    const { lookAtServer } = await import("./look/mod.ts");
    return await lookAtServer(endpoint, options);
  },
  async connectAsClient(endpoint, options) {
    const { connectAsClient } = await import("./look/mod.ts");
    return await connectAsClient(endpoint, options);
  },
};
