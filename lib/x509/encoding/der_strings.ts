/** Reads the string types of DER. */
import { type DerValue, tag } from "./der_reader.ts";
import { BadDerError } from "../errors.ts";

/**
 * The text of a DER string of any type used in names (RFC 5280 4.1.2.4); `undefined` if `value` is not a
 * string.
 *
 * @throws BadDerError if the type does not allow the bytes.
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
      // Its own character sets are obsolete; in practice it is read as ISO 8859-1.
      return fromBytes(value);
    case tag.universalString:
      return fromUtf32(value);
    default:
      return undefined;
  }
}

/** The text of an IA5String (ASCII with control characters). It may have an IMPLICIT tag. */
export function ia5TextOf(value: DerValue): string {
  if (!isAscii(value)) throw notOfItsType(value);
  return fromBytes(value);
}

/** X.680 41.4, plus `*` and `&`, which some CAs use nevertheless (Go accepts the same). */
const printable = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/;

function matching(value: DerValue, form: RegExp): string {
  const text = fromBytes(value);
  if (!form.test(text)) throw notOfItsType(value);
  return text;
}

function isAscii({ content }: DerValue): boolean {
  return content.every((byte) => byte < 0x80);
}

/** The longest text that is decoded here rather than by a decoder, which takes longer to make. */
const shortText = 64;

function decode(value: DerValue, encoding: "utf-8" | "utf-16be"): string {
  const isShort = encoding === "utf-8" && value.content.length <= shortText;
  if (isShort && isAscii(value)) return fromBytes(value);
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
