/** Reasons for revoking a certificate. */
/** The revocation reasons that certswap supports, with their codes in a CRL (RFC 5280 5.3.1). */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
} as const;

/** Why a certificate was revoked. */
export type RevocationReason = keyof typeof revocationReasons;

/** Whether `word` is one of {@linkcode revocationReasons}. */
export function isRevocationReason(word: string): word is RevocationReason {
  return Object.hasOwn(revocationReasons, word);
}
