/** Gives a distinguished name attributes that it must have. */
import {
  type Bytes,
  DerReader,
  objectIdentifier,
  sequence,
  sequenceOf,
  setOf,
} from "../encoding/mod.ts";
import { type Name, type NameAttribute, readName } from "./name.ts";

/**
 * A name with the attributes of `fixed`. They replace all attributes of the same types, and come first in the
 * encoding: they are the less specific ones, and in text they come last.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { DerReader, encodeDistinguishedName } from "../mod.ts";
 * import { formatName, readName, withFixedAttributes } from "./mod.ts";
 *
 * const name = (text: string) => readName(new DerReader(encodeDistinguishedName(text)));
 * const merged = withFixedAttributes(name("CN=meter-17,O=Evil"), name("O=Fleet,C=DE"));
 * assert.equal(formatName(merged), "CN=meter-17,O=Fleet,C=DE");
 * ```
 */
export function withFixedAttributes(name: Name, fixed: Name): Name {
  const types = new Set(fixed.relativeNames.flat().map(({ type }) => type));
  const own = name.relativeNames
    .map((attributes) => attributes.filter(({ type }) => !types.has(type)))
    .filter(({ length }) => length > 0);
  const encoded = [...fixed.relativeNames, ...own].map((attributes) =>
    setOf(...attributes.map(encodeAttribute))
  );
  return readName(new DerReader(sequenceOf(encoded)));
}

function encodeAttribute({ type, der }: NameAttribute): Bytes {
  return sequence(objectIdentifier(type), der);
}
