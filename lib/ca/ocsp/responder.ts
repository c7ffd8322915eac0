/** A delegated OCSP responder of a CA: its key and certificate (RFC 6960 4.2.2.2). */
import { day, minute } from "../../system/mod.ts";
import {
  type Certificate,
  isValidAt,
  type KeyKindFor,
  kindOf,
  type PublicKey,
  purposeOid,
  type Signer,
} from "../../x509/mod.ts";
import { isIssuedBy, type Root } from "../issue/mod.ts";

/** A responder that can sign. */
export interface OcspResponder {
  readonly signer: Signer;
  readonly certificate: Certificate;
}

/**
 * How long a responder's certificate is valid. Clients do not check whether it was revoked
 * (id-pkix-ocsp-nocheck), so a stolen key is of use for as long as this.
 */
export const responderValidity = 7 * day;

/** How far its notBefore is before now: for clients whose clock is a little behind. */
export const responderBackdate = minute;

/** Whether half the life of a responder is over: then it is replaced, with days left to try again. */
export function isResponderDue({ certificate }: OcspResponder, now: Date): boolean {
  const { notBefore, notAfter } = certificate;
  return now.getTime() >= (notBefore.getTime() + notAfter.getTime()) / 2;
}

/**
 * The kind of key for a responder: clients that verify the CA's signatures must be able to verify its. The
 * shortest RSA key lives long enough, and signs fastest.
 */
export function responderKeyKind({ algorithm }: PublicKey): KeyKindFor<"leaf"> {
  const kind = kindOf(algorithm);
  return kind === "ecdsa-p256" || kind === "ecdsa-p384" ? kind : "rsa-2048";
}

/** Whether a certificate makes its key a responder of this CA now (RFC 6960 4.2.2.2). */
export async function isResponderOf(
  root: Root,
  certificate: Certificate,
  now: Date,
): Promise<boolean> {
  return isValidAt(certificate, now) &&
    certificate.extKeyUsage?.includes(purposeOid.OCSPSigning) === true &&
    await isIssuedBy(root, certificate);
}
