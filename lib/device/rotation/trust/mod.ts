/** The trust bundle of a pair: the CA certificates that the device and its services trust. */
export { NoTrustBundleError } from "./errors.ts";
export { acceptRoot, refreshTrust } from "./load.ts";
export { bundleOf, isRefreshDue, recordOf } from "./due.ts";
