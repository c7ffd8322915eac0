/** `certswap install systemd`: writes systemd units that run certswap. */
import {
  crlJobName,
  crlUnits,
  installedFailureUnit,
  isFailureUnit,
  missingFailureUnit,
  serveUnit,
  servicesOf,
  systemdUnits,
  unitNames,
} from "../../../device/installation/mod.ts";
import { join } from "../../../system/mod.ts";
import { crlInstallationFor, type CrlInstallFlags, isForCa } from "./crl.ts";
import { install, installationFor } from "./install.ts";
import { UsageError } from "../../errors.ts";
import type { Outcome } from "../../print/mod.ts";
import { visible } from "../../text.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap install systemd`. */
interface SystemdFlags extends CrlInstallFlags {
  /** The name of a unit, or `none`. */
  readonly onFailure?: string;
}

/** `certswap install systemd`. */
export default async function systemd(world: World, flags: SystemdFlags): Promise<Outcome> {
  requireFailureUnit(flags);
  if (isForCa(flags)) {
    const { crl, serve } = await crlInstallationFor(world, flags);
    const name = await crlJobName(crl.dataDirectory);
    const failureUnit = failureUnitFor(world, { flags, service: `${name}.service` });
    const server = serve && await serveUnit(serve, { failureUnit });
    const units = await crlUnits(crl, { failureUnit });
    const outcome = install(world, server === undefined ? units : [...units, server], {
      flags,
      next: [
        "systemctl daemon-reload",
        `systemctl enable --now ${name}.timer`,
        ...(server === undefined ? [] : [
          `systemctl enable ${server.name}`,
          // It may run already: enable --now would leave it as it is.
          `systemctl restart ${server.name}`,
        ]),
      ],
    });
    return { ...outcome, notes: missingUnitNotes(world, { flags, failureUnit }) };
  }
  const installation = await installationFor(world, flags);
  const { recover, rotate, timer } = unitNames(installation);
  const failureUnit = failureUnitFor(world, { flags, service: rotate });
  const outcome = install(world, systemdUnits(installation, { failureUnit }), {
    flags,
    next: [
      "systemctl daemon-reload",
      // Reenable, because the list of services in WantedBy= may have changed.
      `systemctl reenable ${recover}`,
      `systemctl enable --now ${timer}`,
    ],
  });
  return {
    ...outcome,
    notes: [
      ...(servicesOf(installation).length > 0 ? [] : [
        "No pair sets 'services', so recovery at boot may run after the services have started. " +
        'Add services = ["NAME.service"] to each pair.',
      ]),
      ...missingUnitNotes(world, { flags, failureUnit }),
    ],
  };
}

/** The unit to start if certswap fails: that of the flag, or that of the installed service. */
function failureUnitFor(
  { system: { files } }: World,
  { flags, service }: { readonly flags: SystemdFlags; readonly service: string },
): string | undefined {
  const named = flags.onFailure ?? installedFailureUnit(files, join(flags.to, service));
  return named === "none" ? undefined : named;
}

function missingUnitNotes(
  { system: { files } }: World,
  { flags, failureUnit }: {
    readonly flags: SystemdFlags;
    readonly failureUnit: string | undefined;
  },
): string[] {
  const missing = failureUnit &&
    missingFailureUnit(files, { name: failureUnit, directory: flags.to });
  return missing === undefined ? [] : [
    visible(
      `The unit ${missing} does not exist yet: until it does, systemd starts nothing on failure.`,
    ),
  ];
}

/** @throws UsageError if systemd could not start the unit. */
function requireFailureUnit({ onFailure }: SystemdFlags): void {
  if (onFailure === undefined || onFailure === "none" || isFailureUnit(onFailure)) return;
  throw new UsageError(
    ["--on-failure is not the name of a unit that can be started"],
    "Give a service or a target; for a template, add the instance: certswap-failure@%n.service.",
  );
}
