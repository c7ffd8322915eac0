/** Checks name constraints: which names a CA may certify (RFC 5280 4.2.1.10). */
import {
  attributeOid,
  type Bytes,
  checkNested,
  constructedContextTag,
  contextTag,
  DerReader,
  type DerValue,
  extensionOid,
  ia5TextOf,
  readInside,
  tag,
  unsignedOf,
} from "../encoding/mod.ts";
import { BadDerError, TruncatedDerError } from "../errors.ts";
import {
  commonNamesOf,
  formatGeneralName,
  formatName,
  type GeneralName,
  type Name,
  namesEqual,
  readName,
  relativeNameKeys,
} from "../name/mod.ts";
import type { Certificate } from "../read/mod.ts";
import { BadNameConstraintsError, NameConstraintError, TooManyNamesError } from "./chain_errors.ts";

/** The limit for the number of names times the number of constraints, as in OpenSSL (NAME_CHECK_MAX). */
const comparisonLimit = 2 ** 20;

/** The number of comparisons so far, on all paths. */
export interface ComparisonCount {
  comparisons: number;
}

type NameKind = GeneralName["kind"];

/** A name of a certificate, ready to be compared. */
interface TestedName {
  readonly kind: NameKind;
  /**
   * By kind: text in lowercase (dns), bytes (ip), the host in lowercase (uri), the mailbox with its host in
   * lowercase (email), the relative names (directoryName). `undefined` if the form is not supported.
   */
  readonly value: string | Bytes | readonly string[] | undefined;
  /** For messages. */
  readonly text: () => string;
}

/** A subtree of names (GeneralSubtree). */
interface Subtree {
  readonly kind: NameKind;
  /**
   * Whether a name of the kind is in the subtree. With `isWildcardEnough`, also whether a wildcard name
   * covers one that is. `undefined` if the form of the subtree is not supported.
   */
  readonly holds: ((name: TestedName, isWildcardEnough: boolean) => boolean) | undefined;
}

/** The content of a nameConstraints extension. */
interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

/**
 * Checks that the certificates of a path have only names that the CAs above them permit (RFC 5280 6.1.3 b and
 * c): the subject, the alternative names, and email addresses in the subject. As in OpenSSL, also the common
 * names of a leaf that look like DNS names, if it has no DNS alternative name. Self-issued certificates are
 * exempt, unless they are the leaf.
 *
 * @param path the leaf first, each followed by its issuer.
 * @param count is increased.
 * @throws NameConstraintError, BadNameConstraintsError, TooManyNamesError
 */
export function checkNameConstraints(path: readonly Certificate[], count: ComparisonCount): void {
  for (const [position, authority] of path.entries()) {
    const constraints = readNameConstraints(authority);
    if (constraints === undefined) continue;
    const subtrees = constraints.permitted.length + constraints.excluded.length;
    for (const [index, certificate] of path.slice(0, position).entries()) {
      if (index > 0 && namesEqual(certificate.subject, certificate.issuer)) continue;
      const names = namesOf(certificate, index === 0);
      count.comparisons += names.length * subtrees;
      if (count.comparisons > comparisonLimit) throw new TooManyNamesError(certificate);
      checkNames(certificate, names, { authority, constraints });
    }
  }
}

function checkNames(
  certificate: Certificate,
  names: readonly TestedName[],
  { authority, constraints }: {
    readonly authority: Certificate;
    readonly constraints: NameConstraints;
  },
): void {
  const found = findConstrained(names, constraints);
  if (found !== undefined) throw new NameConstraintError(certificate, { authority, ...found });
}

/** A name that a CA does not permit. */
interface ConstrainedName {
  /** For messages. Untrusted. */
  readonly constrained: string;
  readonly problem: NameConstraintError["problem"];
}

/**
 * Finds a name that the CAs do not permit, before a certificate with these names is signed. As
 * {@linkcode checkNameConstraints} for a leaf.
 *
 * @param authorities the CA that signs, and those above it.
 * @throws BadNameConstraintsError
 */
