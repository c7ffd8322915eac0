/** Opens a connection to an HTTPS server, whose certificates are judged before anything is sent. */
import { CertswapError, TlsConnectionError } from "../../errors.ts";
import { denoEnvironment } from "../../process/mod.ts";
import { Connection } from "../connection.ts";
import type { HttpsOptions, HttpsSession } from "../https_session.ts";
import { isUsableIdentity, overheard } from "../look/mod.ts";
import type { TlsEndpoint } from "../sight.ts";
import {
  alertInMessage,
  chainShown,
  type PeerCertificate,
  refusesCertificate,
  serverNameFor,
} from "../tls/mod.ts";
import { connectThrough, proxyFor } from "./proxy.ts";
import { Exchanges } from "./exchanges.ts";

/**
 * Connects, makes the handshake, and has the server's certificates judged.
 *
 * @throws TlsConnectionError, and what `judge` throws.
 */
export async function openHttps(
  endpoint: TlsEndpoint,
  options: HttpsOptions,
): Promise<HttpsSession> {
  const { identity, timeLimit } = options;
  if (identity !== undefined && !isUsableIdentity(identity)) {
    throw new TlsConnectionError(endpoint, "unusable-identity");
  }
  const proxy = proxyFor(endpoint, denoEnvironment);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeLimit);
  let session: Exchanges | undefined;
  try {
    const connection = proxy === undefined
      ? await Connection.open(endpoint, controller.signal)
      : await connectThrough(proxy, endpoint, controller.signal);
    session = await handshake(connection, { endpoint, controller, options });
    await options.judge(session.chain);
    return session;
  } catch (error) {
    session?.close();
    controller.abort();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function handshake(
  connection: Connection,
  { endpoint, controller, options }: {
    readonly endpoint: TlsEndpoint;
    readonly controller: AbortController;
    readonly options: HttpsOptions;
  },
): Promise<Exchanges> {
  const tls = globalThis.process.getBuiltinModule("node:tls");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { stream } = overheard(connection, { flight: { push() {} }, reject });
  const { anchorsPem, identity } = options;
  const serverName = serverNameFor(endpoint);
  const socket = tls.connect({
    socket: stream,
    host: endpoint.host,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(identity && { cert: identity.certificatePem, key: identity.keyPem }),
    // With verification, the runtime checks that the server has the key of its certificate. Without it, no.
    ...(anchorsPem === undefined ? { rejectUnauthorized: false } : { ca: anchorsPem }),
    // The names are judged by our own code, which knows no fallback to the common name.
    checkServerIdentity: () => undefined,
  });
  const failed = (error: unknown): void => reject(errorOf(endpoint, error, controller.signal));
  // node:tls reports no error if the server hangs up within the handshake.
  socket.on("close", () => failed(undefined));
  socket.on("end", () => failed(undefined));
  socket.on("error", failed);
  socket.on("secureConnect", () => resolve());
  try {
    await promise;
  } catch (error) {
    socket.destroy();
    stream.destroy();
    connection.close();
    throw error;
  }
  const chain = chainShown(socket.getPeerCertificate(true) as PeerCertificate);
  return new Exchanges({ endpoint, connection, socket, controller, options, chain, errorOf });
}

/** What an error of the runtime's TLS means; `undefined`: the connection was ended. */
function errorOf(endpoint: TlsEndpoint, error: unknown, signal: AbortSignal): Error {
  if (error instanceof CertswapError) return error;
  if (signal.aborted) return new TlsConnectionError(endpoint, "time-limit");
  const { code, message = "" } = (error ?? {}) as {
    readonly code?: string;
    readonly message?: string;
  };
  const alert = alertInMessage(message);
  if (alert !== undefined) {
    const reason = refusesCertificate(alert) || alert === "certificate_required"
      ? "client-certificate"
      : "handshake";
    return new TlsConnectionError(endpoint, reason, { alert });
  }
  return new TlsConnectionError(endpoint, isAboutTrust(code, message) ? "untrusted" : "handshake");
}

/** The codes of OpenSSL that node:tls has for a chain that is not trusted, and rustls's own words. */
function isAboutTrust(code = "", message: string): boolean {
  return /^(?:UNABLE_TO_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|INVALID_|UNSPECIFIED)/.test(
    code,
  ) ||
    message.includes("invalid peer certificate");
}
