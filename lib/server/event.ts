/** What a running server reports, for its log. */
import type { CertswapError, HttpRefusal } from "../system/mod.ts";

/** The servers of a CA, by their keys in `[serve]`. */
export type ServerName = "est" | "http" | "admin";

/** Something that happened. No field has a secret. */
export type ServerEvent =
  | { readonly event: "listening"; readonly server: ServerName; readonly address: string }
  /** A request was answered. */
  | {
    readonly event: "request";
    readonly server: ServerName;
    /** The client's IP address. */
    readonly client: string;
    readonly method: string;
    /** Without the query. At most 200 characters. Untrusted. */
    readonly path: string;
    readonly status: number;
    /** Of the body that was sent. */
    readonly bytes: number;
    readonly milliseconds: number;
  }
  /** A connection or a request was refused before its handler was asked. */
  | {
    readonly event: "refused";
    readonly server: ServerName;
    readonly client: string;
    readonly reason: HttpRefusal | "requests-per-minute";
  }
  /** Another process has changed the CA, or it can be read again: it was read. */
  | { readonly event: "ca-read" }
  /** The CA cannot be read. What was read before is still served. */
  | { readonly event: "ca-unreadable"; readonly error: CertswapError }
  | { readonly event: "crl-issued"; readonly number: string; readonly revoked: number }
  | { readonly event: "crl-published"; readonly number: string }
  | { readonly event: "crl-failed"; readonly error: CertswapError }
  /** The CRL should have been replaced long ago: clients will soon refuse every certificate. */
  | { readonly event: "crl-late"; readonly nextUpdate: string }
  /** The CA cannot sign: its key cannot be opened. */
  | { readonly event: "cannot-sign"; readonly error: CertswapError }
  /** The password file or the CA of administrators cannot be used: no administrator can log in with it. */
  | { readonly event: "cannot-check-login"; readonly error: CertswapError }
  | { readonly event: "ocsp-responder-issued"; readonly serial: string; readonly notAfter: string }
  /** There is no new OCSP responder, although one is due. */
  | { readonly event: "ocsp-responder-failed"; readonly error: CertswapError }
  /** A certificate was issued over EST; or, if it is not new, sent once more. */
  | {
    readonly event: "enrolled";
    readonly client: string;
    readonly serial: string;
    /** By what the client has shown who it is: `EST token 3f9a0c1e`. */
    readonly by: string;
    readonly isNew: boolean;
    /** Whether the client's certificate had expired. */
    readonly wasExpired: boolean;
  }
  /** A request waits for `ca approve` or `ca reject`. */
  | { readonly event: "enrolment-waiting"; readonly client: string; readonly id: string }
  | {
    readonly event: "enrolment-refused";
    readonly client: string;
    /** The id of the one-time secret, if there was one. */
    readonly of: string | undefined;
    readonly error: unknown;
  }
  /** The CA could not be changed. The client got 503. */
  | { readonly event: "cannot-enrol"; readonly client: string; readonly error: CertswapError }
  /** The server has another certificate from now on. */
  | { readonly event: "server-certificate"; readonly serial: string; readonly notAfter: string }
  | { readonly event: "server-certificate-failed"; readonly error: CertswapError }
  | { readonly event: "reloaded" }
  | { readonly event: "reload-failed"; readonly error: CertswapError }
  /** A warning of a change of the CA. */
  | { readonly event: "warning"; readonly warning: unknown }
  /** A defect of certswap. The request was answered with 500. */
  | { readonly event: "defect"; readonly error: unknown }
  | { readonly event: "stopping"; readonly signal: string };

/** Receives events. */
export type OnServerEvent = (event: ServerEvent) => void;
