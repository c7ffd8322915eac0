/** NameConstraints, checked with a leaf that has one name of each kind, and with one that has all of them. */
import assert from "node:assert/strict";
import { extensionOid } from "../../lib/x509/encoding/oids.ts";
import { type Certificate, readCertificate } from "../../lib/x509/read/certificate.ts";
import { NameConstraintError } from "../../lib/x509/verify/chain_errors.ts";
import { checkNameConstraints } from "../../lib/x509/verify/name_constraints.ts";
import { rawCertificate, rawExtension } from "../x509/raw_certificate.ts";
import {
  encodeAlternatives,
  encodeConstraints,
  encodeSubject,
  nameConstraintCases,
} from "../x509/verify/name_constraint_cases.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Every NameConstraints of the known cases, each once. */
export const nameConstraintSamples: readonly Bytes[] = [
  ...new Map(
    nameConstraintCases.map((row) => {
      const der = encodeConstraints(row);
      return [der.toHex(), new Uint8Array(der)];
    }),
  ).values(),
];

const eachName = [
  "DNS:a.example.com",
  "DNS:*.example.com",
  "IP:10.1.2.3",
  "IP:2001:db8::1",
  "email:a@example.com",
  "URI:https://a.example.com/",
  "dirName:O=a,CN=b",
  "otherName",
];

function leafFor(names: string): Certificate {
  const row = { names, expected: "accepted" } as const;
  const fields = { subject: encodeSubject(row), extensions: encodeAlternatives(row) };
  return readCertificate(rawCertificate(fields));
}

const nameless = leafFor("");
const withOneName = eachName.map(leafFor);
const withAllNames = leafFor(eachName.join(" "));

/**
 * Whether these bytes are NameConstraints. A leaf with several names must be refused exactly if one of them
 * is refused: no name makes up for another, and none is overlooked.
 *
 * @throws BadNameConstraintsError if they are not.
 */
export function acceptsNameConstraints(input: Uint8Array): boolean {
  const authority = readCertificate(rawCertificate({
    extensions: [rawExtension(extensionOid.nameConstraints, input, { critical: true })],
  }));
  checkNameConstraints([nameless, authority], { comparisons: 0 });
  const isAnyRefused = withOneName.map((leaf) => isRefused(leaf, authority)).includes(true);
  assert.equal(isRefused(withAllNames, authority), isAnyRefused);
  return true;
}

function isRefused(leaf: Certificate, authority: Certificate): boolean {
  try {
    checkNameConstraints([leaf, authority], { comparisons: 0 });
    return false;
  } catch (error) {
    assert.ok(error instanceof NameConstraintError, String(error));
    return true;
  }
}