export function findConstrainedName(
  subject: Pick<Certificate, "subject" | "subjectAltName">,
  authorities: readonly Certificate[],
): ConstrainedName | undefined {
  const names = namesOf(subject, true);
  for (const authority of authorities) {
    const constraints = readNameConstraints(authority);
    const found = constraints && findConstrained(names, constraints);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findConstrained(
  names: readonly TestedName[],
  constraints: NameConstraints,
): ConstrainedName | undefined {
  const permitted = byKind(constraints.permitted);
  const excluded = byKind(constraints.excluded);
  for (const name of names) {
    const problem = problemOf(name, {
      permitted: permitted.get(name.kind) ?? [],
      excluded: excluded.get(name.kind) ?? [],
    });
    if (problem !== undefined) return { constrained: name.text(), problem };
  }
  return undefined;
}

function byKind(subtrees: readonly Subtree[]): ReadonlyMap<NameKind, readonly Subtree[]> {
  return Map.groupBy(subtrees, ({ kind }) => kind);
}

/** Checks a name against the subtrees of its kind. */
function problemOf(
  name: TestedName,
  { permitted, excluded }: NameConstraints,
): NameConstraintError["problem"] | undefined {
  if (permitted.length + excluded.length === 0) return undefined;
  const isProcessed = name.value !== undefined &&
    [permitted, excluded].every((subtrees) => subtrees.every(({ holds }) => holds !== undefined));
  if (!isProcessed) return "unsupported";
  if (excluded.some(({ holds }) => holds?.(name, true))) return "excluded";
  if (permitted.length === 0 || permitted.some(({ holds }) => holds?.(name, false))) {
    return undefined;
  }
  return "not-permitted";
}

/** Reads the nameConstraints of a certificate, if any. */
function readNameConstraints(certificate: Certificate): NameConstraints | undefined {
  const extension = certificate.extensions.find(({ oid }) => oid === extensionOid.nameConstraints);
  if (extension === undefined) return undefined;
  try {
    const reader = new DerReader(extension.value);
    const constraints = reader.inside(tag.sequence, (parts) => ({
      permitted: readSubtrees(parts.optional(constructedContextTag(0))),
      excluded: readSubtrees(parts.optional(constructedContextTag(1))),
    }));
    reader.end();
    // RFC 5280 does not allow empty sequences here; Go and Chrome refuse such certificates.
    if (constraints.permitted.length + constraints.excluded.length > 0) return constraints;
  } catch (cause) {
    if (!(cause instanceof BadDerError || cause instanceof TruncatedDerError)) throw cause;
    throw new BadNameConstraintsError(certificate, { cause });
  }
  throw new BadNameConstraintsError(certificate);
}

/** GeneralSubtrees. */
function readSubtrees(value: DerValue | undefined): readonly Subtree[] {
  if (value === undefined) return [];
  const subtrees: Subtree[] = [];
  readInside(value, (members) => {
    do subtrees.push(members.inside(tag.sequence, readSubtree)); while (!members.isAtEnd());
  });
  return subtrees;
}

/** GeneralSubtree: minimum must be 0, and maximum must be absent (RFC 5280 4.2.1.10). */
function readSubtree(parts: DerReader): Subtree {
  const base = parts.next();
  const minimum = parts.optional(contextTag(0));
  const maximum = parts.optional(contextTag(1));
  if (maximum) unsignedOf(maximum);
  const isWhole = maximum === undefined &&
    (minimum === undefined || unsignedOf(minimum).every((byte) => byte === 0));
  const kind = kinds.get(base.identifier);
  if (kind === undefined) throw new BadDerError(base.offset, "general-name");
  const holds = holdsOf(kind, base);
  return { kind, holds: isWhole ? holds : undefined };
}

const kinds: ReadonlyMap<number, NameKind> = new Map([
  [constructedContextTag(0), "otherName"],
  [contextTag(1), "email"],
  [contextTag(2), "dns"],
  [constructedContextTag(3), "x400Address"],
  [constructedContextTag(4), "directoryName"],
  [constructedContextTag(5), "ediPartyName"],
  [contextTag(6), "uri"],
  [contextTag(7), "ip"],
  [contextTag(8), "registeredID"],
]);

function holdsOf(kind: NameKind, base: DerValue): Subtree["holds"] {
  switch (kind) {
    case "dns":
      return dnsSubtree(ia5TextOf(base).toLowerCase());
    case "email":
      return emailSubtree(ia5TextOf(base));
    case "uri":
      return uriSubtree(ia5TextOf(base).toLowerCase());
    case "ip":
      return ipSubtree(base.content);
    case "directoryName":
      return directorySubtree(readInside(base, readName));
    default:
      checkNested(base);
      return undefined;
  }
}

/** Labels separated by dots: at most 253 characters; no label is blank, `*` or has a control character. */
function isHost(text: string): boolean {
  return text.length <= 253 && /^[!-)+\-/-~]+(?:\.[!-)+\-/-~]+)*$/.test(text);
}

/** A host and all names below it; any host if it is empty; only names below if it starts with a dot. */
function dnsSubtree(base: string): Subtree["holds"] {
  if (base === "") return () => true;
  const isBelowOnly = base.startsWith(".");
  const host = isBelowOnly ? base.slice(1) : base;
  if (!isHost(host)) return undefined;
  const parent = host.slice(host.indexOf(".") + 1);
  return ({ value }, isWildcardEnough) =>
    typeof value === "string" &&
    (value.endsWith(`.${host}`) || !isBelowOnly && value === host ||
      // `*.example` covers `device.example`, which is excluded.
      isWildcardEnough && !isBelowOnly && host.includes(".") && value === `*.${parent}`);
}

