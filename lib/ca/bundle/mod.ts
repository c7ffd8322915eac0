/** Certificates of other CAs that clients get with those of this one. */
export {
  addToBundle,
  type BundleEntry,
  type BundleReport,
  listBundle,
  removeFromBundle,
} from "./bundle.ts";
