/** Installs certswap for unattended runs: systemd units, a cron table. */
export { type CronReach, cronReach, type CronReport, cronTable } from "./cron_table.ts";
export { NoExecutableError, UnwritablePathError } from "./errors.ts";
export { installFiles } from "./install_files.ts";
export { type Installation, type InstallationFile, planInstallation } from "./installation.ts";
export { installedFailureUnit, isFailureUnit, missingFailureUnit } from "./failure_unit.ts";
export { servicesOf, systemdUnits, unitNames } from "./systemd_units.ts";
