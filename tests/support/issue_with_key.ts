import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { readRequestFile } from "../../lib/x509/read/request.ts";
import type { Authority } from "./pairs.ts";

/** What is wrong with an otherwise requested certificate. */
export interface Mistake {
  readonly names?: readonly string[];
  readonly ca?: boolean;
  /** Of extendedKeyUsage, in dots; none: no such extension. */
  readonly purposes?: readonly string[];
  readonly now: Date;
}

/** Issues a certificate for the key of a request, but with other names than requested, or as a CA's. */
export async function issueWithKeyOf(
  request: Uint8Array,
  authority: Authority,
  { names = [], ca = false, purposes = [], now }: Mistake,
): Promise<string> {
  const { subjectPublicKeyInfo } = readRequestFile(request);
  const issuer = new x509.X509Certificate(authority.certificateDer);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "7f",
    subject: "CN=device.example",
    issuer: issuer.subjectName,
    notBefore: new Date(now.getTime() - 1000),
    notAfter: new Date(now.getTime() + 90 * 86_400_000),
    publicKey: new x509.PublicKey(subjectPublicKeyInfo.der),
    signingKey: authority.privateKey,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" } as EcdsaParams,
    extensions: [
      new x509.BasicConstraintsExtension(ca, undefined, true),
      ...purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...purposes])],
      ...names.length === 0 ? [] : [
        new x509.SubjectAlternativeNameExtension(
          names.map((name) => ({ type: "dns" as const, value: name.replace(/^DNS:/, "") })),
        ),
      ],
    ],
  });
  return certificate.toString("pem") + "\n";
}
