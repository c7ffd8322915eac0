/** Converts ECDSA signatures between the form of WebCrypto (r and s concatenated) and that of X.509. */
import { type Curve, fieldBytes } from "./public_key.ts";
import {
  type Bytes,
  ifDer,
  integer,
  readUnsigned,
  readWhole,
  sequence,
  tag,
  withoutSignByte,
} from "../encoding/mod.ts";

/** Encodes a signature from WebCrypto as DER Ecdsa-Sig-Value (RFC 3279 2.2.3). */
export function encodeEcdsaSignature(raw: Uint8Array): Bytes {
  const half = raw.length / 2;
  const number = (bytes: Uint8Array): Bytes => integer(BigInt(`0x${bytes.toHex()}`));
  return sequence(number(raw.subarray(0, half)), number(raw.subarray(half)));
}

/** Decodes Ecdsa-Sig-Value for WebCrypto: r and s, each as long as the field; `undefined` if malformed. */
export function rawEcdsaSignature(der: Bytes, curve: Curve): Bytes | undefined {
  const size = fieldBytes[curve];
  const numbers = ifDer(() =>
    readWhole(der, tag.sequence, (parts) => [readUnsigned(parts), readUnsigned(parts)])
  );
  if (numbers === undefined) return undefined;
  const raw = new Uint8Array(2 * size);
  for (const [index, number] of numbers.entries()) {
    const bytes = withoutSignByte(number);
    if (bytes.length > size) return undefined;
    raw.set(bytes, (index + 1) * size - bytes.length);
  }
  return raw;
}
