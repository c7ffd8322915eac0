/** The settings of `certswap ca serve`. */
import type { ListenAddress } from "../../../system/mod.ts";

/** Where the server listens, and what clients may use. */
export interface ServeSettings {
  /** EST, over TLS; `undefined`: not served. */
  readonly est: ListenAddress | undefined;
  /** CRL and CA certificates, over plain HTTP; `undefined`: not served. */
  readonly http: ListenAddress | undefined;
  /** Metrics, health and the page; `undefined`: not served. */
  readonly admin: ListenAddress | undefined;
  /** `undefined`: `admin` is a loopback address without TLS, for this machine. */
  readonly adminLogin: AdminLogin | undefined;
  /** The server's own certificate; `undefined`: there is no TLS address. */
  readonly identity: ServeIdentity | undefined;
  readonly limits: ServeLimits;
}

/** How administrators log in, over TLS: by one of these. Paths are absolute. */
export interface AdminLogin {
  /** A file with a password in its first line. */
  readonly passwordFile: string | undefined;
  /** The CA of client certificates, PEM. */
  readonly clientCa: string | undefined;
}

/** The settings of enrolment over EST. */
export interface EstSettings {
  /** What becomes of a certificate that a newer one replaces. */
  readonly superseded: "keep" | "revoke";
  /** How long after its end a certificate can still be renewed, in milliseconds; 0: never. */
  readonly expiredGrace: number;
  /** Whether requests without any other proof wait for a person. */
  readonly byHand: boolean;
  /** The data directory of the CA that this one replaces: its certificates are renewed here. Absolute. */
  readonly predecessor?: string | undefined;
}

/** Where the server's own certificate comes from. */
export type ServeIdentity =
  /** A pair that something else renews, certswap or not. Paths are absolute. */
  | { readonly from: "files"; readonly certificate: string; readonly key: string }
  /** The CA itself issues it for these names. */
  | { readonly from: "ca"; readonly names: readonly [string, ...string[]] };

/** What clients of one address may use. */
export interface ServeLimits {
  /** At the same time. */
  readonly connections: number;
  /** At the same time, of one IP address. */
  readonly connectionsPerAddress: number;
  /** Of one IP address, in a minute. */
  readonly requestsPerMinute: number;
}

/** Without a table `[est]`, or what it leaves out. */
export const standardEst: EstSettings = { superseded: "keep", expiredGrace: 0, byHand: false };

/** Without `ca.toml`, or what it leaves out: nothing is served. */
export const standardServe: ServeSettings = {
  est: undefined,
  http: undefined,
  admin: undefined,
  adminLogin: undefined,
  identity: undefined,
  limits: { connections: 1000, connectionsPerAddress: 100, requestsPerMinute: 600 },
};
