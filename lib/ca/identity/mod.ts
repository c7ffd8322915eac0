/** The key and the names of a certificate or a request, and earlier certificates with the same ones. */
export { describe, type Described, keyHashOf, namesOf } from "./describe.ts";
export {
  activeNamesakes,
  type Earlier,
  findEarlier,
  profileOfRenewed,
  refusalOf,
  type RenewalPolicy,
  warningsOf,
} from "./earlier_certificates.ts";
