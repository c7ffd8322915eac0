/** Determines the order in which the certificates of a file should be. */
import type { Certificate } from "../read/mod.ts";
import { namesEqual } from "../name/mod.ts";

/**
 * The order in which certificates form a chain: the leaf, then the issuer of each (RFC 5246 7.4.2).
 *
 * @param leaf one of `certificates`.
 * @returns their indices; `undefined` if some of them are not part of the leaf's chain.
 */
export function chainOrder(
  certificates: readonly Certificate[],
  leaf: Certificate,
): readonly number[] | undefined {
  const order = [certificates.indexOf(leaf)];
  let last = leaf;
  while (order.length < certificates.length) {
    const next = certificates.findIndex((candidate, index) =>
      !order.includes(index) && namesEqual(candidate.subject, last.issuer)
    );
    const issuer = certificates[next];
    if (issuer === undefined) return undefined;
    order.push(next);
    last = issuer;
  }
  return order;
}
