/** An HTTP or HTTPS server on the runtime's `node:http` and `node:https`. */
import { joined } from "../../bytes.ts";
import { errnoOf } from "../../errno.ts";
import { BadServerIdentityError, ListenError } from "../../errors.ts";
import { ConnectionCount } from "./connections.ts";
import { Deadlines } from "./deadlines.ts";
import { type Encoded, encoded } from "./encoded.ts";
import { Received } from "./received.ts";
import {
  addressText,
  type HttpHead,
  type HttpRefusal,
  type HttpResponse,
  type HttpServer,
  type HttpServerOptions,
  type ListenAddress,
  type ServerIdentity,
} from "./http.ts";

type Incoming = import("node:http").IncomingMessage;
type Outgoing = import("node:http").ServerResponse;
type NodeServer = import("node:http").Server | import("node:https").Server;
type Socket = import("node:net").Socket;

/**
 * Starts a server. `Deno.serve` is not used: it cannot ask for a client's certificate, and has no limits.
 *
 * @throws ListenError, BadServerIdentityError
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer(options);
  const running = new RunningServer(server, options);
  await running.listen();
  return running;
}

/**
 * Throws if the process may not listen on an address: the runtime's own error, in a later turn, would end
 * the process.
 *
 * @throws ListenError
 */
function requirePermission(address: ListenAddress): void {
  const { state } = Deno.permissions.querySync({ name: "net", host: addressText(address) });
  if (state !== "granted") throw new ListenError(address, "ENOTCAPABLE");
}

/** The runtime reports EADDRNOTAVAIL of bind(2) as EINVAL, which bind(2) has for no address. */
function errnoOfListen(cause: Error): string {
  const errno = errnoOf(cause);
  return errno === "EINVAL" ? "EADDRNOTAVAIL" : errno;
}

function createServer({ identity, limits }: HttpServerOptions): NodeServer {
  const timeouts = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerTime,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.idleTime,
    connectionsCheckingInterval: Math.min(1000, limits.headerTime),
    keepAlive: true,
    noDelay: true,
  };
  if (identity === undefined) {
    return globalThis.process.getBuiltinModule("node:http").createServer(timeouts);
  }
  requireUsable(identity);
  return globalThis.process.getBuiltinModule("node:https").createServer({
    ...timeouts,
    ...secureContextOf(identity),
    minVersion: "TLSv1.2",
    handshakeTimeout: limits.handshakeTime,
    // Asked for, and judged by the handler: the runtime's own judgement cannot be relied on.
    requestCert: true,
    rejectUnauthorized: false,
  });
}

function secureContextOf({ certificatePem, keyPem }: ServerIdentity): {
  readonly cert: string;
  readonly key: string;
} {
  return { cert: certificatePem, key: keyPem };
}

/**
 * Checks a pair before it is used: the runtime's TLS takes anything, and then fails with every client.
 *
 * @throws BadServerIdentityError
 */
function requireUsable({ certificatePem, keyPem }: ServerIdentity): void {
  const { createPrivateKey, X509Certificate } = globalThis.process.getBuiltinModule("node:crypto");
  let isPair: boolean;
  try {
    isPair = new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));
  } catch (error) {
    // Its own text may quote what it was given.
    const { code } = error as { readonly code?: unknown };
    throw new BadServerIdentityError(typeof code === "string" ? code : "unreadable");
  }
  if (!isPair) throw new BadServerIdentityError("mismatch");
}

/** An open connection, and how many of its requests are being answered. */
interface OpenConnection {
  readonly socket: Socket;
  running: number;
  /** What its client has presented; `undefined`: not asked for yet. It is the same for all its requests. */
  certificates?: HttpHead["certificates"];
  /** Its client's IP address; `undefined`: not asked for yet. */
  client?: string;
}

/** The same for the raw socket of a connection and the TLS socket on it. */
function remoteOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

class RunningServer implements HttpServer {
  readonly #server: NodeServer;
  readonly #options: HttpServerOptions;
  readonly #count: ConnectionCount;
  /** Every open connection by its remote address and port. */
  readonly #open = new Map<string, OpenConnection>();
  /** The same by the socket of a request, as far as there was one. */
  readonly #known = new WeakMap<Socket, OpenConnection>();
  readonly #deadlines: Deadlines;
  /** Responses that are sent more than once. */
  readonly #repeated = new WeakMap<HttpResponse, Encoded>();
  #isStopping = false;
  address: HttpServer["address"];

