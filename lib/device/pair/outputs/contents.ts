/** What a copy of a pair contains. */
import type { Certificate } from "../../../x509/mod.ts";
import type { LoadedPair } from "../read_pair.ts";

/** A part of a pair. `chain` is the certificate with its intermediates. */
export type Part = "key" | "certificate" | "intermediates" | "chain" | "trust";

/** A key or a certificate, in the order in which it is written. */
export type Piece =
  | { readonly kind: "key"; readonly der: Uint8Array<ArrayBuffer> }
  | {
    readonly kind: "leaf" | "intermediate" | "trust";
    readonly der: Uint8Array<ArrayBuffer>;
  };

/** Takes these parts from a pair, in their order. */
export function piecesOf(
  parts: readonly Part[],
  { key, leaf, chain }: Pick<LoadedPair, "key" | "leaf" | "chain">,
  anchors: readonly Certificate[],
): readonly Piece[] {
  const leafPiece: Piece = { kind: "leaf", der: leaf.der };
  const intermediates = chain.map(({ der }): Piece => ({ kind: "intermediate", der }));
  const pieces: Readonly<Record<Part, readonly Piece[]>> = {
    key: [{ kind: "key", der: key.pkcs8 }],
    certificate: [leafPiece],
    intermediates,
    chain: [leafPiece, ...intermediates],
    trust: anchors.map(({ der }): Piece => ({ kind: "trust", der })),
  };
  return parts.flatMap((part) => pieces[part]);
}
