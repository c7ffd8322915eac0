/** The key and the names of a certificate or a request, in the form of the store's details. */
import { sha256Hex } from "../../system/mod.ts";
import { formatGeneralName, type GeneralName, type PublicKey } from "../../x509/mod.ts";
import type { CertificateDetails } from "../store/mod.ts";

/** A certificate, or the request for one. */
export interface Described {
  readonly subjectAltName: readonly GeneralName[];
  readonly subjectPublicKeyInfo: PublicKey;
}

/** The alternative names, each formatted by `formatGeneralName`. */
export function namesOf({ subjectAltName }: Pick<Described, "subjectAltName">): readonly string[] {
  return subjectAltName.map(formatGeneralName);
}

/** SHA-256 of the SubjectPublicKeyInfo, 64 lowercase hexadecimal digits. */
export async function keyHashOf(
  { subjectPublicKeyInfo }: Pick<Described, "subjectPublicKeyInfo">,
): Promise<string> {
  return await sha256Hex(subjectPublicKeyInfo.der);
}

/** The details that a certificate itself contains. */
export async function describe(
  certificate: Described,
): Promise<Required<Pick<CertificateDetails, "names" | "key">>> {
  return { names: namesOf(certificate), key: await keyHashOf(certificate) };
}
