/** What every issuer can be asked, and how it answers. */

/** What an issuer is asked for. */
interface IssuerRequest {
  /** PEM, PKCS #10. The same bytes each time, until a certificate has come of them. */
  readonly request: Uint8Array;
  /** Where that request lies, absolute. */
  readonly requestPath: string;
  /** What a command is told about the pair. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long to wait for a lock of certswap's own, in milliseconds. */
  readonly lockTimeout: number;
}

/** What an issuer answers when it has not failed. */
export type IssuerAnswer =
  | {
    readonly kind: "issued";
    /** PEM, the leaf first. Not looked at yet. */
    readonly chain: Uint8Array;
    /** What the issuer has noticed, and a person should know: errors that did not stop it. */
    readonly warnings: readonly unknown[];
  }
  | {
    /** The request was received, and is not decided yet (RFC 7030 4.2.3 has an HTTP 202 for it). */
    readonly kind: "pending";
    /** Milliseconds after which to ask again. */
    readonly retryAfter: number;
  };

/** Where a signed certificate comes from. */
export interface Issuer {
  /**
   * Asks for a certificate, or after one that was asked for before.
   *
   * @throws CertswapError where there is none to be had now.
   */
  ask(request: IssuerRequest): Promise<IssuerAnswer>;
}
