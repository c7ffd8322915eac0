/** Finds and verifies the certificates above a CA. */
import { type Certificate, ChainError, isSelfIssued, verifyChain } from "../../x509/mod.ts";
import { ActivationChainError } from "./errors.ts";

/** Where to look for the certificates above a CA. */
interface Candidates {
  /** The file with the CA's own certificate. For errors. */
  readonly file: string;
  /** In any order. */
  readonly candidates: readonly Certificate[];
  readonly now: Date;
}

/** The certificates above a CA's own, nearest first, the root last. @throws ActivationChainError */
export async function chainAbove(
  certificate: Certificate,
  { file, candidates, now }: Candidates,
): Promise<readonly Certificate[]> {
  // Of several certificates of a root, the one that ends last.
  const anchors = candidates.filter(isSelfIssued)
    .toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime());
  try {
    const [, ...chain] = await verifyChain({
      leaf: certificate,
      intermediates: candidates.filter((candidate) => !isSelfIssued(candidate)),
      anchors,
      at: now,
      purposes: [],
    });
    return chain;
  } catch (cause) {
    throw cause instanceof ChainError ? new ActivationChainError(file, { cause }) : cause;
  }
}
