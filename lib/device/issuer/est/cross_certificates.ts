/** Cross-certificates, for peers of a device that do not trust the root of its certificate yet. */
import {
  type Certificate,
  isIssuedByOneOf,
  isSameEntity,
  isSelfIssued,
  mayIssueCertificates,
} from "../../../x509/mod.ts";

/**
 * The certificates with which other roots that the device trusts have certified the root of its certificate
 * (NewWithOld, RFC 4210 4.4). While a CA is being replaced, peers may trust only one of the two.
 *
 * One that ends before the certificate is left out: the chain would expire before the leaf.
 *
 * @param root that the leaf leads to.
 * @param served what the server has. Only what a root in `anchors` has signed is taken from it.
 */
export async function crossCertificatesFor(
  { leaf, root, anchors, served }: {
    readonly leaf: Certificate;
    readonly root: Certificate;
    readonly anchors: readonly Certificate[];
    readonly served: readonly Certificate[];
  },
): Promise<readonly Certificate[]> {
  const found: Certificate[] = [];
  for (const one of served) {
    if (!isSameEntity(one, root) || isSelfIssued(one) || !mayIssueCertificates(one)) continue;
    if (one.notAfter < leaf.notAfter) continue;
    if (await isIssuedByOneOf(one, anchors)) found.push(one);
  }
  return found;
}
