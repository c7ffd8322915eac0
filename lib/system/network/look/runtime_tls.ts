/** A handshake by the runtime's TLS, with a copy of every byte the server sends. */
import { TlsConnectionError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import type { ClientIdentity } from "../sight.ts";
import { alertInMessage, chainShown, type PeerCertificate, type ServerFlight } from "../tls/mod.ts";

type Duplex = import("node:stream").Duplex;

/** Options of the handshake. */
interface RuntimeTlsOptions {
  readonly serverName: string | undefined;
  readonly identity?: ClientIdentity | undefined;
  /** Called with every byte that the server sends. */
  readonly flight: ServerFlight;
  /**
   * For how many milliseconds the server may object to a client's certificate after the handshake: in TLS
   * 1.3 the client is through before the server has looked at it (RFC 8446 section 4.4.2.4).
   */
  readonly patience: number;
}

/** The result of the handshake. */
interface RuntimeHandshake {
  /** DER of the server's chain, the leaf first, if the handshake was completed on the client's side. */
  readonly chain: readonly Uint8Array[] | undefined;
  /** The kind of the leaf's key; `undefined` for another kind. */
  readonly keyType: "rsa" | "ecdsa" | undefined;
  /** Whether the handshake is completed, and the server has not objected afterwards. */
  readonly isStanding: boolean;
  /** The name of the alert with which the server ended it. */
  readonly alert: string | undefined;
}

/**
 * Makes a handshake, without asking whether the server's certificate is trusted or for that name. Ends the
 * connection.
 *
 * @throws TlsConnectionError if the time is over, or if the runtime cannot use the client's pair.
 */
export async function runtimeHandshake(
  connection: Connection,
  { serverName, identity, flight, patience }: RuntimeTlsOptions,
): Promise<RuntimeHandshake> {
  // Deno's own connectTls does not tell which certificate it was shown. Loaded when it is needed: it costs
  // 35 ms.
  const tls = globalThis.process.getBuiltinModule("node:tls");
  const { promise, resolve, reject } = Promise.withResolvers<RuntimeHandshake>();
  const heard = overheard(connection, { flight, reject });
  let shown: Pick<RuntimeHandshake, "chain" | "keyType"> = { chain: undefined, keyType: undefined };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const finish = (isStanding: boolean, error?: unknown): void => {
    const alert = error instanceof Error ? alertInMessage(error.message) : undefined;
    // If nothing was sent, the runtime cannot use the pair: it does not know this kind of key. Its
    // own error is left out, as it may quote what it was given.
    const isUnusable = identity !== undefined && !isStanding && !heard.isHelloSent();
    if (isUnusable) reject(new TlsConnectionError(connection.endpoint, "unusable-identity"));
    else resolve({ ...shown, isStanding, alert });
  };
  try {
    const socket = tls.connect({
      socket: heard.stream,
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(identity && { cert: identity.certificatePem, key: identity.keyPem }),
      // An untrusted or expired certificate is also an answer.
      rejectUnauthorized: false,
    });
    // node:tls reports no error if the server hangs up within the handshake.
    socket.on("close", () => finish(false));
    socket.on("end", () => finish(false));
    socket.on("error", (error: unknown) => finish(false, error));
    socket.on("data", () => finish(true));
    socket.on("secureConnect", () => {
      shown = shownBy(socket.getPeerCertificate(true));
      // In TLS 1.2 the server's last message comes after it has looked at the client's certificate.
      if (patience === 0 || socket.getProtocol() !== "TLSv1.3") finish(true);
      else timer = setTimeout(() => finish(true), patience);
    });
    return await promise.finally(() => socket.destroy());
  } finally {
    clearTimeout(timer);
    heard.stream.destroy();
    connection.close();
  }
}

/** A stream over a connection, for the runtime's TLS, that also passes on everything the server sends. */
export function overheard(
  connection: Connection,
  { flight, reject }: {
    readonly flight: Pick<ServerFlight, "push">;
    reject(error: unknown): void;
  },
): { readonly stream: Duplex; isHelloSent(): boolean } {
  const { Duplex } = globalThis.process.getBuiltinModule("node:stream");
  let isSent = false;
  const stream = new Duplex({
    read() {
      connection.read().then((chunk) => {
        if (chunk !== undefined) flight.push(chunk);
        stream.push(chunk ?? null);
      }).catch(reject);
    },
    write(chunk: Uint8Array, _encoding, written) {
      isSent = true;
      connection.write(chunk).then(() => written()).catch(reject);
    },
  });
  return { stream, isHelloSent: () => isSent };
}

function shownBy(leaf: PeerCertificate): Pick<RuntimeHandshake, "chain" | "keyType"> {
  const chain = chainShown(leaf);
  const keyType = leaf.asn1Curve ? "ecdsa" : leaf.modulus ? "rsa" : undefined;
  return { chain: chain.length === 0 ? undefined : chain, keyType };
}
