/** `certswap install systemd`: writes the units that have systemd run certswap. */
import { servicesOf, systemdUnits, unitNames } from "../../../device/installation/mod.ts";
import { install, installationFor, type InstallFlags } from "./install.ts";
import type { Outcome } from "../../print/output.ts";
import type { World } from "../../world.ts";

/** `certswap install systemd`. */
export default async function systemd(world: World, flags: InstallFlags): Promise<Outcome> {
  const installation = await installationFor(world, flags);
  const { recover, timer } = unitNames(installation);
  const outcome = install(world, systemdUnits(installation), {
    flags,
    next: [
      "systemctl daemon-reload",
      // Again, for the services that it is wanted by may be others now.
      `systemctl reenable ${recover}`,
      `systemctl enable --now ${timer}`,
    ],
  });
  if (servicesOf(installation).length > 0) return outcome;
  return {
    ...outcome,
    notes: [
      "No pair names its services: recovery at boot is not ordered before any. " +
      'Say services = ["NAME.service"] in the configuration.',
    ],
  };
}
