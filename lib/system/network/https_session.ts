/** What to ask of an HTTPS server, and what it answered. */
import type { ClientIdentity } from "./sight.ts";

/** Options of a connection to an HTTPS server. */
export interface HttpsOptions {
  /**
   * PEM of the certificates that the server's chain must lead to. They replace those of the system.
   * `undefined`: the handshake proves nothing about the server, so nothing secret may be sent.
   */
  readonly anchorsPem: string | undefined;
  /**
   * Judges the certificates that the server has shown: DER, its own first. What it throws ends the
   * connection before a byte of a request is sent. The runtime's own check does not suffice: it accepts a
   * certificate of version 1 with any key.
   */
  readonly judge: (chain: readonly Uint8Array[]) => Promise<void>;
  /** Presented to a server that asks for a certificate of its client. */
  readonly identity?: ClientIdentity | undefined;
  /** In milliseconds, for the handshake, and again for each exchange. */
  readonly timeLimit: number;
  /** The most bytes of an answer's body. */
  readonly bodyLimit: number;
}

/** A request of HTTP. */
export interface HttpsExchange {
  readonly method: "GET" | "POST";
  /** As it is sent: encoded, with the query. */
  readonly path: string;
  /** Without Host and Content-Length. May be secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** An answer of HTTP. Everything in it is untrusted. */
export interface HttpsAnswer {
  readonly status: number;
  /** By their names in lower case; of several with the same name, the first. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** A connection to an HTTPS server that has been judged. */
export interface HttpsSession {
  /**
   * Sends a request, and waits for all of the answer.
   *
   * @throws TlsConnectionError, HttpAnswerError
   */
  send(exchange: HttpsExchange): Promise<HttpsAnswer>;
  /** Whether the server has not ended the connection. */
  isOpen(): boolean;
  /** Ends the connection. */
  close(): void;
}
