/** The names that a bootstrap certificate allows. */
import {
  attributeOid,
  type Certificate,
  type CertificationRequest,
  commonNamesOf,
  formatGeneralName,
  type Name,
} from "../../../x509/mod.ts";
import type { BirthField } from "../../settings/mod.ts";
import { EnrolmentRefusedError } from "../errors.ts";

/** Nothing that means something in a name: no wildcard, no comma, no slash. */
const plain = /^[A-Za-z0-9._-]{1,253}$/;

/**
 * The names that a bootstrap certificate allows, as `formatGeneralName` has them.
 *
 * @param templates see `Manufacturer.names`.
 */
export function namesOfBirth(
  certificate: Certificate,
  templates: readonly string[],
): ReadonlySet<string> {
  const names = templates.flatMap((template) => {
    const field = /\{(?<field>[^{}]*)\}/.exec(template)?.groups?.["field"] as BirthField;
    return valuesOf(certificate, field).filter((value) => plain.test(value))
      .map((value) => template.replace(`{${field}}`, () => value));
  });
  return new Set(names);
}

/** The values of a field. An attribute that is there twice says nothing. */
function valuesOf({ subject, subjectAltName }: Certificate, field: BirthField): readonly string[] {
  switch (field) {
    case "CN":
      return single(commonNamesOf(subject));
    case "serialNumber":
      return single(serialNumbersOf(subject));
    case "DNS":
      return subjectAltName.flatMap((name) => name.kind === "dns" ? [name.text] : []);
  }
}

function single(values: readonly string[]): readonly string[] {
  return values.length === 1 ? values : [];
}

function serialNumbersOf({ relativeNames }: Name): readonly string[] {
  return relativeNames.flat().flatMap(({ type, text }) =>
    type === attributeOid.serialNumber ? [text ?? ""] : []
  );
}

/**
 * Checks the names in a request: each alternative name is allowed, there is at least one, and the subject has
 * no common name or serial number but those names, and what the bootstrap certificate has.
 *
 * @throws EnrolmentRefusedError
 */
export function requireBirthNames(
  { subject, subjectAltName }: Pick<CertificationRequest, "subject" | "subjectAltName">,
  { certificate, templates }: {
    readonly certificate: Certificate;
    readonly templates: readonly string[];
  },
): void {
  const allowed = namesOfBirth(certificate, templates);
  const texts = new Set([
    ...[...allowed].map((name) => name.slice(name.indexOf(":") + 1)),
    ...single(commonNamesOf(certificate.subject)),
    ...single(serialNumbersOf(certificate.subject)),
  ]);
  const isAllowed = subjectAltName.length > 0 &&
    subjectAltName.every((name) => allowed.has(formatGeneralName(name))) &&
    [...commonNamesOf(subject), ...serialNumbersOf(subject)].every((text) => texts.has(text));
  if (!isAllowed) throw new EnrolmentRefusedError("birth-names", certificate.serialNumber);
}
