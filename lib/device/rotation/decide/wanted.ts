/** The names that a pair should have: the configured ones, or else those of the active certificate. */
import {
  compareIdentities,
  encodeDistinguishedName,
  encodeEachAlternativeName,
  extensionOid,
  type Identity,
  readIdentity,
  type RequestFields,
} from "../../../x509/mod.ts";
import type { IdentityConfiguration } from "../../configuration/mod.ts";
import { type ActivePair, readableLeaf, type SoundPair } from "../../pair/mod.ts";

/** The subject and names in the form of a request; `undefined`: unknown. */
export function wantedFields(
  { subject, names }: IdentityConfiguration,
  active: ActivePair,
): RequestFields | undefined {
  const current = readableLeaf(active);
  if (current === undefined && subject === undefined && names === undefined) return undefined;
  return {
    subject: subject === undefined && current
      ? current.subject.der
      : encodeDistinguishedName(subject ?? ""),
    alternativeNames: names === undefined
      ? current?.extensions.find(({ oid }) => oid === extensionOid.subjectAltName)?.value
      : names.length === 0
      ? undefined
      : encodeEachAlternativeName(names),
  };
}

/** The subject and names in the form that certificates are compared with; `undefined`: unknown. */
export function wantedIdentity(
  identity: IdentityConfiguration,
  active: ActivePair,
): Identity | undefined {
  const fields = wantedFields(identity, active);
  return fields && readIdentity(fields);
}

/** Whether the active certificate has the configured subject and all configured names. It may have more. */
export function isForWanted(
  identity: IdentityConfiguration,
  active: SoundPair,
): boolean {
  const wanted = wantedIdentity(identity, active);
  return wanted === undefined ||
    compareIdentities(wanted, active.loaded.leaf).verdict !== "different";
}
