/** `ca migrate`: moves a CA to another kind of store. */
export { migrate, type MigrateReport, type MigrationStep, removeOldStores } from "./migrate.ts";
