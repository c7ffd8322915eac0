/** Name constraints: which names a CA may certify (RFC 5280 4.2.1.10). */
import {
  constructedContextTag,
  contextTag,
  DerReader,
  type DerValue,
  readInside,
  tag,
} from "../encoding/der_reader.ts";
import { checkNested } from "../encoding/der_nested.ts";
import { ia5TextOf } from "../encoding/der_strings.ts";
import { unsignedOf } from "../encoding/der_values.ts";
import type { Bytes } from "../encoding/der_writer.ts";
import { attributeOid, extensionOid } from "../encoding/oids.ts";
import { BadDerError, TruncatedDerError } from "../errors.ts";
import { formatGeneralName, type GeneralName } from "../name/general_name.ts";
import { formatName, type Name, namesEqual, readName, relativeNameKeys } from "../name/name.ts";
import type { Certificate } from "../read/certificate.ts";
import { BadNameConstraintsError, NameConstraintError, TooManyNamesError } from "./chain_errors.ts";

/** Names, times the constraints that they are held against: what OpenSSL allows (NAME_CHECK_MAX). */
const comparisonLimit = 2 ** 20;

/** How many comparisons were made, of all paths that were looked at. */
export interface ComparisonCount {
  comparisons: number;
}

type NameKind = GeneralName["kind"];

/** A name of a certificate, ready to be compared. */
interface TestedName {
  readonly kind: NameKind;
  /**
   * By its kind: lowercase text (dns), bytes (ip), the host in lowercase (uri), the mailbox with its host in
   * lowercase (email), the relative names (directoryName). `undefined`: of a form that cannot be compared.
   */
  readonly value: string | Bytes | readonly string[] | undefined;
  /** For messages. */
  readonly text: () => string;
}

/** A subtree of names. */
interface Subtree {
  readonly kind: NameKind;
  /**
   * Whether a name of the kind is in it; with `isWildcardEnough`, or stands for one that is.
   * `undefined`: the subtree is of a form that is not processed, and so is any name of its kind.
   */
  readonly holds: ((name: TestedName, isWildcardEnough: boolean) => boolean) | undefined;
}

/** What nameConstraints say. */
interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

/**
 * Insists that every certificate of a path has only names that the CAs above it may certify (RFC 5280 6.1.3 b
 * and c). Names are the subject, the alternative names, the email addresses in the subject, and, as for
 * OpenSSL, the common names of a leaf that look like DNS names if it has no other DNS name. A certificate
 * that is self-issued is free of constraints, unless it is the leaf.
 *
 * @param path the leaf first, each followed by its issuer.
 * @param count is added to.
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
  const permitted = byKind(constraints.permitted);
  const excluded = byKind(constraints.excluded);
  for (const name of names) {
    const problem = problemOf(name, {
      permitted: permitted.get(name.kind) ?? [],
      excluded: excluded.get(name.kind) ?? [],
    });
    if (problem === undefined) continue;
    throw new NameConstraintError(certificate, { authority, constrained: name.text(), problem });
  }
}

function byKind(subtrees: readonly Subtree[]): ReadonlyMap<NameKind, readonly Subtree[]> {
  return Map.groupBy(subtrees, ({ kind }) => kind);
}

/** What is wrong with a name, held against the subtrees of its kind. */
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

/** The nameConstraints of a certificate, if it has any. */
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
    // RFC 5280 has neither this sequence nor one of the two empty; Go and Chrome refuse such certificates.
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

/** GeneralSubtree: its minimum is 0, and there is no maximum, or nobody processes it (RFC 5280 4.2.1.10). */
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

/** Labels with dots between them: 253 characters at most, none of them blank, `*` or a control character. */
function isHost(text: string): boolean {
  return text.length <= 253 && /^[!-)+\-/-~]+(?:\.[!-)+\-/-~]+)*$/.test(text);
}

/** A host and every name below it; everything if it is empty; only what is below if it begins with a dot. */
function dnsSubtree(base: string): Subtree["holds"] {
  if (base === "") return () => true;
  const isBelowOnly = base.startsWith(".");
  const host = isBelowOnly ? base.slice(1) : base;
  if (!isHost(host)) return undefined;
  const parent = host.slice(host.indexOf(".") + 1);
  return ({ value }, isWildcardEnough) =>
    typeof value === "string" &&
    (value.endsWith(`.${host}`) || !isBelowOnly && value === host ||
      // `*.example` may be used as `device.example`, which is what is excluded.
      isWildcardEnough && !isBelowOnly && host.includes(".") && value === `*.${parent}`);
}

/** All mailboxes of the hosts below `.example`, or of the host `example`, or one mailbox `a@example`. */
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

/** An address and a mask, of IPv4 or of IPv6. In a mask no one follows a zero (RFC 4632 3.1). */
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

/** Every name that begins with these relative names. */
function directorySubtree(base: Name): Subtree["holds"] {
  const keys = relativeNameKeys(base);
  return ({ value }) => Array.isArray(value) && keys.every((key, index) => key === value[index]);
}

/** Every name of a certificate that can be constrained. */
function namesOf(certificate: Certificate, isLeaf: boolean): TestedName[] {
  const { subject, subjectAltName } = certificate;
  const attributes = subject.relativeNames.flat();
  const emails = attributes.filter(({ type }) => type === attributeOid.emailAddress);
  const isCommonNameUsed = isLeaf && !subjectAltName.some(({ kind }) => kind === "dns");
  const hosts = isCommonNameUsed
    ? attributes.flatMap(({ type, text }) =>
      type === attributeOid.CN && text !== undefined && isLikeHost(text) ? [text] : []
    )
    : [];
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

/** A DNS name in lowercase, which may begin with `*.`. */
function hostOf(text: string): string | undefined {
  return isHost(text.startsWith("*.") ? text.slice(2) : text) ? text.toLowerCase() : undefined;
}

/** A mailbox with its host in lowercase; the local part is compared as it is (RFC 5280 7.5). */
function mailboxOf(text: string): string | undefined {
  const at = text.lastIndexOf("@");
  const host = text.slice(at + 1).toLowerCase();
  return at > 0 && isHost(host) ? `${text.slice(0, at)}@${host}` : undefined;
}

/** The host of `scheme://user@host:port/path`, if it is a name and no address (RFC 5280 4.2.1.10). */
function uriHostOf(text: string): string | undefined {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(text)?.[1];
  const host = authority?.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "").toLowerCase();
  const isName = host !== undefined && isHost(host) && !/[:[\]]|^[\d.]+$/.test(host);
  return isName ? host : undefined;
}

/** What OpenSSL takes a common name for a DNS name by: two labels or more of letters, digits, `-` and `_`. */
function isLikeHost(text: string): boolean {
  const labels = text.split(".");
  return labels.length > 1 && labels.every((label) => /^(?!-)[A-Za-z0-9_-]+(?<!-)$/.test(label));
}
