/** Certificates of other CAs that clients get with those of this one. */
export {
  addToBundle,
  addVerified,
  type BundleEntry,
  type BundleReport,
  listBundle,
  removeByFingerprint,
  removeFromBundle,
} from "./bundle.ts";
