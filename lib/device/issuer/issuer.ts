/** The interface of every issuer. */

/** A request to an issuer. */
interface IssuerRequest {
  /** PEM, PKCS #10. The same bytes at every attempt, until there is a certificate. */
  readonly request: Uint8Array;
  /** The absolute path of that request. */
  readonly requestPath: string;
  /** Environment variables about the pair, for commands. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long to wait for one of certswap's locks, in milliseconds. */
  readonly lockTimeout: number;
}

/** The answer of an issuer that did not fail. */
export type IssuerAnswer =
  | {
    readonly kind: "issued";
    /** PEM, the leaf first. Not checked yet. */
    readonly chain: Uint8Array;
    readonly warnings: IssuerWarnings;
  }
  | {
    /** The request was received but not decided yet (HTTP 202 in RFC 7030 4.2.3). */
    readonly kind: "pending";
    /** Milliseconds after which to ask again. */
    readonly retryAfter: number;
    readonly warnings: IssuerWarnings;
  };

/** Warnings of an issuer for the operator: errors that did not stop it. */
type IssuerWarnings = readonly unknown[];

/** An issuer of certificates. */
export interface Issuer {
  /**
   * Asks for a certificate, or after one that was asked for before.
   *
   * @throws CertswapError if no certificate is available now.
   */
  ask(request: IssuerRequest): Promise<IssuerAnswer>;
}
