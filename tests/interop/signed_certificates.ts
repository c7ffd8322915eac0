/** Certificates built field by field and really signed (Ed25519), for other programs to verify. */
import { bitString, type Bytes, sequence } from "../../lib/x509/encoding/der_writer.ts";
import { readCertificate } from "../../lib/x509/read/certificate.ts";
import { ed25519, rawCertificate, type RawFields } from "../x509/raw_certificate.ts";

/** Makes a key pair. */
export async function generateKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey({ name: "Ed25519" }, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
}

/** A certificate signed with this key. */
export async function signed(fields: RawFields, { privateKey }: CryptoKeyPair): Promise<Bytes> {
  const { tbs } = readCertificate(rawCertificate(fields));
  const signature = await crypto.subtle.sign({ name: "Ed25519" }, privateKey, tbs);
  return rawCertificate({ ...fields, signature: bitString(new Uint8Array(signature)) });
}

/** A SubjectPublicKeyInfo. */
export async function publicKeyOf({ publicKey }: CryptoKeyPair): Promise<Bytes> {
  return sequence(
    ed25519,
    bitString(new Uint8Array(await crypto.subtle.exportKey("raw", publicKey))),
  );
}
