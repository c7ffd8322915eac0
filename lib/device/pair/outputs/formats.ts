/** The formats of a copy of a pair: the one registry of them. */
import type { Profile } from "../../../protocol/pkcs12/mod.ts";
import { writePemBlocks } from "../../../x509/mod.ts";
import type { Piece } from "./contents.ts";
import { DerHoldsOneError } from "./errors.ts";

/** What a copy is written as. */
export type OutputFormat =
  | { readonly kind: "pem" }
  | { readonly kind: "der" }
  | {
    readonly kind: "pkcs12";
    /** As it is in its file. Secret. */
    readonly password: Uint8Array<ArrayBuffer>;
    readonly profile: Profile;
    readonly friendlyName: string | undefined;
  };

/** Writes pieces of a pair. Secret, if a key is among them. @throws DerHoldsOneError */
export async function writeOutput(
  pieces: readonly Piece[],
  format: OutputFormat,
): Promise<Uint8Array> {
  switch (format.kind) {
    case "pem":
      return writePemBlocks(pieces.map(({ kind, der }) => ({
        label: kind === "key" ? "PRIVATE KEY" : "CERTIFICATE",
        der,
      })));
    case "der":
      return onlyOne(pieces).der;
    case "pkcs12": {
      const { writePkcs12 } = await import("../../pkcs12/mod.ts");
      const all = (wanted: Piece["kind"]): Uint8Array<ArrayBuffer>[] =>
        pieces.flatMap(({ kind, der }) => kind === wanted ? [der] : []);
      return await writePkcs12({
        key: all("key")[0],
        leaf: all("leaf")[0],
        intermediates: all("intermediate"),
        trust: all("trust"),
      }, format);
    }
  }
}

function onlyOne(pieces: readonly Piece[]): Piece {
  const [piece, ...others] = pieces;
  if (piece !== undefined && others.length === 0) return piece;
  throw new DerHoldsOneError(pieces.length);
}