/** All mailboxes of the hosts below `.example`, or of the host `example`, or the one mailbox `a@example`. */
function emailSubtree(base: string): Subtree["holds"] {
  const at = base.lastIndexOf("@");
  const host = base.slice(at + 1).toLowerCase();
  if (at === -1 && host.startsWith(".")) {
    if (!isHost(host.slice(1))) return undefined;
    return ({ value }) => typeof value === "string" && value.endsWith(host);
  }
  if (!isHost(host)) return undefined;
  const mailbox = base.slice(0, Math.max(at, 0)) + `@${host}`;
  return at > 0
    ? ({ value }) => value === mailbox
    : ({ value }) => typeof value === "string" && value.endsWith(mailbox);
}

/** The hosts below `.example`, or the host `example`. */
function uriSubtree(base: string): Subtree["holds"] {
  if (!isHost(base.startsWith(".") ? base.slice(1) : base)) return undefined;
  return base.startsWith(".")
    ? ({ value }) => typeof value === "string" && value.endsWith(base)
    : ({ value }) => value === base;
}

/** An address with a mask, IPv4 or IPv6. In a mask, no one bit follows a zero bit (RFC 4632 3.1). */
function ipSubtree(base: Bytes): Subtree["holds"] {
  const length = base.length / 2;
  if (length !== 4 && length !== 16) return undefined;
  const mask = base.subarray(length);
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  if (bits.includes("01")) return undefined;
  return ({ value }) =>
    value instanceof Uint8Array && value.length === length &&
    value.every((byte, index) => ((byte ^ (base[index] ?? 0)) & (mask[index] ?? 0)) === 0);
}

/** All names that start with these relative names. */
function directorySubtree(base: Name): Subtree["holds"] {
  const keys = relativeNameKeys(base);
  return ({ value }) => Array.isArray(value) && keys.every((key, index) => key === value[index]);
}

/** All names of a certificate that can be constrained. */
function namesOf(
  { subject, subjectAltName }: Pick<Certificate, "subject" | "subjectAltName">,
  isLeaf: boolean,
): TestedName[] {
  const attributes = subject.relativeNames.flat();
  const emails = attributes.filter(({ type }) => type === attributeOid.emailAddress);
  const isCommonNameUsed = isLeaf && !subjectAltName.some(({ kind }) => kind === "dns");
  const hosts = isCommonNameUsed ? commonNamesOf(subject).filter(isLikeHost) : [];
  return [
    ...attributes.length === 0 ? [] : [directoryName(subject)],
    ...subjectAltName.map(testedName),
    ...emails.map(({ text, tag: identifier }): TestedName => ({
      kind: "email",
      value: identifier === tag.ia5String ? mailboxOf(text ?? "") : undefined,
      text: () => `emailAddress in ${formatName(subject)}`,
    })),
    ...hosts.map((host) => testedName({ kind: "dns", text: host })),
  ];
}

function testedName(name: GeneralName): TestedName {
  const text = (): string => formatGeneralName(name);
  switch (name.kind) {
    case "dns":
      return { kind: "dns", value: hostOf(name.text), text };
    case "email":
      return { kind: "email", value: mailboxOf(name.text), text };
    case "uri":
      return { kind: "uri", value: uriHostOf(name.text), text };
    case "ip":
      return { kind: "ip", value: name.address, text };
    case "directoryName":
      return directoryName(new DerReader(name.der).inside(constructedContextTag(4), readName));
    default:
      return { kind: name.kind, value: undefined, text };
  }
}

function directoryName(name: Name): TestedName {
  return {
    kind: "directoryName",
    value: relativeNameKeys(name),
    text: () => `directoryName:${formatName(name)}`,
  };
}

/** A DNS name in lowercase. It may start with `*.`. */
function hostOf(text: string): string | undefined {
  return isHost(text.startsWith("*.") ? text.slice(2) : text) ? text.toLowerCase() : undefined;
}

/** A mailbox with its host in lowercase. The local part is compared unchanged (RFC 5280 7.5). */
function mailboxOf(text: string): string | undefined {
  const at = text.lastIndexOf("@");
  const host = text.slice(at + 1).toLowerCase();
  return at > 0 && isHost(host) ? `${text.slice(0, at)}@${host}` : undefined;
}

/**
 * The host of `scheme://host:port/path`, if it is a name and not an address (RFC 5280 4.2.1.10). None if
 * there is user information before it: programs disagree about where the host begins then. OpenSSL takes
 * `https://a.example:x@b.example/` for a URI of a.example.
 */
function uriHostOf(text: string): string | undefined {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(text)?.[1];
  if (authority?.includes("@")) return undefined;
  const host = authority?.replace(/:\d*$/, "").toLowerCase();
  const isName = host !== undefined && isHost(host) && !/[:[\]]|^[\d.]+$/.test(host);
  return isName ? host : undefined;
}

/** Whether OpenSSL treats a common name as a DNS name: two or more labels of letters, digits, `-`, `_`. */
function isLikeHost(text: string): boolean {
  const labels = text.split(".");
  return labels.length > 1 && labels.every((label) => /^(?!-)[A-Za-z0-9_-]+(?<!-)$/.test(label));
}
