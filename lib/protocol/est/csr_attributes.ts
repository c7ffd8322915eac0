/** Reads the attributes that a server wants in requests, as they are encoded (RFC 7030 4.5.2). */
import {
  type Bytes,
  type DerReader,
  objectIdentifierOf,
  readInside,
  readObjectIdentifier,
  readWhole,
  tag,
} from "../../x509/mod.ts";
import { BadCsrAttributesError } from "./errors.ts";

/** AttrOrOID: an OBJECT IDENTIFIER, or an attribute with values. */
export interface CsrAttribute {
  /** In dots. */
  readonly type: string;
  /** DER of each value; `undefined`: only the OBJECT IDENTIFIER. */
  readonly values: readonly Bytes[] | undefined;
}

/** The most attributes, and the most values of one. */
const countLimit = 256;

/**
 * Reads CsrAttrs.
 *
 * @throws BadCsrAttributesError, BadDerError, TruncatedDerError
 */
export function decodeCsrAttributes(der: Bytes): readonly CsrAttribute[] {
  return readWhole(der, tag.sequence, (members) => {
    const found: CsrAttribute[] = [];
    while (!members.isAtEnd()) {
      if (found.length === countLimit) throw new BadCsrAttributesError("too-many");
      const identifier = members.optional(tag.objectIdentifier);
      found.push(
        identifier === undefined
          ? readAttribute(members)
          : { type: objectIdentifierOf(identifier), values: undefined },
      );
    }
    return found;
  });
}

/** Attribute (RFC 5280 appendix A.1): a type and a SET OF values. */
export function readAttribute(
  members: DerReader,
): CsrAttribute & { readonly values: readonly Bytes[] } {
  return members.inside(tag.sequence, (parts) => {
    const type = readObjectIdentifier(parts);
    const values = readInside(parts.next(tag.set), (set) => {
      const found: Bytes[] = [];
      while (!set.isAtEnd()) {
        if (found.length === countLimit) throw new BadCsrAttributesError("too-many");
        found.push(set.next().der);
      }
      return found;
    });
    return { type, values };
  });
}
