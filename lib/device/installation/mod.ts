/** Installs certswap for unattended runs: systemd units, a cron table. */
export { type CronReach, cronReach, type CronReport, cronTable } from "./cron_table.ts";
export { crlCronTable, type CrlInstallation, crlJobName, crlUnits } from "./crl_units.ts";
export { NoExecutableError, UnwritablePathError } from "./errors.ts";
export { installFiles } from "./install_files.ts";
export { type Installation, type InstallationFile, planInstallation } from "./installation.ts";
export { installedFailureUnit, isFailureUnit, missingFailureUnit } from "./failure_unit.ts";
export { findUser, ownerOf } from "./user.ts";
export { type ServeInstallation, serveUnit, serveUnitName } from "./serve_unit.ts";
export { servicesOf, systemdUnits, unitNames } from "./systemd_units.ts";
