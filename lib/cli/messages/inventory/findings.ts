/** Texts for findings of `ca check` about details, and about certificates that were seen elsewhere. */
import type { Finding } from "../../../ca/store/mod.ts";
import { someOf } from "../../text.ts";

/** A finding about details, or about certificates that were seen elsewhere. */
export type InventoryFinding = Extract<Finding, { readonly code: keyof typeof texts }>;

const texts = {
  "wrong-details": ({ serial, fields }) =>
    `details.jsonl and certificate ${serial} differ in ${
      fields.map((field) => fieldTexts[field]).join(", ")
    }`,
  "unknown-certificate": ({ serial, name }) =>
    `certificate ${serial} (${name}) is signed by this CA, but unknown to it: it cannot be revoked`,
  "serial-used-twice": ({ serial, name }) =>
    `serial number ${serial} was used twice: ${name} is signed by this CA, but differs from ` +
    `certs/${serial}.pem`,
  "unknown-serials": ({ first, last }) =>
    first === last
      ? `serial number ${first} was used, but the CA has no certificate with it: it cannot be revoked`
      : `serial numbers ${first} to ${last} were used, but the CA has no certificates with them: they ` +
        "cannot be revoked",
  "lost-certificates": ({ serials }) =>
    `this CA was imported without these certificates, which it has issued: ${someOf(serials)}. ` +
    "They can be revoked. If you find one, put it into certs/ as SERIAL.pem and run " +
    "'certswap ca check --repair'",
  "missing-details": ({ serials }) =>
    `issued by an older version: ${
      someOf(serials)
    }. Their names and keys are not in details.jsonl yet ` +
    "('certswap ca check --repair' adds them)",
  "unknown-details": ({ serials }) =>
    `details.jsonl has lines for certificates that do not exist: ${someOf(serials)}`,
  "not-compared": ({ name }) => `${name} is not signed by this CA, and was not compared`,
  "random-serials": () =>
    "serial numbers are random, so the highest one proves nothing: compare certificates with --since",
} satisfies { readonly [Code in Finding["code"]]?: (finding: FindingOf<Code>) => string };

type FindingOf<Code extends Finding["code"]> = Extract<Finding, { readonly code: Code }>;

/** Describes a finding in one sentence without a full stop. Not escaped. */
export function describeInventoryFinding(finding: InventoryFinding): string {
  // The text of a code fits the finding with that code, which the type system cannot express.
  const text = texts[finding.code] as (finding: InventoryFinding) => string;
  return text(finding);
}

/** Field names in `details.jsonl`. */
const fieldTexts: Readonly<
  Record<Extract<Finding, { code: "wrong-details" }>["fields"][number], string>
> = {
  profile: "profile",
  names: "names",
  requestedBy: "requested_by",
  key: "key",
  supersededBy: "superseded_by",
  importedFrom: "imported_from",
  isLost: "lost",
  shard: "shard",
};
