/** Reads the meaning of a CSR Attributes Response: a template (RFC 9908 3.4), or a list (RFC 7030 4.5.2). */
import {
  bitLength,
  type Bytes,
  constructedContextTag,
  curveOf,
  DerReader,
  extensionOid,
  keyOid,
  readAlgorithmIdentifier,
  readBitStringBytes,
  readBoolean,
  readInside,
  readObjectIdentifier,
  readSmallInteger,
  readUnsigned,
  readWhole,
  requestAttributeOid,
  tag,
} from "../../x509/mod.ts";
import { type CsrAttribute, readAttribute } from "./csr_attributes.ts";
import { enrolmentAttributeOid } from "./enrolment_request.ts";
import { BadCsrAttributesError } from "./errors.ts";
import {
  anyRequest,
  type ExtensionTemplate,
  type RequestTemplate,
  type SubjectAttributeTemplate,
  templateOid,
  type WantedKey,
} from "./template.ts";

/**
 * What the attributes of a server mean for a request. If there is a template, only that counts (RFC 9908 4).
 *
 * @throws BadCsrAttributesError, BadDerError, TruncatedDerError
 */
export function readTemplate(attributes: readonly CsrAttribute[]): RequestTemplate {
  const [template, ...others] = attributes.filter(({ type }) => type === templateOid.requestInfo);
  if (template === undefined) return readList(attributes);
  const [value, ...values] = template.values ?? [];
  if (value === undefined || values.length > 0 || others.length > 0) {
    throw new BadCsrAttributesError("repeated");
  }
  return readWhole(value, tag.sequence, readRequestInfo);
}

/** CertificationRequestInfoTemplate (RFC 9908 3.4). */
function readRequestInfo(parts: DerReader): RequestTemplate {
  if (readSmallInteger(parts) !== 0) throw new BadCsrAttributesError("template-version");
  const subject = parts.optional(tag.sequence);
  const key = parts.optional(constructedContextTag(0));
  const list = parts.optional(constructedContextTag(1));
  const attributes = list === undefined ? [] : readInside(list, (members) => {
    const found: CsrAttribute[] = [];
    while (!members.isAtEnd()) found.push(readAttribute(members));
    return found;
  });
  return {
    ...readList(attributes),
    subject: subject && readInside(subject, readSubject),
    keys: key === undefined ? [] : [readInside(key, readKey)],
  };
}

/** RDNSequenceTemplate. */
function readSubject(names: DerReader): SubjectAttributeTemplate[][] {
  const found: SubjectAttributeTemplate[][] = [];
  while (!names.isAtEnd()) {
    found.push(readInside(names.next(tag.set), (members) => {
      const attributes: SubjectAttributeTemplate[] = [];
      while (!members.isAtEnd()) {
        attributes.push(members.inside(tag.sequence, (parts) => ({
          type: readObjectIdentifier(parts),
          value: parts.isAtEnd() ? undefined : parts.next().der,
        })));
      }
      return attributes;
    }));
  }
  return found;
}

/** SubjectPublicKeyInfoTemplate. An RSA key in it is a placeholder: only its length counts. */
function readKey(parts: DerReader): WantedKey {
  const { oid, parameters } = readAlgorithmIdentifier(parts);
  const placeholder = parts.isAtEnd() ? undefined : readBitStringBytes(parts);
  switch (oid) {
    case keyOid.ec:
      return parameters === undefined ? { kind: "ec" } : curveOf(parameters);
    case keyOid.rsa:
      return placeholder === undefined
        ? { kind: "rsa" }
        : { kind: "rsa", bits: readWhole(placeholder, tag.sequence, readModulusLength) };
    case keyOid.ed25519:
      return { kind: "ed25519" };
    default:
      return { kind: "other", oid };
  }
}

/** RSAPublicKey (RFC 8017 A.1.1). */
function readModulusLength(parts: DerReader): number {
  const bits = bitLength(readUnsigned(parts));
  readUnsigned(parts);
  return bits;
}

/** The attributes themselves: those of RFC 7030, or those of a template. */
function readList(attributes: readonly CsrAttribute[]): RequestTemplate {
  const keys: WantedKey[] = [];
  const extensions: ExtensionTemplate[] = [];
  const ignored: string[] = [];
  let challengePassword = false;
  let lists = 0;
  const wish = (oid: string): void => {
    if (knownExtensions.has(oid)) extensions.push({ oid, critical: false, value: undefined });
    else ignored.push(oid);
  };
  for (const { type, values = [] } of attributes) {
    if (type === enrolmentAttributeOid.challengePassword) challengePassword = true;
    else if (keyTypes.has(type)) keys.push(...readKeyAttribute(type, values));
    else if (!extensionTypes.has(type)) {
      // RFC 7030 lets a server name the extensions that it likes to see.
      if (values.length === 0) wish(type);
      else ignored.push(type);
    } else if (values.length > 0 && values.every(([first]) => first === tag.objectIdentifier)) {
      // So does its example, within the request for extensions.
      for (const value of values) wish(readObjectIdentifier(new DerReader(value)));
    } else {
      const [value, ...others] = values;
      // RFC 9908 3.2, 3.4: exactly one list, in one of the two forms. Without a value, it asks for nothing.
      if (value === undefined) continue;
      if (others.length > 0 || lists++ > 0) throw new BadCsrAttributesError("repeated");
      extensions.push(...readExtensions(value));
    }
  }
  const names = extensions.map(({ oid }) => oid);
  if (new Set(names).size < names.length) throw new BadCsrAttributesError("repeated-extension");
  return { ...anyRequest, keys, extensions, challengePassword, ignored };
}

const keyTypes: ReadonlySet<string> = new Set([keyOid.ec, keyOid.rsa, keyOid.ed25519]);

const extensionTypes: ReadonlySet<string> = new Set([
  requestAttributeOid.extensionRequest,
  templateOid.extensions,
]);

const knownExtensions: ReadonlySet<string> = new Set([
  extensionOid.subjectAltName,
  extensionOid.keyUsage,
  extensionOid.extKeyUsage,
]);

/** A key type with its parameters: curves, or lengths in bits (RFC 9908 3.2). Without values, any. */
function readKeyAttribute(type: string, values: readonly Bytes[]): WantedKey[] {
  if (type === keyOid.ed25519) return [{ kind: "ed25519" }];
  if (type === keyOid.ec) {
    return values.length === 0 ? [{ kind: "ec" }] : values.map((value) => {
      const reader = new DerReader(value);
      const found = curveOf(reader.next());
      reader.end();
      return found;
    });
  }
  return values.length === 0 ? [{ kind: "rsa" }] : values.map((value) => {
    const reader = new DerReader(value);
    const bits = readSmallInteger(reader);
    reader.end();
    return { kind: "rsa", bits };
  });
}

/** Extensions (RFC 5280 4.1) or ExtensionTemplates (RFC 9908): the latter lets values be left out. */
function readExtensions(der: Bytes): ExtensionTemplate[] {
  return readWhole(der, tag.sequence, (members) => {
    const found: ExtensionTemplate[] = [];
    while (!members.isAtEnd()) {
      found.push(members.inside(tag.sequence, (parts) => {
        const oid = readObjectIdentifier(parts);
        const critical = parts.peek() === tag.boolean && readBoolean(parts);
        const value = parts.optional(tag.octetString)?.content;
        return { oid, critical, value };
      }));
    }
    return found;
  });
}
