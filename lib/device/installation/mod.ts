/** Having the system run certswap: units for systemd, a table for cron. */
export * from "./errors.ts";
export { cronTable } from "./cron_table.ts";
export { type InstalledFile, installFiles } from "./install_files.ts";
export type { Installation, InstallationFile } from "./plan.ts";
export { planInstallation } from "./plan.ts";
export { servicesOf, systemdUnits, unitNames } from "./systemd_units.ts";
