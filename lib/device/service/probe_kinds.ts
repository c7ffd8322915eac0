/** The configuration of each kind of probe. */
import type { StartTls } from "../../system/mod.ts";

/** The protocols that start in plain text and switch to TLS. */
export const startTlsProtocols = [
  "smtp",
  "imap",
  "pop3",
  "ldap",
  "postgres",
  "mysql",
  "ftp",
  "xmpp",
] as const satisfies readonly StartTls[];

/** The key types of certificates, for servers with one of each. */
export const keyTypes = ["rsa", "ecdsa"] as const;

/** One of them. */
export type KeyType = typeof keyTypes[number];

/** A probe: finds out whether a service uses the active pair. */
export type ProbeConfiguration = ServerProbe | CommandProbe | ClientProbe;

/** The common options of all probes. */
interface AnyProbe {
  /** How many milliseconds it is repeated until the service uses the pair. */
  readonly deadline: number;
}

/** The address of a TLS server. */
interface ServerAddress {
  /** A host name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
  /** The DNS name that the handshake asks for (RFC 6066 section 3): an IP address cannot be asked for. */
  readonly serverName: string | undefined;
  /** The protocol in which the client has to ask for TLS first; `undefined`: TLS from the first byte. */
  readonly startTls: StartTls | undefined;
}

/** Connects to the service, and compares its certificate. */
export interface ServerProbe extends AnyProbe, ServerAddress {
  readonly kind: "server";
  /** The key of the certificate to ask for, on a server with several; `undefined`: that of the pair. */
  readonly keyType: KeyType | undefined;
  /** The client certificate to present if the server asks for one. */
  readonly identity: ProbeIdentity;
}

/** Runs a program of the operator that checks the service. */
export interface CommandProbe extends AnyProbe {
  readonly kind: "command";
  /** The program, absolute or to be found in PATH, and its arguments. Never a shell's text. */
  readonly command: readonly [string, ...string[]];
}

/** Connects to another server with the pair as client certificate, and sees whether it is accepted. */
export interface ClientProbe extends AnyProbe, ServerAddress {
  readonly kind: "client";
  /** PEM file with the CA certificates that the server's chain must lead to. Absolute. */
  readonly trust: string | undefined;
}

/** A client certificate and its key. */
export type ProbeIdentity =
  /** The pair itself, if its certificate may be used by clients. */
  | { readonly kind: "pair-if-client" }
  /** The pair itself. */
  | { readonly kind: "pair" }
  /** Two PEM files, absolute. */
  | { readonly kind: "files"; readonly certificate: string; readonly key: string };
