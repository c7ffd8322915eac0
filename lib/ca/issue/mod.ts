/** Issues certificates: loads the CA, checks requests and signs leaves. */
export {
  backdated,
  currentSecond,
  expiryOfCrl,
  isOwnCrl,
  isSignedBy,
  loadAuthority,
  type NumberedCrl,
  proveKey,
  readLastCrl,
  readRoot,
  requireOwnSignature,
  requireUsableTime,
  type Root,
} from "./authority.ts";
export { mapConcurrently } from "./concurrency.ts";
export {
  findRequests,
  type IssuedCertificate,
  sign,
  type SignReport,
  usualValidity,
} from "./sign.ts";
