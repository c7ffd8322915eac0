/** Checks DER values of unknown types. */
import { constructedBit, type DerReader, type DerValue, readInside, tag } from "./der_reader.ts";
import { textOf } from "./der_strings.ts";
import {
  bitStringOf,
  booleanOf,
  checkInteger,
  checkNull,
  objectIdentifierOf,
  timeOf,
} from "./der_values.ts";
import { BadDerError } from "../errors.ts";

/** How deep values of unknown types may be nested. */
const depthLimit = 16;

/**
 * Checks that a value of unknown type is valid DER at every level.
 *
 * @throws TruncatedDerError, BadDerError
 */
export function checkNested(value: DerValue): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === depthLimit) throw new BadDerError(value.offset, "nested-too-deep");
    level = level.flatMap((member) => {
      if ((member.identifier & constructedBit) !== 0) return readInside(member, readAll);
      checkPrimitive(member);
      return [];
    });
  }
}

function readAll(reader: DerReader): DerValue[] {
  const values: DerValue[] = [];
  while (!reader.isAtEnd()) values.push(reader.next());
  return values;
}

function checkPrimitive(value: DerValue): void {
  switch (value.identifier) {
    case tag.boolean:
      booleanOf(value);
      break;
    case tag.integer:
    case tag.enumerated:
      checkInteger(value);
      break;
    case tag.bitString:
      bitStringOf(value);
      break;
    case tag.null:
      checkNull(value);
      break;
    case tag.objectIdentifier:
      objectIdentifierOf(value);
      break;
    case tag.utcTime:
    case tag.generalizedTime:
      timeOf(value);
      break;
    default:
      textOf(value);
  }
}
