/** Writes a PKCS#12 file (RFC 7292). */
import {
  type Bytes,
  contextConstructed,
  contextPrimitive,
  encodeValue,
  integer,
  objectIdentifier,
  octetString,
  purposeOid,
  sequence,
  sequenceOf,
  setOf,
  tag,
} from "../../x509/mod.ts";
import { encrypt } from "./encryption.ts";
import type { Profile } from "./limits.ts";
import { writeMac } from "./mac.ts";
import { bagAttributeOid, bagOid, contentOid, x509CertificateOid } from "./oids.ts";
import { type Password, passwordOf, utf16Of } from "./password.ts";

/** What is put into a file, all of it DER. */
export interface Pkcs12Parts {
  /** PrivateKeyInfo. Secret. */
  readonly key?: Bytes | undefined;
  /** The certificate of the key. */
  readonly leaf?: Bytes | undefined;
  /** The leaf's issuers, in their order. */
  readonly intermediates: readonly Bytes[];
  /** Trust anchors: Java is told that it can trust them. */
  readonly trust: readonly Bytes[];
}

/** How a file is written. */
export interface WriteOptions {
  /** As it is in its file. Secret. */
  readonly password: Bytes;
  readonly profile: Profile;
  /** What programs show for the key: Java's alias. */
  readonly friendlyName?: string | undefined;
}

/**
 * Writes a file that is encrypted, and protected by a MAC, with a password. Salts are new ones: two files of
 * the same content are never the same bytes.
 */
export async function writePkcs12(
  { key, leaf, intermediates, trust }: Pkcs12Parts,
  { password: bytes, profile, friendlyName }: WriteOptions,
): Promise<Bytes> {
  const password = passwordOf(bytes);
  const attributes = leaf === undefined ? [] : await keyAttributes(leaf, friendlyName);
  const certificates = [
    ...(leaf === undefined ? [] : [certificateBag(leaf, attributes)]),
    ...intermediates.map((der) => certificateBag(der, [])),
    ...trust.map((der) => certificateBag(der, [trustAttribute()])),
  ];
  const contents = [
    ...(certificates.length === 0
      ? []
      : [await encryptedContent(sequenceOf(certificates), password, profile)]),
    ...(key === undefined ? [] : [await keyContent(key, attributes, { password, profile })]),
  ];
  const authSafe = sequenceOf(contents);
  return sequence(
    integer(3n),
    dataContent(authSafe),
    await writeMac(authSafe, password, profile),
  );
}

/** ContentInfo of type data. */
function dataContent(content: Bytes): Bytes {
  return sequence(
    objectIdentifier(contentOid.data),
    contextConstructed(0, octetString(content)),
  );
}

/** ContentInfo of type encryptedData (RFC 5652 8). */
async function encryptedContent(
  plain: Bytes,
  password: Password,
  profile: Profile,
): Promise<Bytes> {
  const { algorithm, ciphertext } = await encrypt(plain, password, profile);
  const info = sequence(
    objectIdentifier(contentOid.data),
    algorithm,
    contextPrimitive(0, ciphertext),
  );
  return sequence(
    objectIdentifier(contentOid.encryptedData),
    contextConstructed(0, sequence(integer(0n), info)),
  );
}

/** SafeContents with the key. The key itself is encrypted, so the content around it is not. */
async function keyContent(
  key: Bytes,
  attributes: readonly Bytes[],
  { password, profile }: { readonly password: Password; readonly profile: Profile },
): Promise<Bytes> {
  const { algorithm, ciphertext } = await encrypt(key, password, profile);
  const value = sequence(algorithm, octetString(ciphertext));
  return dataContent(sequence(bag(bagOid.shroudedKey, value, attributes)));
}

function certificateBag(der: Bytes, attributes: readonly Bytes[]): Bytes {
  const value = sequence(
    objectIdentifier(x509CertificateOid),
    contextConstructed(0, octetString(der)),
  );
  return bag(bagOid.certificate, value, attributes);
}

/** SafeBag (RFC 7292 4.2). */
function bag(oid: string, value: Bytes, attributes: readonly Bytes[]): Bytes {
  return sequence(
    objectIdentifier(oid),
    contextConstructed(0, value),
    ...(attributes.length === 0 ? [] : [setOf(...attributes)]),
  );
}

/** What a key and its certificate have in common: localKeyId, by which readers bring them together. */
async function keyAttributes(leaf: Bytes, friendlyName: string | undefined): Promise<Bytes[]> {
  // OpenSSL and NSS take the SHA-1 of the certificate, too: it identifies, and proves nothing.
  const id = new Uint8Array(await crypto.subtle.digest("SHA-1", leaf));
  return [
    ...(friendlyName === undefined ? [] : [attribute(
      bagAttributeOid.friendlyName,
      encodeValue(tag.bmpString, utf16Of(friendlyName)),
    )]),
    attribute(bagAttributeOid.localKeyId, octetString(id)),
  ];
}

function trustAttribute(): Bytes {
  return attribute(
    bagAttributeOid.trustedKeyUsage,
    objectIdentifier(purposeOid.anyExtendedKeyUsage),
  );
}

function attribute(oid: string, value: Bytes): Bytes {
  return sequence(objectIdentifier(oid), setOf(value));
}
