/** The interface of every issuer. */
import type { RequestTemplate } from "../../protocol/est/mod.ts";
import type { CertswapError } from "../../system/mod.ts";
import type { PublicKey } from "../../x509/mod.ts";
import type { LoadedPair } from "../pair/mod.ts";
import type { EstRefusedError, SecretMark } from "./est/mod.ts";

/** What an issuer may use to prove who asks. */
export interface Asker {
  /** The active pair, if its key matches. It may have expired. */
  readonly current: LoadedPair | undefined;
  /** The secret that an earlier enrolment has used. */
  readonly usedSecret: SecretMark | undefined;
  /** The refusal of the active pair, earlier in this run: only what replaces the pair is left to try. */
  readonly refused: EstRefusedError | undefined;
}

/** A request to an issuer. */
interface IssuerRequest {
  /** PEM, PKCS #10. The same bytes at every attempt, until there is a certificate. */
  readonly request: Uint8Array;
  /** The absolute path of that request. */
  readonly requestPath: string;
  /** Its key. */
  readonly publicKey: PublicKey;
  /** Whether it asks for the subject and the alternative names of the active certificate. */
  readonly keepsIdentity: boolean;
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

/** What is known before a request is made. */
export interface Preparation {
  /** What the issuer wants in requests. */
  readonly template: RequestTemplate;
  /** The error for a request that cannot be as the issuer wants it. */
  readonly refuse: (wish: RequestWish) => CertswapError;
  /** The secret that will be sent, unless something better is accepted. */
  readonly secret: SecretMark | undefined;
}

/** What an issuer wants in a request, and the configuration contradicts. */
export type RequestWish =
  | {
    readonly kind: "key";
    /** `RSA 3072`, or an OBJECT IDENTIFIER. */
    readonly wanted: readonly string[];
    /** The configured kind, as `key_algorithm` has it. */
    readonly configured: string;
    /** What to configure; `undefined` if certswap does not have that kind. */
    readonly possible: string | undefined;
  }
  | {
    readonly kind: "names";
    /** As `names` has them. Untrusted text, escaped. */
    readonly wanted: readonly string[];
  };

/** An issuer of certificates. */
export interface Issuer {
  /**
   * Finds out what the issuer wants in requests, and how to prove who asks. Left out if it wants neither.
   *
   * @throws CertswapError
   */
  prepare?(asker: Asker): Promise<Preparation>;
  /**
   * Asks for a certificate, or after one that was asked for before.
   *
   * @throws CertswapError if no certificate is available now.
   */
  ask(request: IssuerRequest): Promise<IssuerAnswer>;
  /** Ends its connections. */
  close?(): void;
}
