/** Compares the identity of certificates and requests: subject and alternative names. */
import type { Certificate } from "../read/mod.ts";
import type { RequestFields } from "../write/mod.ts";
import { DerReader } from "../encoding/mod.ts";
import { type GeneralName, namesEqual, readGeneralNames, readName } from "../name/mod.ts";

/** The result of comparing two identities. */
interface IdentityComparison {
  /** `superset`: the subject is the same, and all old alternative names are kept. */
  readonly verdict: "equal" | "superset" | "different";
  readonly subjectsEqual: boolean;
  /** Alternative names of the old certificate that the new one lacks. */
  readonly missing: readonly GeneralName[];
  /** Alternative names of the new certificate that the old one lacks. */
  readonly added: readonly GeneralName[];
}

/** The identity of a certificate or request: subject and alternative names. */
export type Identity = Pick<Certificate, "subject" | "subjectAltName">;

/**
 * The identity that a request asks for.
 *
 * @throws BadDerError, TruncatedDerError if a field is malformed.
 */
export function readIdentity({ subject, alternativeNames }: RequestFields): Identity {
  return {
    subject: readName(new DerReader(subject)),
    subjectAltName: alternativeNames === undefined
      ? []
      : readGeneralNames(new DerReader(alternativeNames)),
  };
}

/** Compares the identity of `next` with that of `current`. */
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

/** A key that is equal for equal names: RFC 5280 7.2 for domain names, 7.5 for the domain of a mailbox. */
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
