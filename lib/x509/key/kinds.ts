/** The kinds of keys that certswap generates and signs with, one row each. */
// Commands list the kinds at start-up, so this file imports only types.
import type { KeyAlgorithm } from "./public_key.ts";
import type { PlainScheme } from "./signature_scheme.ts";

/** What certswap uses keys of a kind for. */
export type KeyUse =
  /** It generates them for devices. */
  | "device"
  /** It generates them for requests, and a CA signs requests for them. */
  | "leaf"
  /** A CA signs with them. Too few peers verify Ed25519 in certificates. */
  | "ca";

interface KeyKindRow {
  /** The name shown to people. */
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** How such keys sign. */
  readonly scheme: PlainScheme;
  readonly uses: readonly KeyUse[];
}

/** A hash is at least as strong as the curve that it is used with (RFC 5480 4). */
const ecdsaSha256 = { kind: "ecdsa", hash: "SHA-256" } as const;
const ecdsaSha384 = { kind: "ecdsa", hash: "SHA-384" } as const;
const ecdsaSha512 = { kind: "ecdsa", hash: "SHA-512" } as const;
const rsaSha256 = { kind: "rsa-pkcs1", hash: "SHA-256" } as const;

/** The kinds of keys, by the names that people type. */
export const keyKinds = {
  "ecdsa-p256": {
    name: "ECDSA P-256",
    algorithm: { kind: "ec", curve: "P-256" },
    scheme: ecdsaSha256,
    uses: ["device", "leaf", "ca"],
  },
  "ecdsa-p384": {
    name: "ECDSA P-384",
    algorithm: { kind: "ec", curve: "P-384" },
    scheme: ecdsaSha384,
    uses: ["device", "leaf", "ca"],
  },
  // An existing P-521 key can be used, but none is generated: few clients support the curve.
  "ecdsa-p521": {
    name: "ECDSA P-521",
    algorithm: { kind: "ec", curve: "P-521" },
    scheme: ecdsaSha512,
    uses: [],
  },
  "rsa-2048": {
    name: "RSA 2048",
    algorithm: { kind: "rsa", bits: 2048 },
    scheme: rsaSha256,
    uses: ["device", "leaf", "ca"],
  },
  "rsa-3072": {
    name: "RSA 3072",
    algorithm: { kind: "rsa", bits: 3072 },
    scheme: rsaSha256,
    uses: ["device", "leaf", "ca"],
  },
  "rsa-4096": {
    name: "RSA 4096",
    algorithm: { kind: "rsa", bits: 4096 },
    scheme: rsaSha256,
    uses: ["device", "leaf", "ca"],
  },
  "ed25519": {
    name: "Ed25519",
    algorithm: { kind: "ed25519" },
    scheme: { kind: "ed25519" },
    uses: ["device", "leaf"],
  },
} as const satisfies Readonly<Record<string, KeyKindRow>>;

/** A kind of key. */
export type KeyKind = keyof typeof keyKinds;

/** A kind of key that certswap supports for this use. */
export type KeyKindFor<Use extends KeyUse> = {
  [Kind in KeyKind]: Use extends (typeof keyKinds)[Kind]["uses"][number] ? Kind : never;
}[KeyKind];

/** The kinds that certswap supports for this use, in the order of the table. */
export function kindsFor<Use extends KeyUse>(use: Use): readonly KeyKindFor<Use>[] {
  return Object.keys(keyKinds).filter((word): word is KeyKindFor<Use> => isKindFor(use, word));
}

/** Whether `word` is a kind of key that certswap supports for this use. */
export function isKindFor<Use extends KeyUse>(use: Use, word: string): word is KeyKindFor<Use> {
  if (!Object.hasOwn(keyKinds, word)) return false;
  const { uses }: KeyKindRow = keyKinds[word as KeyKind];
  return uses.includes(use);
}

/** The kind of a key with this algorithm; `undefined` if it is not in the table. */
export function kindOf(algorithm: KeyAlgorithm): KeyKind | undefined {
  return kinds.find((kind) => algorithmsEqual(keyKinds[kind].algorithm, algorithm));
}

/**
 * The signature scheme for keys of this algorithm. RSA keys of other lengths use the scheme of the RSA kinds.
 *
 * @returns `undefined` for RSASSA-PSS, which few issuers accept, and for unknown algorithms.
 */
export function schemeFor(algorithm: KeyAlgorithm): PlainScheme | undefined {
  const kind = kindOf(algorithm) ??
    kinds.find((kind) => algorithm.kind === "rsa" && keyKinds[kind].algorithm.kind === "rsa");
  return kind && keyKinds[kind].scheme;
}

const kinds = Object.keys(keyKinds) as readonly KeyKind[];

/**
 * The lengths of RSA moduli that are accepted, in bits. Shorter ones are too weak (NIST SP 800-131A);
 * longer ones cannot be verified by WebCrypto in Deno.
 */
export const rsaLimits = { minimum: 2048, maximum: 4096 } as const;

/** Whether certswap supports such keys for this use: the kinds in the table, and RSA of any length. */
export function isKeyFor(use: KeyUse, algorithm: KeyAlgorithm): boolean {
  if (algorithm.kind === "rsa") {
    return algorithm.bits >= rsaLimits.minimum && algorithm.bits <= rsaLimits.maximum;
  }
  const kind = kindOf(algorithm);
  return kind !== undefined && isKindFor(use, kind);
}

/**
 * The keyUsage of a leaf certificate for a key with this algorithm (RFC 3279 2.3.1, RFC 5480 3, RFC 8410 5).
 * With RSA keys, TLS 1.2 also has suites that encrypt a secret for the key (RFC 5246 7.4.2).
 */
export function usualKeyUsage({ kind }: KeyAlgorithm): readonly LeafKeyUsage[] {
  return kind === "rsa" ? ["digitalSignature", "keyEncipherment"] : ["digitalSignature"];
}

type LeafKeyUsage = "digitalSignature" | "keyEncipherment";

/** Whether two keys have the same algorithm, and the same curve or length. */
export function algorithmsEqual(a: KeyAlgorithm, b: KeyAlgorithm): boolean {
  if (a.kind === "ec") return b.kind === "ec" && a.curve === b.curve;
  if (a.kind === "rsa" || a.kind === "rsa-pss") return b.kind === a.kind && a.bits === b.bits;
  return a.kind === b.kind;
}
