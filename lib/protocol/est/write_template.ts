/** Writes a CSR Attributes Response: a template (RFC 9908 3.4), and a list for older clients. */
import {
  bitString,
  booleanTrue,
  type Bytes,
  contextConstructed,
  curveOid,
  integer,
  keyOid,
  nullValue,
  objectIdentifier,
  octetString,
  requestAttributeOid,
  sequence,
  sequenceOf,
  setOf,
} from "../../x509/mod.ts";
import { enrolmentAttributeOid } from "./enrolment_request.ts";
import {
  type ExtensionTemplate,
  type RequestTemplate,
  templateOid,
  type WantedKey,
} from "./template.ts";

/** F4, the exponent of the placeholder. */
const exponent = 65537n;

/**
 * Writes CsrAttrs: the template, and for clients that do not know it what the older list can say (RFC 9908
 * 3.4 allows both). An answer that asks for nothing is empty: servers answer 204 instead.
 *
 * @param template with at most one key: RFC 9908 allows no choice.
 * @returns DER.
 */
export function encodeCsrAttributes(
  { subject, keys: [key], extensions, challengePassword }: Omit<RequestTemplate, "ignored">,
): Bytes {
  const isEmpty = subject === undefined && key === undefined && extensions.length === 0;
  const given = extensions.filter(({ value }) => value !== undefined);
  const challenge = challengePassword
    ? [objectIdentifier(enrolmentAttributeOid.challengePassword)]
    : [];
  if (isEmpty) return sequence(...challenge);
  return sequence(
    ...challenge,
    ...key === undefined ? [] : [keyAttribute(key)],
    ...given.length === 0 ? [] : [extensionsAttribute(given)],
    attribute(
      templateOid.requestInfo,
      sequence(
        integer(0n),
        ...subject === undefined ? [] : [encodeSubject(subject)],
        ...key === undefined ? [] : [contextConstructed(0, ...keyTemplate(key))],
        contextConstructed(
          1,
          ...sorted([
            ...challengePassword ? [attribute(enrolmentAttributeOid.challengePassword)] : [],
            ...extensions.length === 0 ? [] : [extensionsAttribute(extensions)],
          ]),
        ),
      ),
    ),
  );
}

/** Attribute: a type and a SET OF values. */
function attribute(type: string, ...values: readonly Uint8Array[]): Bytes {
  return sequence(objectIdentifier(type), setOf(...values));
}

/** The members of a SET OF with an IMPLICIT tag, in their order (X.690 11.6). */
function sorted(members: readonly Bytes[]): readonly Bytes[] {
  return [...members].sort((a, b) => a.toHex() < b.toHex() ? -1 : 1);
}

function encodeSubject(subject: NonNullable<RequestTemplate["subject"]>): Bytes {
  return sequenceOf(
    subject.map((attributes) =>
      setOf(
        ...attributes.map(({ type, value }) =>
          sequence(objectIdentifier(type), ...value === undefined ? [] : [value])
        ),
      )
    ),
  );
}

/** The extensions with all of their values are an ordinary request for extensions (RFC 9908 3.4). */
function extensionsAttribute(extensions: readonly ExtensionTemplate[]): Bytes {
  const isComplete = extensions.every(({ value }) => value !== undefined);
  const list = sequenceOf(extensions.map(({ oid, critical, value }) =>
    sequence(
      objectIdentifier(oid),
      ...critical ? [booleanTrue()] : [],
      ...value === undefined ? [] : [octetString(value)],
    )
  ));
  return attribute(
    isComplete ? requestAttributeOid.extensionRequest : templateOid.extensions,
    list,
  );
}

/** In the older list: the type of the key, with its curve or its length (RFC 9908 3.2). */
function keyAttribute(key: WantedKey): Bytes {
  switch (key.kind) {
    case "ec":
      return attribute(
        keyOid.ec,
        ...key.curve === undefined ? [] : [objectIdentifier(curveOid[key.curve])],
      );
    case "rsa":
      return attribute(keyOid.rsa, ...key.bits === undefined ? [] : [integer(BigInt(key.bits))]);
    case "ed25519":
      return attribute(keyOid.ed25519);
    case "other":
      return attribute(key.oid);
  }
}

/** SubjectPublicKeyInfoTemplate: AlgorithmIdentifier, and for RSA a placeholder of the wanted length. */
function keyTemplate(key: WantedKey): readonly Bytes[] {
  switch (key.kind) {
    case "ec":
      return [sequence(
        objectIdentifier(keyOid.ec),
        ...key.curve === undefined ? [] : [objectIdentifier(curveOid[key.curve])],
      )];
    case "rsa": {
      const algorithm = sequence(objectIdentifier(keyOid.rsa), nullValue());
      if (key.bits === undefined) return [algorithm];
      const modulus = (1n << BigInt(key.bits)) - 1n;
      return [algorithm, bitString(sequence(integer(modulus), integer(exponent)))];
    }
    case "ed25519":
      return [sequence(objectIdentifier(keyOid.ed25519))];
    case "other":
      return [sequence(objectIdentifier(key.oid))];
  }
}
