/** The door to the network: asking a service which certificate it serves. */
import { TlsConnectionError } from "../errors.ts";

/** A TLS server. */
export interface TlsEndpoint {
  /** A host name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
  /** The DNS name that the handshake asks for (RFC 6066 section 3). */
  readonly serverName?: string | undefined;
}

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
};

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
