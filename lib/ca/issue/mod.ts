/** Issues certificates: loads the CA, checks requests and signs leaves. */
export {
  backdated,
  currentSecond,
  expiryOfCrl,
  isIssuedBy,
  lastCrlIfGood,
  lastCrlTimesIfGood,
  loadAuthority,
  loadUsableAuthority,
  type NumberedCrl,
  placeOf,
  proveKey,
  readLastCrl,
  readLastCrlTimes,
  readRoot,
  requireCaCertificate,
  requireUsableAuthority,
  type Root,
} from "./authority.ts";
export {
  endingSoon,
  type Hierarchy,
  ownSerial,
  ownSerialNumber,
  pathLengthBelow,
  previousWith,
  readCertificates,
  readHierarchy,
  servedWithLeaf,
  warnOfEnd,
} from "./chain.ts";
export { checkAgainstProfile } from "./check_profile.ts";
export {
  checkAgainstCa,
  type CheckedRequest,
  type CheckedRequests,
  checkRequest,
} from "./check_request.ts";
export { issueBatch } from "./issue_batch.ts";
export type { Leaf } from "./issue_leaves.ts";
export { deliver } from "./deliver.ts";
export { takeSerial } from "./serials.ts";
export { mapConcurrently } from "./concurrency.ts";
export {
  findRequests,
  type IssuedCertificate,
  sign,
  type SignReport,
  usualValidity,
} from "./sign.ts";
