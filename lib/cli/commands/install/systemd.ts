/** `certswap install systemd`: writes the units that have systemd run certswap. */
import {
  installedFailureUnit,
  isFailureUnit,
  missingFailureUnit,
  servicesOf,
  systemdUnits,
  unitNames,
} from "../../../device/installation/mod.ts";
import { join } from "../../../system/mod.ts";
import { install, installationFor, type InstallFlags } from "./install.ts";
import { UsageError } from "../../errors.ts";
import type { Outcome } from "../../print/mod.ts";
import { visible } from "../../text.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap install systemd`. */
interface SystemdFlags extends InstallFlags {
  /** The name of a unit, or `none`. */
  readonly onFailure?: string;
}

/** `certswap install systemd`. */
export default async function systemd(world: World, flags: SystemdFlags): Promise<Outcome> {
  requireFailureUnit(flags);
  const installation = await installationFor(world, flags);
  const { recover, rotate, timer } = unitNames(installation);
  const { files } = world.system;
  const named = flags.onFailure ?? installedFailureUnit(files, join(flags.to, rotate));
  const failureUnit = named === "none" ? undefined : named;
  const outcome = install(world, systemdUnits(installation, { failureUnit }), {
    flags,
    next: [
      "systemctl daemon-reload",
      // Again, for the services that it is wanted by may be others now.
      `systemctl reenable ${recover}`,
      `systemctl enable --now ${timer}`,
    ],
  });
  const missing = failureUnit &&
    missingFailureUnit(files, { name: failureUnit, directory: flags.to });
  return {
    ...outcome,
    notes: [
      ...(servicesOf(installation).length > 0 ? [] : [
        "No pair sets 'services', so recovery at boot may run after the services have started. " +
        'Add services = ["NAME.service"] to each pair.',
      ]),
      ...(missing === undefined ? [] : [
        visible(
          `There is no unit ${missing} yet: until it exists, nothing is started on a failure.`,
        ),
      ]),
    ],
  };
}

/** @throws UsageError for what systemd could not start. */
function requireFailureUnit({ onFailure }: SystemdFlags): void {
  if (onFailure === undefined || onFailure === "none" || isFailureUnit(onFailure)) return;
  throw new UsageError(
    ["--on-failure is not the name of a unit that can be started"],
    "Name a service or a target; a template with its instance: certswap-failure@%n.service.",
  );
}
