/** Compares whom certificates and requests speak for: subjects and alternative names. */
import type { Certificate } from "../read/certificate.ts";
import type { RequestFields } from "../write/request.ts";
import { DerReader } from "../encoding/der_reader.ts";
import { type GeneralName, readGeneralNames } from "../name/general_name.ts";
import { namesEqual, readName } from "../name/name.ts";

/** How the identity of a certificate (its subject and alternative names) compares with that of another. */
interface IdentityComparison {
  /** `superset`: the subject is the same, and no alternative name is missing. */
  readonly verdict: "equal" | "superset" | "different";
  readonly subjectsEqual: boolean;
  /** Alternative names of the old certificate that the new one lacks. */
  readonly missing: readonly GeneralName[];
  /** Alternative names of the new certificate that the old one lacks. */
  readonly added: readonly GeneralName[];
}

/** Whom a certificate, or a request for one, speaks for. */
export type Identity = Pick<Certificate, "subject" | "subjectAltName">;

/**
 * Whom a request asks for.
 *
 * @throws BadDerError, TruncatedDerError where a field is not what it should be.
 */
export function readIdentity({ subject, alternativeNames }: RequestFields): Identity {
  return {
    subject: readName(new DerReader(subject)),
    subjectAltName: alternativeNames === undefined
      ? []
      : readGeneralNames(new DerReader(alternativeNames)),
  };
}

/** Compares whom `next` speaks for with whom `current` speaks for. */
export function compareIdentities(current: Identity, next: Identity): IdentityComparison {
  const subjectsEqual = namesEqual(current.subject, next.subject);
  const missing = without(current.subjectAltName, next.subjectAltName);
  const added = without(next.subjectAltName, current.subjectAltName);
  const verdict = !subjectsEqual || missing.length > 0
    ? "different"
    : added.length > 0
    ? "superset"
    : "equal";
  return { verdict, subjectsEqual, missing, added };
}

function without(names: readonly GeneralName[], others: readonly GeneralName[]): GeneralName[] {
  const keys = new Set(others.map(keyOf));
  return names.filter((name) => !keys.has(keyOf(name)));
}

/** The same text for the same name: RFC 5280 7.2 for domain names, 7.5 for the domain of a mailbox. */
function keyOf(name: GeneralName): string {
  switch (name.kind) {
    case "dns":
      return `dns:${name.text.toLowerCase()}`;
    case "email":
      return `email:${withLowerCaseDomain(name.text)}`;
    case "uri":
      return `uri:${name.text}`;
    case "ip":
      return `ip:${name.address.toHex()}`;
    default:
      return `other:${name.der.toHex()}`;
  }
}

function withLowerCaseDomain(mailbox: string): string {
  const at = mailbox.lastIndexOf("@");
  return at < 0 ? mailbox : mailbox.slice(0, at) + mailbox.slice(at).toLowerCase();
}
