/** Whom a pair is to be for: what is configured, and where nothing is, what the active certificate says. */
import { encodeEachAlternativeName } from "../../../x509/name/alternative_names.ts";
import type { RequestFields } from "../../../x509/write/request.ts";
import { encodeDistinguishedName } from "../../../x509/name/distinguished_name.ts";
import {
  type Certificate,
  certificateFileLimit,
  compareIdentities,
  type Identity,
  readCertificateFile,
  readIdentity,
} from "../../../x509/mod.ts";
import { extensionOid } from "../../../x509/encoding/oids.ts";
import type { ActivePair } from "../../pair/active_pair.ts";
import type { PairConfiguration } from "../../configuration/configuration.ts";

/** As a request says it; `undefined`: nobody knows. */
export function wantedFields(
  { identity: { subject, names } }: PairConfiguration,
  active: ActivePair,
): RequestFields | undefined {
  const current = certificateOf(active);
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

/** As a certificate is compared with it; `undefined`: nobody knows. */
export function wantedIdentity(
  configuration: PairConfiguration,
  active: ActivePair,
): Identity | undefined {
  const fields = wantedFields(configuration, active);
  return fields && readIdentity(fields);
}

/** Whether the active certificate is for all that is configured. It may be for more. */
export function isForWanted(
  configuration: PairConfiguration,
  active: ActivePair & { readonly condition: "sound" },
): boolean {
  const wanted = wantedIdentity(configuration, active);
  return wanted === undefined ||
    compareIdentities(wanted, active.loaded.leaf).verdict !== "different";
}

/** The active certificate, even if its key is missing or another one's. */
function certificateOf(active: ActivePair): Certificate | undefined {
  if (active.condition === "sound") return active.loaded.leaf;
  const content = active.stored.certificate?.content;
  if (content === undefined || content.length > certificateFileLimit) return undefined;
  try {
    return readCertificateFile(content).leaf;
  } catch {
    return undefined;
  }
}
