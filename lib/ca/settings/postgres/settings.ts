/** The settings of a connection to PostgreSQL. */

/** Where the database of a CA is, and how to log in. */
export interface PostgresSettings {
  /** A DNS name, an IP address, or the absolute path of the directory with the server's socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** The schema with the tables of the CA. */
  readonly schema: string;
  /** An absolute path; `undefined`: systemd may provide the password, or there is none. */
  readonly passwordFile: string | undefined;
  /** `undefined`: no TLS, which only a server on this machine may have. */
  readonly tls: PostgresTlsSettings | undefined;
  /** Until the login is accepted, in milliseconds. */
  readonly connectTimeout: number;
  /** For each statement, in milliseconds. */
  readonly statementTimeout: number;
}

/** Absolute paths of PEM files. */
export interface PostgresTlsSettings {
  /** The trust anchors of the server's certificate. */
  readonly ca: string;
  /** The pair that is presented to the server; `undefined` for none. */
  readonly identity: { readonly certificate: string; readonly key: string } | undefined;
}
