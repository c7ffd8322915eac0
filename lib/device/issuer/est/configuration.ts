/** The configuration of an issuer `est`. */

/** An EST server. */
export interface EstUrl {
  /** A DNS name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The configuration of an issuer `est`. */
export type EstIssuer = {
  readonly kind: "est";
  readonly server: EstUrl;
  /** The path segment that selects one of the server's CAs or profiles (RFC 7030 3.2.2). */
  readonly label?: string | undefined;
  /** A file of certificates that the server's own certificate must lead to, absolute. */
  readonly trust: string;
  /** SHA-256 of the CA's certificate, 64 lowercase hexadecimal digits: fetches a missing `trust` file. */
  readonly fingerprint?: string | undefined;
  /** What goes with the secret. */
  readonly username?: string | undefined;
  /** A file whose first line is the secret of the first enrolment, absolute. */
  readonly secretFile?: string | undefined;
  /** A pair that the device was made with, for the first enrolment, absolute. */
  readonly bootstrap?: { readonly certificate: string; readonly key: string } | undefined;
  /** Milliseconds, for each exchange with the server. */
  readonly timeLimit: number;
};

/**
 * Reads `https://HOST` or `https://HOST:PORT`, with a final `/` or without. The path of EST is fixed
 * (RFC 7030 3.2.2).
 *
 * @returns `undefined` for anything else.
 */
export function readEstUrl(written: string): EstUrl | undefined {
  const match = /^https:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?\/?$/i.exec(
    written,
  );
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? 443);
  return host === undefined || port < 1 || port > 65535 ? undefined : { host, port };
}

/** The server in the form of {@linkcode readEstUrl}. */
export function formatEstUrl({ host, port }: EstUrl): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `https://${name}${port === 443 ? "" : `:${port}`}`;
}

/**
 * Reads the SHA-256 fingerprint of a certificate: `SHA256:` and 64 hexadecimal digits, which may have colons
 * between them. Also reads the digits alone, and the line that `openssl x509 -fingerprint -sha256` prints.
 *
 * @returns 64 lowercase hexadecimal digits; `undefined` for anything else.
 */
export function readFingerprint(written: string): string | undefined {
  const [, digits = ""] = /^(?:sha-?256(?: fingerprint)?[:=] ?)?(.{64,95})$/i.exec(written) ?? [];
  const form = /^(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i;
  return form.test(digits) ? digits.replaceAll(":", "").toLowerCase() : undefined;
}
