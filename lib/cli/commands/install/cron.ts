/** `certswap install cron`: writes the table that has cron run certswap. */
import { cronTable } from "../../../device/installation/mod.ts";
import { ifPresent, readFile } from "../../../system/mod.ts";
import { cronDaemonNotes } from "./cron_daemon.ts";
import { install, installationFor, type InstallFlags } from "./install.ts";
import { type Outcome, printNotes } from "../../print/mod.ts";
import type { World } from "../../world.ts";

/** `certswap install cron`. */
export default async function cron(world: World, flags: InstallFlags): Promise<Outcome> {
  // First: whatever else is wrong, this is worth knowing.
  printNotes(world, cronDaemonNotes(world.system.files, flags.to));
  const installation = await installationFor(world, flags);
  const table = await cronTable(installation, { machine: machineId(world) });
  return install(world, [table], { flags, next: [] });
}

/** machine-id(5). A machine without one shares its minute with all others that have none. */
function machineId({ system: { files } }: World): string {
  const found = ifPresent(() => readFile(files, "/etc/machine-id", 1024));
  return new TextDecoder().decode(found?.content ?? new Uint8Array());
}
