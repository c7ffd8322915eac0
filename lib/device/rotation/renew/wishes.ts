/** What an issuer wants in a request, brought together with the configuration (RFC 7030 4.5, RFC 9908). */
import type { Preparation } from "../../issuer/mod.ts";
import type { ExtensionTemplate, RequestTemplate, WantedKey } from "../../../protocol/est/mod.ts";
import {
  attributeOid,
  type Bytes,
  compareIdentities,
  copiedExtension,
  DerReader,
  extendedKeyUsage,
  extensionOid,
  formatGeneralName,
  formatName,
  type GeneralName,
  ifDer,
  type KeyKind,
  keyKinds,
  keyUsage,
  kindsFor,
  objectIdentifier,
  purposeOid,
  readGeneralNames,
  readName,
  sequence,
  sequenceOf,
  setOf,
  usualKeyUsage,
  utf8String,
} from "../../../x509/mod.ts";
import type { IdentityConfiguration, PairConfiguration } from "../../configuration/mod.ts";
import { type ActivePair, readableLeaf } from "../../pair/mod.ts";
import { wantedIdentity } from "../decide/mod.ts";

/** What a pair's configuration says about its requests. */
interface Configured extends Pick<PairConfiguration, "identity" | "keyAlgorithm" | "purposes"> {
  readonly active: ActivePair;
}

/** A request as issuer and configuration want it. */
export interface Fulfilled {
  /** The configured identity, completed by the issuer if neither it nor a certificate says more. */
  readonly identity: IdentityConfiguration;
  /** DER Extensions besides the alternative names. */
  readonly extensions: readonly Bytes[];
}

/**
 * Brings the wishes of an issuer together with the configuration. A wish that certswap cannot fulfil,
 * such as an extension without a value, is left out: the issuer decides what it issues.
 *
 * @throws what `refuse` makes, if the configuration contradicts the issuer.
 */
export function fulfil(
  { template, refuse }: Pick<Preparation, "template" | "refuse">,
  configured: Configured,
): Fulfilled {
  const { keyAlgorithm } = configured;
  const { keys, extensions } = template;
  if (keys.length > 0 && !keys.some((key) => isOf(keyAlgorithm, key))) {
    throw refuse({
      kind: "key",
      wanted: keys.map(nameOfKey),
      configured: keyAlgorithm,
      possible: kindsFor("device").find((kind) => keys.some((key) => isOf(kind, key))),
    });
  }
  const names = extensions.find(({ oid }) => oid === extensionOid.subjectAltName)?.value;
  const wantedNames = names === undefined
    ? []
    : ifDer(() => readGeneralNames(new DerReader(names))) ?? [];
  const identity = completed(configured, template, wantedNames);
  const known = wantedIdentity(identity, configured.active);
  const missing = known === undefined
    ? []
    : compareIdentities({ ...known, subjectAltName: wantedNames }, known).missing;
  if (missing.length > 0) {
    throw refuse({ kind: "names", wanted: wantedNames.map(formatGeneralName) });
  }
  return {
    identity,
    extensions: extensions.flatMap((wanted) => extensionFor(wanted, configured) ?? []),
  };
}

function isOf(kind: KeyKind, wanted: WantedKey): boolean {
  const { algorithm } = keyKinds[kind];
  switch (wanted.kind) {
    case "ec":
      return algorithm.kind === "ec" &&
        (wanted.curve === undefined || wanted.curve === algorithm.curve);
    case "rsa":
      return algorithm.kind === "rsa" &&
        (wanted.bits === undefined || wanted.bits === algorithm.bits);
    case "ed25519":
      return algorithm.kind === "ed25519";
    case "other":
      return false;
  }
}

function nameOfKey(key: WantedKey): string {
  switch (key.kind) {
    case "ec":
      return key.curve === undefined ? "ECDSA" : `ECDSA ${key.curve}`;
    case "rsa":
      return key.bits === undefined ? "RSA" : `RSA ${key.bits}`;
    case "ed25519":
      return "Ed25519";
    case "other":
      return key.oid;
  }
}

/** The configured identity. A device that has no certificate and no configured name takes the issuer's. */
function completed(
  { identity, active }: Configured,
  { subject }: RequestTemplate,
  names: readonly GeneralName[],
): IdentityConfiguration {
  if (readableLeaf(active) !== undefined) return identity;
  const own = identity.names ?? (names.length === 0 ? undefined : names.map(formatGeneralName));
  return {
    names: own,
    subject: identity.subject ?? subjectFrom(subject, own),
  };
}

/** The subject of a template, with the device's first name as common name. */
function subjectFrom(
  subject: RequestTemplate["subject"],
  names: readonly string[] | undefined,
): string | undefined {
  if (subject === undefined) return undefined;
  const [first] = names ?? [];
  const own = first?.slice(first.indexOf(":") + 1);
  const relative = subject.flatMap((attributes) => {
    const filled = attributes.flatMap(({ type, value }) => {
      const given = value ??
        (type === attributeOid.CN && own !== undefined ? utf8String(own) : undefined);
      return given === undefined ? [] : [sequence(objectIdentifier(type), given)];
    });
    return filled.length === 0 ? [] : [setOf(...filled)];
  });
  const name = ifDer(() => readName(new DerReader(sequenceOf(relative))));
  return name === undefined || relative.length === 0 ? undefined : formatName(name);
}

/** An extension with the issuer's value, or with the usual one. */
function extensionFor(
  { oid, critical, value }: ExtensionTemplate,
  { keyAlgorithm, purposes }: Configured,
): Bytes | undefined {
  if (oid === extensionOid.subjectAltName) return undefined;
  if (value !== undefined) return copiedExtension({ oid, critical, value });
  if (oid === extensionOid.keyUsage) {
    return keyUsage(usualKeyUsage(keyKinds[keyAlgorithm].algorithm));
  }
  if (oid === extensionOid.extKeyUsage) {
    return extendedKeyUsage(purposes ?? [purposeOid.serverAuth, purposeOid.clientAuth]);
  }
  return undefined;
}
