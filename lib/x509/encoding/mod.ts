/** DER, PEM and OBJECT IDENTIFIERs: reading and writing bytes. */
export { toDer } from "./ber.ts";
export { bytesEqual } from "./bytes.ts";
export { checkNested } from "./der_nested.ts";
export {
  constructedContextTag,
  contextTag,
  DerReader,
  type DerValue,
  ifDer,
  readInside,
  readWhole,
  tag,
} from "./der_reader.ts";
export { ia5TextOf, textOf } from "./der_strings.ts";
export {
  bitLength,
  bitStringOf,
  bytesOfBitString,
  checkInteger,
  objectIdentifierLimit,
  objectIdentifierOf,
  readBitString,
  readBitStringBytes,
  readBoolean,
  readGeneralizedTime,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  readTime,
  readUnsigned,
  unsignedOf,
  withoutSignByte,
} from "./der_values.ts";
export * from "./der_writer.ts";
export * from "./oids.ts";
export * from "./pem.ts";
