/** The table `[serve]` of `ca.toml`: where the server listens, and its limits. */
export { readServe } from "./read_table.ts";
export { readListenAddress, serverName, serveTable } from "./schema.ts";
export {
  type ServeIdentity,
  type ServeLimits,
  type ServeSettings,
  standardServe,
} from "./settings.ts";
