/** The door to the network: which certificate a service shows, whether it accepts ours, and HTTP servers. */
import type { HttpsOptions, HttpsSession } from "./https_session.ts";
import type { HttpServer, HttpServerOptions } from "./http/mod.ts";
import type { ClientOptions, ClientSight, LookOptions, Sight, TlsEndpoint } from "./sight.ts";

/** The door itself. */
export interface Network {
  /**
   * Finds out which certificate a server shows. Does not check whether it is valid, trusted or has that name.
   *
   * @returns how far the look got. Nothing the server does makes it throw.
   */
  lookAtServer(endpoint: TlsEndpoint, options: LookOptions): Promise<Sight>;
  /**
   * Presents a client certificate to a server, and waits a moment for an objection.
   *
   * @returns whether it was accepted. Nothing the server does makes it throw.
   */
  connectAsClient(endpoint: TlsEndpoint, options: ClientOptions): Promise<ClientSight>;
  /**
   * Starts an HTTP server; with an identity, an HTTPS server.
   *
   * @throws ListenError, BadServerIdentityError
   */
  startHttpServer(options: HttpServerOptions): Promise<HttpServer>;
  /**
   * Connects to an HTTPS server, and judges its certificates before a byte of a request is sent.
   *
   * @throws TlsConnectionError, and what `options.judge` throws.
   */
  openHttps(endpoint: TlsEndpoint, options: HttpsOptions): Promise<HttpsSession>;
}

/** The real one. Needs the `net` permission for the endpoint. */
export const denoNetwork: Network = {
  // Loaded when needed: most commands look at no server.
  async lookAtServer(endpoint, options) {
    const { lookAtServer } = await import("./look/mod.ts");
    return await lookAtServer(endpoint, options);
  },
  async connectAsClient(endpoint, options) {
    const { connectAsClient } = await import("./look/mod.ts");
    return await connectAsClient(endpoint, options);
  },
  async startHttpServer(options) {
    const { startHttpServer } = await import("./http/mod.ts");
    return await startHttpServer(options);
  },
  async openHttps(endpoint, options) {
    const { openHttps } = await import("./https/mod.ts");
    return await openHttps(endpoint, options);
  },
};
