/** A request as the runtime has received it. */
import type { HttpHead, HttpRequest } from "./http.ts";

type Incoming = import("node:http").IncomingMessage;
type Socket = import("node:net").Socket;
type PeerCertificate = import("node:tls").DetailedPeerCertificate;

/** The most certificates that are read of a client. */
const chainLimit = 8;

/** What is kept of a connection for all its requests. */
interface OfConnection {
  certificates?: HttpHead["certificates"];
  /** The IP address of the client. */
  client?: string;
}

/** A request. Nothing of it is read before it is asked for: most requests need little. */
export class Received implements HttpRequest {
  readonly #incoming: Incoming;
  readonly #connection: OfConnection;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly client: string;
  body: Uint8Array<ArrayBuffer> = new Uint8Array();

  private constructor(incoming: Incoming, connection: OfConnection, target: string) {
    const { method = "", socket } = incoming;
    this.#incoming = incoming;
    this.#connection = connection;
    this.method = method;
    const end = target.indexOf("?");
    this.path = end < 0 ? target : target.slice(0, end);
    this.query = end < 0 ? "" : target.slice(end + 1);
    this.client = connection.client ??= clientOf(socket);
  }

  /** The head of a request; `undefined` if its target is of no form for a server (RFC 9112 3.2). */
  static from(incoming: Incoming, connection: OfConnection = {}): Received | undefined {
    const { url = "" } = incoming;
    const target = url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*/i, "");
    const received = new Received(incoming, connection, target);
    return received.path.startsWith("/") || received.path === "*" ? received : undefined;
  }

  /** The same with its body. */
  with(body: Uint8Array<ArrayBuffer>): this {
    this.body = body;
    return this;
  }

  header(name: string): string | undefined {
    const { rawHeaders } = this.#incoming;
    let found: string | undefined;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const written = rawHeaders[index] ?? "";
      if (written.length !== name.length || written.toLowerCase() !== name) continue;
      const value = rawHeaders[index + 1] ?? "";
      found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  }

  get certificates(): HttpHead["certificates"] {
    return this.#connection.certificates ??= certificatesOf(this.#incoming.socket);
  }
}

function clientOf({ remoteAddress = "" }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/, "");
}

function certificatesOf(socket: Socket): readonly Uint8Array<ArrayBuffer>[] {
  const { getPeerCertificate } = socket as Partial<import("node:tls").TLSSocket>;
  if (getPeerCertificate === undefined) return [];
  const found: Uint8Array<ArrayBuffer>[] = [];
  const first = getPeerCertificate.call(socket, true) as Partial<PeerCertificate> | undefined;
  let next: Partial<PeerCertificate> | undefined = first;
  while (next?.raw !== undefined && found.length < chainLimit) {
    found.push(new Uint8Array(next.raw));
    // A self-signed certificate names itself as its issuer.
    const above: Partial<PeerCertificate> | undefined = next.issuerCertificate;
    next = above === next ? undefined : above;
  }
  return found;
}
