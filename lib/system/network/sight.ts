/** What to ask of a TLS server, and what was seen of it. */
import type { TlsConnectionError } from "../errors.ts";

/** A TLS server. */
export interface TlsEndpoint {
  /** A host name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
  /** The DNS name that the handshake asks for (RFC 6066 section 3). */
  readonly serverName?: string | undefined;
}

/**
 * How far a look at a TLS server got.
 *
 * - `nothing`: no TCP connection.
 * - `connected`: a TCP connection, but no answer in TLS; or the server did not start TLS.
 * - `handshake`: the server answered in TLS (a ServerHello or an alert), but showed no certificate.
 * - `certificate`: the server's certificate was received.
 */
export type Stage = "nothing" | "connected" | "handshake" | "certificate";

/** A protocol in which a client asks for TLS after the connection is made. */
export type StartTls =
  | "smtp"
  | "imap"
  | "pop3"
  | "ldap"
  | "postgres"
  | "mysql"
  | "ftp"
  | "xmpp";

/** A pair that a client presents. */
export interface ClientIdentity {
  /** PEM: the leaf first, then its intermediates. */
  readonly certificatePem: string;
  /** PEM, not encrypted. */
  readonly keyPem: string;
}

/** Options of a look at a server. */
export interface LookOptions {
  /** In milliseconds, for all of it. */
  readonly timeLimit: number;
  /** What is spoken before TLS. */
  readonly startTls?: StartTls | undefined;
  /** If the server has several certificates: the one with this kind of key. */
  readonly keyType?: "rsa" | "ecdsa" | undefined;
  /** Presented to a server that asks for a certificate of its client. */
  readonly identity?: ClientIdentity | undefined;
}

/** The result of one look at a server. */
export interface Sight {
  readonly stage: Stage;
  /** DER of the leaf, as received. Present exactly at the stage `certificate`. */
  readonly certificate?: Uint8Array;
  /** Why it got no further. Present at every stage but `certificate`. */
  readonly error?: TlsConnectionError;
}

/** Options of a connection with a client certificate. */
export interface ClientOptions extends ClientIdentity {
  /** In milliseconds, for all of it. */
  readonly timeLimit: number;
  /** What is spoken before TLS. */
  readonly startTls?: StartTls | undefined;
}

/** Whether a server accepted a client certificate. */
export interface ClientSight {
  /** How far the connection got: at `certificate`, the server has shown its own. */
  readonly stage: Stage;
  /**
   * - `accepted`: the handshake was completed with it, and the server did not object afterwards.
   * - `refused`: the server ended the connection because of it; `error` has the alert, if there was one.
   * - `unknown`: the connection did not get that far; `error` says why.
   */
  readonly verdict: "accepted" | "refused" | "unknown";
  /**
   * DER of the server's chain, its leaf first, if the handshake was completed. It is not verified: a caller
   * that needs to know which server it was verifies it, as the runtime trusts version 1 certificates too
   * easily.
   */
  readonly serverChain?: readonly Uint8Array[];
  /** Present for every verdict but `accepted`. */
  readonly error?: TlsConnectionError;
}
