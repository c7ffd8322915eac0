/** Verifies chains, signatures, names, purposes and key pairs. */
export {
  isSameEntity,
  isSelfIssued,
  mayIssueCertificates,
  requireServedInTime,
  unprocessedExtensions,
  verifyChain,
  verifyServedChain,
} from "./chain.ts";
export { chainAmong } from "./chain_among.ts";
export {
  BadSignatureError,
  ChainError,
  IssuerNotFoundError,
  NameConstraintError,
  PurposeNotAllowedError,
} from "./chain_errors.ts";
export { requireServer } from "./server.ts";
export { chainOrder } from "./chain_order.ts";
export { compareIdentities, type Identity, readIdentity } from "./identity.ts";
export { proveKeyBelongs, writeCombined } from "./pair.ts";
export { formatPurpose, parsePurpose, purposeNames } from "./purpose_names.ts";
export { lostPurposes } from "./purposes.ts";
export {
  isIssuedByOneOf,
  isSignedBy,
  judgeSignature,
  type Signed,
  type Verdict,
} from "./signature.ts";
