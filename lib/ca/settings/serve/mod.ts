/** The tables `[serve]` and `[est]` of `ca.toml`: where the server listens, its limits, and who may enrol. */
export { readEst, readServe } from "./read_table.ts";
export { estTable, readListenAddress, serverName, serveTable } from "./schema.ts";
export {
  type AdminLogin,
  type EstSettings,
  type ServeIdentity,
  type ServeLimits,
  type ServeSettings,
  standardEst,
  standardServe,
} from "./settings.ts";
