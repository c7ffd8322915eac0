/** Errors of a connection to PostgreSQL. */
import { CertswapError } from "../errors.ts";
import type { PostgresPlace } from "./postgres_options.ts";

/** Details of a failed connection. */
interface ConnectionErrorOptions extends ErrorOptions {
  /** The name of a TLS alert (RFC 8446 section 6). */
  readonly alert?: string | undefined;
}

/** There is no connection to the server. Nothing was changed, unless a commit was under way. */
export class DatabaseConnectionError extends CertswapError {
  readonly code = "database-connection";
  readonly place: PostgresPlace;
  /**
   * - `refused`, `unreachable`, `unknown-host`: no connection.
   * - `no-socket`: there is no socket in the directory.
   * - `time-limit`: no answer in time.
   * - `no-tls`: the server does not offer TLS.
   * - `not-postgres`: the answer is not one of PostgreSQL.
   * - `handshake`: the TLS handshake failed.
   * - `server-certificate`: the server is not the wanted one, see `cause`.
   * - `client-certificate`: the runtime's TLS cannot use the pair of the client.
   * - `lost`: the connection ended while it was used.
   */
  readonly reason:
    | "refused"
    | "unreachable"
    | "unknown-host"
    | "no-socket"
    | "time-limit"
    | "no-tls"
    | "not-postgres"
    | "handshake"
    | "server-certificate"
    | "client-certificate"
    | "lost";
  readonly alert: string | undefined;

  constructor(
    place: PostgresPlace,
    reason: DatabaseConnectionError["reason"],
    { alert, ...options }: ConnectionErrorOptions = {},
  ) {
    super(`${place.host}:${place.port}: ${reason}`, options);
    this.place = place;
    this.reason = reason;
    this.alert = alert;
  }
}

/** The server does not accept the login: a wrong password, no such database, too many connections. */
export class DatabaseLoginError extends CertswapError {
  readonly code = "database-login";
  readonly place: PostgresPlace;
  readonly user: string;
  readonly database: string;
  /** SQLSTATE: five characters (PostgreSQL, appendix A). */
  readonly state: string;
  /** The server's own words. Untrusted. */
  readonly said: string;

  constructor(
    { place, user, database }: Pick<DatabaseLoginError, "place" | "user" | "database">,
    { state, said }: Pick<DatabaseLoginError, "state" | "said">,
  ) {
    super(`${place.host}:${place.port}: login: ${state}`);
    this.place = place;
    this.user = user;
    this.database = database;
    this.state = state;
    this.said = said;
  }
}

/** The server wants a password, and the client has none, or not one that it may send. */
export class DatabasePasswordError extends CertswapError {
  readonly code = "database-password";
  readonly place: PostgresPlace;
  readonly user: string;
  /** `unprotected`: the server wants to see the password itself, and the connection is not protected. */
  readonly reason: "missing" | "not-text" | "unprotected" | "refused-method";

  constructor(
    { place, user }: Pick<DatabasePasswordError, "place" | "user">,
    reason: DatabasePasswordError["reason"],
  ) {
    super(`${place.host}:${place.port}: password: ${reason}`);
    this.place = place;
    this.user = user;
    this.reason = reason;
  }
}