  constructor(server: NodeServer, options: HttpServerOptions) {
    const { limits, address } = options;
    this.#server = server;
    this.#options = options;
    this.#count = new ConnectionCount({
      all: limits.connections,
      ofOne: limits.connectionsPerAddress,
    });
    this.address = address;
    this.#deadlines = new Deadlines(limits.responseTime, (socket) => {
      this.#refuse("too-slow", socket.remoteAddress);
      socket.destroy();
    });
    // The raw connection, also of a TLS server: a handshake that never ends counts, too.
    server.on("connection", (socket: Socket) => this.#enter(socket));
    server.on("tlsClientError", (_, socket: Socket) => {
      this.#refuse("tls", socket.remoteAddress);
      socket.destroy();
    });
    server.on("clientError", (error, socket) => this.#refuseMalformed(error, socket as Socket));
    server.on("request", (incoming: Incoming, outgoing: Outgoing) => {
      const fail = (error: unknown): void => {
        this.#options.onDefect(error);
        incoming.socket.destroy();
      };
      try {
        this.#respond(incoming, outgoing)?.catch(fail);
      } catch (error) {
        fail(error);
      }
    });
    // Without this, the runtime would answer 417 or wait for the handler to send 100.
    server.on("checkContinue", (incoming: Incoming, outgoing: Outgoing) => {
      outgoing.writeContinue();
      server.emit("request", incoming, outgoing);
    });
    server.on("connect", (_, socket) => socket.destroy());
  }

  async listen(): Promise<void> {
    const { address } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (cause: Error): void =>
      reject(new ListenError(address, errnoOfListen(cause), { cause }));
    requirePermission(address);
    this.#server.once("error", fail);
    try {
      this.#server.listen({ host: address.host, port: address.port, backlog: 511 }, resolve);
      await promise;
    } catch (error) {
      if (error instanceof ListenError) throw error;
      fail(error as Error);
      await promise;
    }
    this.#server.off("error", fail);
    this.#server.on("error", (error: Error) => this.#options.onDefect(error));
    const bound = this.#server.address();
    if (typeof bound === "object" && bound !== null) {
      this.address = { host: address.host, port: bound.port };
    }
  }

  connections(): number {
    return this.#count.all;
  }

  replaceIdentity(identity: ServerIdentity): void {
    requireUsable(identity);
    (this.#server as import("node:https").Server).setSecureContext(secureContextOf(identity));
  }

  async stop(patience: number): Promise<void> {
    this.#isStopping = true;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const { socket, running } of this.#open.values()) {
      if (running === 0) socket.destroy();
    }
    const timer = setTimeout(() => {
      for (const { socket } of this.#open.values()) socket.destroy();
    }, patience);
    try {
      await closed;
    } finally {
      clearTimeout(timer);
      this.#deadlines.stop();
    }
  }

  #enter(socket: Socket): void {
    const client = socket.remoteAddress ?? "";
    // A connection that is reset fails without anyone listening.
    socket.on("error", () => {});
    const refusal = this.#isStopping ? "connections" : this.#count.enter(client);
    if (refusal !== undefined) {
      this.#refuse(refusal, client);
      socket.destroy();
      return;
    }
    const key = remoteOf(socket);
    const connection = { socket, running: 0 };
    this.#open.set(key, connection);
    socket.once("close", () => {
      if (this.#open.get(key) === connection) this.#open.delete(key);
      this.#count.leave(client);
    });
  }

  #connectionOf(socket: Socket): OpenConnection | undefined {
    const known = this.#known.get(socket);
    if (known !== undefined) return known;
    const found = this.#open.get(remoteOf(socket));
    if (found !== undefined) this.#known.set(socket, found);
    return found;
  }

  #refuse(reason: HttpRefusal, client: string | undefined): void {
    this.#options.onRefusal(reason, client ?? "");
  }

  #refuseMalformed(error: Error, socket: Socket): void {
    const { code } = error as { readonly code?: unknown };
    if (code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const [reason, status] = code === "HPE_HEADER_OVERFLOW"
      ? ["header-too-large", "431 Request Header Fields Too Large"] as const
      : code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? ["too-slow", "408 Request Timeout"] as const
      : ["malformed", "400 Bad Request"] as const;
    this.#refuse(reason, socket.remoteAddress);
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    // A client that never reads would keep it half closed.
    setTimeout(() => socket.destroy(), 1000);
  }

  /** What is known immediately is sent immediately: waiting for a promise costs a busy server much time. */
  #respond(incoming: Incoming, outgoing: Outgoing): Promise<void> | undefined {
    const { socket } = incoming;
    const connection = this.#connectionOf(socket);
    if (connection !== undefined) connection.running++;
    outgoing.once("close", () => {
      this.#deadlines.end(outgoing);
      if (connection !== undefined) connection.running--;
      if (this.#isStopping) socket.destroy();
    });
    const head = Received.from(incoming, connection);
    if (head === undefined) {
      this.#turnAway(incoming, outgoing, { status: 400 }, "malformed");
      return undefined;
    }
    // RFC 9112 6.1: a transfer coding that is not understood. A second one may hide a body from others.
    const coding = head.header("transfer-encoding");
    if (coding !== undefined && coding.toLowerCase() !== "chunked") {
      this.#turnAway(incoming, outgoing, { status: 501 }, "transfer-encoding");
      return undefined;
    }
    const { bodyLimit, answer } = this.#options.handler(head);
    // RFC 9112 6.3: without these fields there is no body.
    if (coding === undefined && head.header("content-length") === undefined) {
      return this.#answer(outgoing, () => answer(head));
    }
    return this.#read(incoming, outgoing, bodyLimit)
      .then((body) => body && this.#answer(outgoing, () => answer(head.with(body))));
  }

  /** The body; `undefined` if there is nothing more to answer. */
  async #read(
    incoming: Incoming,
    outgoing: Outgoing,
    limit: number,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const body = await readBody(incoming, limit);
    if (body === "too-large") {
      this.#turnAway(incoming, outgoing, { status: 413 }, "body-too-large");
      return undefined;
    }
    return body === "lost" ? undefined : body;
  }

  #answer(
    outgoing: Outgoing,
    answer: () => Promise<HttpResponse> | HttpResponse,
  ): Promise<void> | undefined {
    const failed = (error: unknown): HttpResponse => {
      this.#options.onDefect(error);
      return { status: 500 };
    };
    let response: Promise<HttpResponse> | HttpResponse;
    try {
      response = answer();
    } catch (error) {
      response = failed(error);
    }
    if (response instanceof Promise) {
      return response.catch(failed).then((response) => this.#send(outgoing, response));
    }
    this.#send(outgoing, response);
    return undefined;
  }

  #turnAway(
    incoming: Incoming,
    outgoing: Outgoing,
    response: HttpResponse,
    reason: HttpRefusal,
  ): void {
    this.#refuse(reason, incoming.socket.remoteAddress);
    const { socket } = incoming;
    this.#send(outgoing, { ...response, headers: { ...response.headers, connection: "close" } });
    // What it still sends is not read. Closing right away could reset the answer before it is read.
    incoming.pause();
    setTimeout(() => socket.destroy(), 500);
  }

  #send(outgoing: Outgoing, response: HttpResponse): void {
    if (outgoing.destroyed || outgoing.headersSent) return;
    this.#deadlines.begin(outgoing);
    const { fields, body } = this.#encoded(response);
    outgoing.writeHead(
      response.status,
      // The runtime takes names and values in turns, but its types say that values are texts or numbers.
      (this.#isStopping ? [...fields, "Connection", "close"] : fields) as string[],
    );
    if (typeof body === "string") outgoing.end(body, "latin1");
    else outgoing.end(body);
  }

  #encoded(response: HttpResponse): Encoded {
    if (response.isRepeated !== true) return encoded(response);
    let known = this.#repeated.get(response);
    if (known === undefined) this.#repeated.set(response, known = encoded(response));
    return known;
  }
}

/** Reads a body. `lost`: the client has gone away. */
async function readBody(
  incoming: Incoming,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | "too-large" | "lost"> {
  const { "content-length": declared } = incoming.headers;
  if (Number(declared ?? 0) > limit) return "too-large";
  const { promise, resolve } = Promise.withResolvers<
    Uint8Array<ArrayBuffer> | "too-large" | "lost"
  >();
  const parts: Uint8Array[] = [];
  let length = 0;
  incoming.on("data", (part: Uint8Array) => {
    length += part.length;
    if (length <= limit) parts.push(part);
    else resolve("too-large");
  });
  incoming.once("end", () => resolve(joined(parts)));
  incoming.once("error", () => resolve("lost"));
  incoming.once("close", () => resolve("lost"));
  return await promise;
}
