/** The string types of DER, read. */
import { type DerValue, tag } from "./der_reader.ts";
import { BadDerError } from "../errors.ts";

/**
 * The text of a DER string of any of the types that names are made of (RFC 5280 4.1.2.4), or
 * `undefined` where `value` is no string.
 *
 * @throws BadDerError where the bytes are none of the type's.
 */
export function textOf(value: DerValue): string | undefined {
  switch (value.identifier) {
    case tag.utf8String:
      return decode(value, "utf-8");
    case tag.bmpString:
      return decode(value, "utf-16be");
    case tag.printableString:
      return matching(value, printable);
    case tag.numericString:
      return matching(value, /^[0-9 ]*$/);
    case tag.visibleString:
      return matching(value, /^[\x20-\x7e]*$/);
    case tag.ia5String:
      return ia5TextOf(value);
    case tag.teletexString:
      // Its own character sets are forgotten; everybody reads it as ISO 8859-1.
      return fromBytes(value);
    case tag.universalString:
      return fromUtf32(value);
    default:
      return undefined;
  }
}

/** The text of an IA5String: ASCII, control characters included; `value` may be one under an IMPLICIT tag. */
export function ia5TextOf(value: DerValue): string {
  // deno-lint-ignore no-control-regex
  return matching(value, /^[\x00-\x7f]*$/);
}

/** X.680 41.4, and `*` and `&`, which authorities put there nevertheless (Go takes the same). */
const printable = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/;

function matching(value: DerValue, form: RegExp): string {
  const text = fromBytes(value);
  if (!form.test(text)) throw notOfItsType(value);
  return text;
}

function decode(value: DerValue, encoding: "utf-8" | "utf-16be"): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(value.content);
  } catch {
    throw notOfItsType(value);
  }
}

function fromBytes(value: DerValue): string {
  let text = "";
  for (const byte of value.content) text += String.fromCharCode(byte);
  return text;
}

function fromUtf32(value: DerValue): string {
  const { content } = value;
  if (content.length % 4 !== 0) throw notOfItsType(value);
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  let text = "";
  for (let index = 0; index < content.length; index += 4) {
    const point = view.getUint32(index);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw notOfItsType(value);
    text += String.fromCodePoint(point);
  }
  return text;
}

function notOfItsType(value: DerValue): BadDerError {
  return new BadDerError(value.offset, "string-bytes");
}
