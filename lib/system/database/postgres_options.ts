/** Where a PostgreSQL server is, and how to log in. */
import type { ClientIdentity } from "../network/mod.ts";

/** Where a server listens. */
export interface PostgresPlace {
  /** A host name, an IP address, or the absolute path of the directory with its socket. */
  readonly host: string;
  readonly port: number;
}

/** A login, and what it is protected with. */
export interface PostgresOptions {
  readonly place: PostgresPlace;
  readonly database: string;
  readonly user: string;
  /** The password, UTF-8; `undefined`: there is none. Secret. */
  readonly password: Uint8Array | undefined;
  /** `undefined`: no TLS. */
  readonly tls: PostgresTls | undefined;
  /** The schema of all names that have none. */
  readonly schema: string;
  readonly limits: PostgresLimits;
}

/** How TLS is made. */
export interface PostgresTls {
  /** The pair that is presented to a server that asks for one. */
  readonly identity: ClientIdentity | undefined;
  /**
   * Checks the certificates of the server, DER, its own first. Called before anything secret is sent.
   *
   * @throws if it is not the wanted server.
   */
  readonly requireServer: (chain: readonly [Uint8Array, ...Uint8Array[]]) => Promise<void>;
}

/** Time limits, in milliseconds. */
export interface PostgresLimits {
  /** Until the server has accepted the login. */
  readonly connect: number;
  /** For each statement, on the server. */
  readonly statement: number;
  /** For the lock of another transaction that writes. */
  readonly lock: number;
  /** Until the server ends a transaction whose client says nothing. */
  readonly idle: number;
}
