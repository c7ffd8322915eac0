/** `certswap install systemd`: writes systemd units that run certswap. */
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
      // Reenable, because the list of services in WantedBy= may have changed.
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
          `The unit ${missing} does not exist yet: until then, systemd starts nothing on failure.`,
        ),
      ]),
    ],
  };
}

/** @throws UsageError if systemd could not start the unit. */
function requireFailureUnit({ onFailure }: SystemdFlags): void {
  if (onFailure === undefined || onFailure === "none" || isFailureUnit(onFailure)) return;
  throw new UsageError(
    ["--on-failure is not the name of a unit that can be started"],
    "Give a service or a target; for a template, add the instance: certswap-failure@%n.service.",
  );
}
