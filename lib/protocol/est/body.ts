/** The bodies of EST: base64 of DER (RFC 8951 3). */
import {
  BadPemError,
  type Bytes,
  certificateFileLimit,
  NotPemError,
  type PemBlock,
  readPem,
  tag,
} from "../../x509/mod.ts";
import { BadEstBodyError, type EstBodyProblem } from "./errors.ts";

/** The size limit of a body, in bytes. */
export const estBodyLimit = certificateFileLimit;

/** What a body holds, by the labels that PEM has for it (RFC 7468 7 to 9). */
export const bodyLabels = {
  request: ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"],
  certificates: ["PKCS7", "CMS"],
  attributes: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * Reads the base64 of a body. What a Content-Transfer-Encoding field says does not matter (RFC 8951 3). The
 * base64 may hold any white space, and may be in one PEM block.
 *
 * @param holds the kind of content, which decides the labels of PEM.
 * @param limit the most bytes of the body: checked first.
 * @returns DER or BER, not read yet.
 * @throws BadEstBodyError
 */
export function decodeBody(
  body: Uint8Array,
  holds: keyof typeof bodyLabels,
  limit = estBodyLimit,
): Bytes {
  if (body.length > limit) throw new BadEstBodyError("too-large");
  const text = new TextDecoder("latin1").decode(body);
  if (text.includes("-----BEGIN ")) return decodePem(body, bodyLabels[holds], limit);
  try {
    const der = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
    if (der.length > 0) return der;
  } catch {
    throw new BadEstBodyError(kindOf(body, text));
  }
  throw new BadEstBodyError("empty");
}

/** Base64 in lines of 64 characters: OpenSSL's reader, which libest uses, needs lines. */
export function encodeBody(der: Uint8Array): Bytes {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}

function decodePem(body: Uint8Array, labels: readonly string[], limit: number): Bytes {
  const [block, ...others] = pemBlocks(body, limit);
  if (others.length > 0 || !labels.includes(block.label)) throw new BadEstBodyError("other-pem");
  return block.der;
}

function pemBlocks(body: Uint8Array, limit: number): readonly [PemBlock, ...PemBlock[]] {
  try {
    return readPem(body, { limit, maxBlocks: 2 });
  } catch (error) {
    if (error instanceof BadPemError || error instanceof NotPemError) {
      throw new BadEstBodyError("not-base64");
    }
    throw new BadEstBodyError("other-pem");
  }
}

/** What a body is that is not base64. */
function kindOf(body: Uint8Array, text: string): EstBodyProblem {
  // The length of a SEQUENCE that is worth sending has its first bit set, which no text has here.
  if (body[0] === tag.sequence && (body[1] ?? 0) >= 0x80) return "binary";
  return /^\s{0,64}</.test(text.slice(0, 80)) ? "markup" : "not-base64";
}
