/** Names that the operator gives for a certificate, instead of those in the request. */
import {
  type CertificationRequest,
  DerReader,
  encodeAlternativeNames,
  encodeDistinguishedName,
  formatGeneralName,
  formatName,
  namesEqual,
  readGeneralNames,
  readName,
} from "../../x509/mod.ts";
import { NamesNotRequestedError } from "../request_errors.ts";

/** Names instead of those in the request: for devices whose requests have none. */
export interface GivenNames {
  /** RFC 4514; `undefined`: the subject of the request. */
  readonly subject: string | undefined;
  /** As `ca request --san`; `undefined`: the alternative names of the request. */
  readonly alternativeNames: string | undefined;
  /** Whether names may be given that the request does not have. The requester has not proved them. */
  readonly unrequested: "allow" | "refuse";
}

/**
 * The request with these names instead of its own.
 *
 * @throws InvalidDistinguishedNameError, InvalidAlternativeNameError
 * @throws NamesNotRequestedError for names that the request does not have, unless they are allowed.
 */
export function withGivenNames(
  request: CertificationRequest,
  file: string,
  given: GivenNames,
): CertificationRequest {
  const named = { ...request, ...subjectOf(given), ...alternativeNamesOf(given) };
  if (given.unrequested === "refuse") {
    const added = [
      ...(namesEqual(named.subject, request.subject) ? [] : [formatName(named.subject)]),
      ...textsOf(named).filter((name) => !textsOf(request).includes(name)),
    ];
    if (added.length > 0) throw new NamesNotRequestedError(file, added);
  }
  return named;
}

function subjectOf({ subject }: GivenNames): Partial<CertificationRequest> {
  if (subject === undefined) return {};
  return { subject: readName(new DerReader(encodeDistinguishedName(subject))) };
}

function alternativeNamesOf({ alternativeNames: written }: GivenNames): Partial<
  CertificationRequest
> {
  if (written === undefined) return {};
  const alternativeNames = encodeAlternativeNames(written);
  return {
    alternativeNames,
    subjectAltName: readGeneralNames(new DerReader(alternativeNames)),
  };
}

function textsOf({ subjectAltName }: CertificationRequest): readonly string[] {
  return subjectAltName.map(formatGeneralName);
}
