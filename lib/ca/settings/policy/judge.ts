/** Judges requests by the rules of a profile: their keys and names. */
import {
  commonNamesOf,
  formatGeneralName,
  formatName,
  type GeneralName,
  kindOf,
  mayNameService,
  type Name,
  parseIpAddress,
  type PublicKey,
} from "../../../x509/mod.ts";
import type { NamePolicy, Profile } from "../settings.ts";
import {
  dnsMatches,
  emailMatches,
  ipMatches,
  isNameOfKind,
  parseSubjectPattern,
  subjectMatches,
  uriMatches,
} from "./patterns.ts";

/** What a certificate is to be issued for. */
interface Wanted {
  readonly subjectPublicKeyInfo: Pick<PublicKey, "algorithm">;
  /** The subject that the certificate will have. */
  readonly subject: Name;
  readonly subjectAltName: readonly GeneralName[];
}

/** Why a profile does not allow a request. */
export interface Refusal {
  /** The key in the table of the profile: `names.dns`. */
  readonly key: string;
  /** What is not allowed: the kind of a key, or a name as `DNS:a.example`. Untrusted. */
  readonly refused: string;
  /** What is: kinds of keys, or patterns. */
  readonly allowed: readonly string[];
  /** Whether it is not even a name of its kind, so that no pattern could match. */
  readonly isMalformed?: boolean;
}

/** Judges a request. @returns the first reason to refuse it; `undefined` if the profile allows it. */
export function judgeRequest(
  { subjectPublicKeyInfo: { algorithm }, subject, subjectAltName }: Wanted,
  { keyKinds, names, lines }: Profile,
): Refusal | undefined {
  const kind = kindOf(algorithm);
  if (keyKinds !== undefined && !keyKinds.some((allowed) => allowed === kind)) {
    // Without a list of its own, only the kinds that can do what the key usage says are left.
    const key = Object.hasOwn(lines, "key_algorithms") ? "key_algorithms" : "key_usage";
    return { key, refused: kind ?? algorithm.kind, allowed: keyKinds };
  }
  if (names === undefined) return undefined;
  for (const name of subjectAltName) {
    const refusal = judgeName(name, names);
    if (refusal !== undefined) return refusal;
  }
  return names.subject === undefined
    ? judgeCommonNames({ subject, subjectAltName }, names)
    : judgeSubject(subject, names.subject);
}

function judgeName(name: GeneralName, names: NamePolicy): Refusal | undefined {
  const refusal = (
    key: "dns" | "ip" | "uri" | "email",
    isMatch: (pattern: string) => boolean,
  ): Refusal | undefined => {
    const allowed = names[key] ?? [];
    if (allowed.some(isMatch)) return undefined;
    const isMalformed = (name.kind === "dns" || name.kind === "uri" || name.kind === "email") &&
      !isNameOfKind(name.kind, name.text);
    return {
      key: `names.${key}`,
      refused: formatGeneralName(name),
      allowed,
      ...(isMalformed ? { isMalformed } : {}),
    };
  };
  switch (name.kind) {
    case "dns":
      return refusal("dns", (pattern) => dnsMatches(pattern, name.text));
    case "ip":
      return refusal("ip", (range) => ipMatches(range, name.address));
    case "uri":
      return refusal("uri", (pattern) => uriMatches(pattern, name.text));
    case "email":
      return refusal("email", (pattern) => emailMatches(pattern, name.text));
    default:
      // Requests with such names were refused before.
      return { key: "names", refused: formatGeneralName(name), allowed: [] };
  }
}

function judgeSubject(subject: Name, allowed: readonly string[]): Refusal | undefined {
  const isMatch = allowed.some((pattern) => {
    const parsed = parseSubjectPattern(pattern);
    return parsed !== undefined && subjectMatches(parsed, subject);
  });
  return isMatch ? undefined : { key: "names.subject", refused: formatName(subject), allowed };
}

/**
 * A common name that software may take for the name of a service has to be allowed as a DNS name, an address
 * or a mailbox.
 */
function judgeCommonNames(
  { subject, subjectAltName }: Pick<Wanted, "subject" | "subjectAltName">,
  names: NamePolicy,
): Refusal | undefined {
  const hasDnsName = subjectAltName.some(({ kind }) => kind === "dns");
  for (const text of commonNamesOf(subject)) {
    const refused = `CN=${text}`;
    const address = parseIpAddress(text);
    if (address !== undefined) {
      const allowed = names.ip ?? [];
      if (allowed.some((range) => ipMatches(range, address))) continue;
      return { key: "names.ip", refused, allowed };
    }
    if (!mayNameService(text, { hasDnsName })) continue;
    if (names.email?.some((pattern) => emailMatches(pattern, text))) continue;
    const allowed = names.dns ?? [];
    if (allowed.some((pattern) => dnsMatches(pattern, text))) continue;
    return { key: "names.dns", refused, allowed };
  }
  return undefined;
}
