/** Having the system run certswap: units for systemd, a table for cron. */
export * from "./errors.ts";
export { cronTable } from "./cron_table.ts";
export { type InstalledFile, installFiles } from "./install_files.ts";
export { type Installation, type InstallationFile, planInstallation } from "./installation.ts";
export { servicesOf, systemdUnits, unitNames } from "./systemd_units.ts";
