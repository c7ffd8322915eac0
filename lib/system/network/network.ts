/** The door to the network: asking a service which certificate it serves. */
import { TlsConnectionError } from "../errors.ts";
import type {
  ClientOptions,
  ClientSight,
  LookOptions,
  Sight,
  Stage,
  TlsEndpoint,
} from "./sight.ts";

/** The door itself. */
export interface Network {
  /**
   * Completes a TLS handshake and tells which certificate the server has shown. Whether it is valid, trusted
   * or for that name is not asked: it is compared with one that is known.
   *
   * @param options `timeLimit` in milliseconds, for all of it.
   * @returns DER of the leaf.
   * @throws TlsConnectionError
   */
  servedCertificate(
    endpoint: TlsEndpoint,
    options: { readonly timeLimit: number },
  ): Promise<Uint8Array>;
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
  servedCertificate(endpoint, { timeLimit }) {
    // Deno's own connectTls does not tell which certificate it was shown. Loaded when it is needed: it costs
    // 35 ms.
    const tls = globalThis.process.getBuiltinModule("node:tls");
    const { host, port, serverName } = endpoint;
    return new Promise((resolve, reject) => {
      const socket = tls.connect({
        host,
        port,
        ...(serverName === undefined ? {} : { servername: serverName }),
        // A certificate that nobody trusts, or that has expired, is an answer too.
        rejectUnauthorized: false,
      });
      const fail = (reason: TlsConnectionError["reason"], cause?: unknown): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(new TlsConnectionError(endpoint, reason, { cause }));
      };
      const timer = setTimeout(() => fail("time-limit"), timeLimit);
      socket.on("error", (error: unknown) => fail(reasonOf(error), error));
      // A server that hangs up within the handshake is no error to node:tls.
      socket.on("close", () => fail("handshake"));
      socket.on("secureConnect", () => {
        const { raw } = socket.getPeerCertificate(true);
        if (raw === undefined) return fail("handshake");
        clearTimeout(timer);
        resolve(new Uint8Array(raw));
        socket.destroy();
      });
    });
  },
  async lookAtServer(endpoint, options) {
    try {
      return {
        stage: "certificate",
        certificate: await denoNetwork.servedCertificate(endpoint, options),
      };
    } catch (error) {
      if (!(error instanceof TlsConnectionError)) throw error;
      return { stage: stageOf(error), error };
    }
  },
  connectAsClient: (endpoint) =>
    Promise.resolve({
      stage: "nothing",
      verdict: "unknown",
      error: new TlsConnectionError(endpoint, "unseen"),
    }),
};

function stageOf({ reason }: TlsConnectionError): Stage {
  if (reason === "handshake") return "handshake";
  return reason === "time-limit" ? "connected" : "nothing";
}

function reasonOf(error: unknown): TlsConnectionError["reason"] {
  const { code } = error as { code?: unknown };
  return reasons[String(code)] ?? "handshake";
}

const reasons: Readonly<Record<string, TlsConnectionError["reason"]>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ETIMEDOUT: "unreachable",
  ENOTFOUND: "unknown-host",
  EAI_AGAIN: "unknown-host",
};
