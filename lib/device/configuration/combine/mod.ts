/** What is settled across the files of a configuration: shared hooks and paths, users and groups. */
export { withAccounts } from "./accounts.ts";
export { withSharedHooks } from "./shared_hooks.ts";
export { sharedPaths } from "./shared_paths.ts";
export { trustingBundle } from "./trust_bundles.ts";
