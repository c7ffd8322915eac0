/** Encodes name constraints: from text to DER (RFC 5280 4.2.1.10). */
import { joined } from "../../system/mod.ts";
import { type Bytes, contextConstructed, contextPrimitive, sequence } from "../encoding/mod.ts";
import { InvalidNameConstraintError } from "../errors.ts";
import {
  divideName,
  isDnsName,
  isMailbox,
  parseAddressRange,
  parseIpAddress,
} from "../name/mod.ts";

/** The names that a CA may, and may not, certify. At least one of the lists has a name. */
export interface NameConstraints {
  /** Of each kind of name that is here, only these. */
  readonly permitted: readonly string[];
  /** Never these. */
  readonly excluded: readonly string[];
}

/**
 * Encodes name constraints. Each is one of
 *
 * - `DNS:fleet.example`: this name and all below it,
 * - `IP:10.0.0.0/8`, `IP:2001:db8::/32`: the addresses of a network,
 * - `email:a.example`: the mailboxes of a host; `email:.a.example`: of the hosts below; `email:b@a.example`,
 * - `URI:a.example`: URIs with this host; `URI:.a.example`: with the hosts below.
 *
 * @returns DER NameConstraints; `undefined` if both lists are empty, which RFC 5280 does not allow.
 * @throws InvalidNameConstraintError for the first text that has none of these forms.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeNameConstraints } from "../mod.ts";
 *
 * const constraints = encodeNameConstraints({ permitted: ["IP:10.0.0.0/8"], excluded: [] });
 * assert.equal(constraints?.toHex(), "300ea00c300a87080a000000ff000000");
 * ```
 */
export function encodeNameConstraints(
  { permitted, excluded }: NameConstraints,
): Bytes | undefined {
  if (permitted.length + excluded.length === 0) return undefined;
  return sequence(...subtrees(0, permitted), ...subtrees(1, excluded));
}

/** GeneralSubtrees. `minimum` is 0, the default, and `maximum` is absent, as RFC 5280 requires. */
function subtrees(number: number, names: readonly string[]): readonly Bytes[] {
  if (names.length === 0) return [];
  return [contextConstructed(number, ...names.map((name) => sequence(encodeBase(name))))];
}

const ascii = new TextEncoder();

function encodeBase(name: string): Bytes {
  const { kind, value } = divideName(name);
  const invalid = (reason: InvalidNameConstraintError["reason"]): InvalidNameConstraintError =>
    new InvalidNameConstraintError(name, reason);
  switch (kind) {
    case "dns":
      if (!isHost(value)) throw invalid("not-a-domain");
      return contextPrimitive(2, ascii.encode(value));
    case "ip": {
      const range = parseAddressRange(value);
      if (range === undefined) throw invalid("not-a-network");
      return contextPrimitive(7, joined([range.address, range.mask]));
    }
    case "email":
      if (!isMailbox(value) && !isHostOrBelow(value)) throw invalid("not-a-mail-host");
      return contextPrimitive(1, ascii.encode(value));
    case "uri":
      if (!isHostOrBelow(value)) throw invalid("not-a-uri-host");
      return contextPrimitive(6, ascii.encode(value));
    default:
      throw invalid("unknown-kind");
  }
}

function isHost(value: string): boolean {
  return isDnsName(value) && !value.startsWith("*") && parseIpAddress(value) === undefined;
}

function isHostOrBelow(value: string): boolean {
  return isHost(value.startsWith(".") ? value.slice(1) : value);
}
