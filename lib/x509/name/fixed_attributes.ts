/** Gives a distinguished name attributes that it must have. */
import {
  attributeOid,
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
  return nameOf([...fixed.relativeNames, ...without(types, name)]);
}

/**
 * The name of something that belongs to `owner`: its attributes with this common name instead of its own.
 *
 * @param commonName a name with one CN.
 */
export function withCommonName(owner: Name, commonName: Name): Name {
  const types = new Set([attributeOid.CN]);
  // The common name is the most specific part, and therefore the last one in the encoding.
  return nameOf([...without(types, owner), ...commonName.relativeNames]);
}

function without(
  types: ReadonlySet<string>,
  { relativeNames }: Name,
): readonly (readonly NameAttribute[])[] {
  return relativeNames
    .map((attributes) => attributes.filter(({ type }) => !types.has(type)))
    .filter(({ length }) => length > 0);
}

function nameOf(relativeNames: readonly (readonly NameAttribute[])[]): Name {
  const encoded = relativeNames.map((attributes) => setOf(...attributes.map(encodeAttribute)));
  return readName(new DerReader(sequenceOf(encoded)));
}

function encodeAttribute({ type, der }: NameAttribute): Bytes {
  return sequence(objectIdentifier(type), der);
}
