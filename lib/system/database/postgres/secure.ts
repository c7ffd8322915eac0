/** TLS to a PostgreSQL server: asks for it, makes the handshake, and has the server judged. */
import { alertInMessage, chainShown, serverNameFor } from "../../network/tls/mod.ts";
import { DatabaseConnectionError } from "../postgres_errors.ts";
import type { PostgresPlace, PostgresTls } from "../postgres_options.ts";

type Socket = import("node:net").Socket;
type TlsSocket = import("node:tls").TLSSocket;

/** Length 8, code 80877103 (PostgreSQL, "Message Formats", SSLRequest). */
const sslRequest = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f);

/**
 * Starts TLS on a connection, and returns when the server is known to be the wanted one. The runtime's own
 * check is not used: it accepts a certificate of version 1 with the key of someone else.
 *
 * @param socket connected; nothing was sent on it.
 * @throws DatabaseConnectionError
 */
export async function secured(
  socket: Socket,
  place: PostgresPlace,
  { identity, requireServer }: PostgresTls,
): Promise<TlsSocket> {
  socket.write(sslRequest);
  const answer = await nextBytes(socket, place);
  if (answer.length !== 1 || answer[0] !== 0x53) {
    // More than one byte: someone in between has added to the answer (CVE-2021-23222).
    throw new DatabaseConnectionError(place, answer[0] === 0x4e ? "no-tls" : "not-postgres");
  }
  const tls = globalThis.process.getBuiltinModule("node:tls");
  const servername = serverNameFor(place);
  const secure = tls.connect({
    socket,
    ...(servername === undefined ? {} : { servername }),
    ...(identity && { cert: identity.certificatePem, key: identity.keyPem }),
    rejectUnauthorized: false,
  });
  await handshake(secure, place);
  const [own, ...others] = chainShown(secure.getPeerCertificate(true));
  if (own === undefined) throw new DatabaseConnectionError(place, "handshake");
  try {
    await requireServer([own, ...others]);
  } catch (cause) {
    secure.destroy();
    throw new DatabaseConnectionError(place, "server-certificate", { cause });
  }
  return secure;
}

function nextBytes(socket: Socket, place: PostgresPlace): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const lost = (): void => reject(new DatabaseConnectionError(place, "lost"));
  socket.once("data", resolve);
  socket.once("close", lost);
  return promise.finally(() => {
    socket.off("data", resolve);
    socket.off("close", lost);
    socket.pause();
  });
}

function handshake(secure: TlsSocket, place: PostgresPlace): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (cause?: unknown): void => {
    const alert = cause instanceof Error ? alertInMessage(cause.message) : undefined;
    reject(new DatabaseConnectionError(place, "handshake", { alert }));
  };
  const close = (): void => fail();
  secure.once("secureConnect", resolve);
  secure.once("error", fail);
  secure.once("close", close);
  return promise.finally(() => {
    secure.off("error", fail);
    secure.off("close", close);
  });
}
