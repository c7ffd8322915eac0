/** What a server wants in a request: the meaning of a CSR Attributes Response (RFC 7030 4.5.2, RFC 9908). */
import type { Bytes, KeyAlgorithm } from "../../x509/mod.ts";

/** A key that a server wants. Without a curve or a length, any. */
export type WantedKey =
  | { readonly kind: "ec"; readonly curve?: (KeyAlgorithm & { readonly kind: "ec" })["curve"] }
  | { readonly kind: "rsa"; readonly bits?: number }
  | { readonly kind: "ed25519" }
  | {
    readonly kind: "other";
    /** In dots: the algorithm, or an unknown curve. */
    readonly oid: string;
  };

/** An attribute of the subject. */
export interface SubjectAttributeTemplate {
  /** In dots. */
  readonly type: string;
  /** DER; `undefined`: the client fills it in. */
  readonly value: Bytes | undefined;
}

/** An extension of the request. */
export interface ExtensionTemplate {
  /** In dots. */
  readonly oid: string;
  readonly critical: boolean;
  /** The content of extnValue; `undefined`: the client fills it in. */
  readonly value: Bytes | undefined;
}

/** What a server wants in a request. */
export interface RequestTemplate {
  /** The relative names of the subject, most significant first; `undefined`: as the client likes. */
  readonly subject: readonly (readonly SubjectAttributeTemplate[])[] | undefined;
  /** Any of these keys; empty: as the client likes. */
  readonly keys: readonly WantedKey[];
  readonly extensions: readonly ExtensionTemplate[];
  /** Whether it wants the proof of possession linked to the TLS connection (RFC 7030 3.5). */
  readonly challengePassword: boolean;
  /** OBJECT IDENTIFIERs, in dots, that mean nothing to certswap. RFC 7030 4.5.2 lets a client ignore them. */
  readonly ignored: readonly string[];
}

/** A server that wants nothing in particular: the answer 204 or 404 (RFC 7030 4.5.2). */
export const anyRequest: RequestTemplate = {
  subject: undefined,
  keys: [],
  extensions: [],
  challengePassword: false,
  ignored: [],
};

/** OBJECT IDENTIFIERs of RFC 9908 (appendix A), and those of keys and attributes that it uses. */
export const templateOid = {
  /** id-aa-certificationRequestInfoTemplate */
  requestInfo: "1.2.840.113549.1.9.16.2.61",
  /** id-aa-extensionReqTemplate */
  extensions: "1.2.840.113549.1.9.16.2.62",
} as const;
