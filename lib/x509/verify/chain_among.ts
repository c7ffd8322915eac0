/** Finds the chain of a certificate among certificates in any order. */
import { namesEqual } from "../name/mod.ts";
import type { Certificate } from "../read/mod.ts";
import { isSignedBy } from "./signature.ts";

/** Longer than any chain that a client follows. */
const chainLimit = 16;

/**
 * The chain of a leaf among certificates in any order: each the issuer of the one before. Without the root:
 * clients have it, or do not trust it. Certificates that do not belong to it are left out, and so is what
 * would lead back to one that is already in it.
 */
export async function chainAmong(
  leaf: Certificate,
  certificates: readonly Certificate[],
): Promise<readonly Certificate[]> {
  const chain: Certificate[] = [];
  let last = leaf;
  while (chain.length < chainLimit) {
    const issuer = await issuerOf(
      last,
      certificates.filter((other) => other !== leaf && !chain.includes(other)),
    );
    if (issuer === undefined || await isRoot(issuer)) return chain;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/**
 * The issuer of a certificate. If several have the issuer's name, the one that signed it; if none did, the
 * first: checking the chain reports what is wrong.
 */
async function issuerOf(
  certificate: Certificate,
  others: readonly Certificate[],
): Promise<Certificate | undefined> {
  if (await isRoot(certificate)) return undefined;
  const named = others.filter(({ subject }) => namesEqual(subject, certificate.issuer));
  const signers: Certificate[] = [];
  for (const candidate of named) {
    if (await isSignedBy(certificate, candidate)) signers.push(candidate);
  }
  // A root ends the chain: a certificate for the same CA by another one would make it longer.
  for (const signer of signers) if (await isRoot(signer)) return signer;
  return signers[0] ?? named[0];
}

async function isRoot(certificate: Certificate): Promise<boolean> {
  return namesEqual(certificate.subject, certificate.issuer) &&
    await isSignedBy(certificate, certificate);
}
