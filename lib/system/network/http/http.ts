/** An HTTP server as handlers see it: requests, responses, limits. */

/** What is known of a request before its body is read. */
export interface HttpHead {
  readonly method: string;
  /** As received, up to `?`: nothing is decoded or normalised. It starts with `/`, or is `*`. */
  readonly path: string;
  /** As received, after the first `?`; empty if there is none. */
  readonly query?: string | undefined;
  /**
   * A header field; several of the same name are joined with `, ` (RFC 9110 5.3).
   *
   * @param name in lowercase.
   */
  header(name: string): string | undefined;
  /** The IP address of the client. */
  readonly client: string;
  /**
   * DER of the certificates that a TLS client has presented, its own first; empty if there are none. They
   * are **not** verified, and even the possession of the private key is certain only for version 3.
   */
  readonly certificates: readonly Uint8Array<ArrayBuffer>[];
}

/** A whole request. */
export interface HttpRequest extends HttpHead {
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The answer to a request. */
export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Not sent for HEAD; its length is. */
  readonly body?: Uint8Array | undefined;
  /** Whether this object is the answer to many requests: then it is encoded once. */
  readonly isRepeated?: boolean;
}

/** Takes the body of a request, and answers it. */
export interface HttpAnswer {
  /** The longest body in bytes. A longer one is answered with 413 as soon as it is too long. */
  readonly bodyLimit: number;
  readonly answer: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse;
}

/** Decides about a request by its head: what answers it. */
export type HttpHandler = (head: HttpHead) => HttpAnswer;

/** Where a server listens. */
export interface ListenAddress {
  /** An IP address without brackets, or a host name. */
  readonly host: string;
  /** 0: the kernel chooses one. */
  readonly port: number;
}

/** `192.0.2.1:8080`, `[::1]:8080` */
export function addressText({ host, port }: ListenAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The pair of a TLS server. */
export interface ServerIdentity {
  /** PEM: the leaf first, then its intermediates. */
  readonly certificatePem: string;
  /** PEM, not encrypted. Secret. */
  readonly keyPem: string;
}

/** What a client may use. Times are in milliseconds. */
export interface HttpLimits {
  /** Connections at the same time; more are closed immediately. */
  readonly connections: number;
  /** The same, of one address. An IPv6 address counts as its network of 64 bits. */
  readonly connectionsPerAddress: number;
  /** All header fields of a request, in bytes. */
  readonly headerBytes: number;
  /** From the connection to the end of the TLS handshake. */
  readonly handshakeTime: number;
  /** From the connection, or the last answer, to the end of the header fields. */
  readonly headerTime: number;
  /** From the first byte of a request to the end of its body; at least {@linkcode headerTime}. */
  readonly requestTime: number;
  /** From the answer until the client has read it. */
  readonly responseTime: number;
  /** Between two requests of a connection. */
  readonly idleTime: number;
}

/** Why a server has refused something without asking its handler. */
export type HttpRefusal =
  | "connections"
  | "connections-per-address"
  | "tls"
  | "malformed"
  | "header-too-large"
  | "body-too-large"
  | "too-slow"
  | "transfer-encoding";

/** Options of an {@linkcode HttpServer}. */
export interface HttpServerOptions {
  readonly address: ListenAddress;
  /** Of a TLS server, which also asks for the client's certificate; `undefined`: plain HTTP. */
  readonly identity?: ServerIdentity | undefined;
  readonly limits: HttpLimits;
  readonly handler: HttpHandler;
  /** Called for what was refused without the handler. */
  readonly onRefusal: (reason: HttpRefusal, client: string) => void;
  /** Called if a handler throws. The client gets 500. */
  readonly onDefect: (error: unknown) => void;
}

/** A running server. */
export interface HttpServer {
  /** Where it listens, with the port that the kernel chose. */
  readonly address: ListenAddress;
  /** Connections at this moment. */
  connections(): number;
  /**
   * Replaces the pair of a TLS server. Connections go on with the old one, new ones get the new one.
   *
   * @throws BadServerIdentityError: the old one stays.
   */
  replaceIdentity(identity: ServerIdentity): void;
  /**
   * Accepts no more connections, lets running requests end, and closes everything.
   *
   * @param patience milliseconds; what has not ended then is cut off.
   */
  stop(patience: number): Promise<void>;
}
