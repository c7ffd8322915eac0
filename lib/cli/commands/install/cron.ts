/** `certswap install cron`: writes a crontab that runs certswap. */
import {
  crlCronTable,
  type CronReach,
  cronReach,
  type CronReport,
  cronTable,
} from "../../../device/installation/mod.ts";
import { ifPresent, readFile } from "../../../system/mod.ts";
import { cronDaemonNotes } from "./cron_daemon.ts";
import { crlInstallationFor, type CrlInstallFlags, isForCa } from "./crl.ts";
import { install, installationFor } from "./install.ts";
import type { Outcome } from "../../print/mod.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap install cron`. */
interface CronFlags extends CrlInstallFlags {
  /** Default: what this machine supports. */
  readonly report?: CronReport;
}

/** `certswap install cron`. */
export default async function cron(world: World, flags: CronFlags): Promise<Outcome> {
  const reach = cronReach(world.system.files);
  const report = flags.report ?? (!reach.mail && reach.syslog ? "syslog" : "mail");
  const options = { machine: machineId(world), report };
  const table = isForCa(flags)
    ? await crlCronTable((await crlInstallationFor(world, flags)).crl, options)
    : await cronTable(await installationFor(world, flags), options);
  const outcome = install(world, [table], { flags, next: [] });
  return {
    ...outcome,
    notes: [
      ...cronDaemonNotes(world.system.files, flags.to),
      ...reportNotes(reach, { report, isChosen: flags.report !== undefined }),
    ],
  };
}

/** Notes about where output goes if cron cannot send mail, as users expect it to. */
function reportNotes(
  { mail, syslog }: CronReach,
  { report, isChosen }: { readonly report: CronReport; readonly isChosen: boolean },
): string[] {
  if (report === "syslog" && !syslog) {
    return [
      "This machine has no logger(1): the output of certswap would be lost. Install it first.",
    ];
  }
  if (report === "syslog" && !isChosen) {
    return [
      "This machine has no sendmail, so cron would discard the output of certswap. " +
      "The crontab sends it to syslog instead, with the tag certswap.",
    ];
  }
  if (report === "mail" && !mail) {
    return [
      "This machine has no sendmail: cron discards the output of certswap, and failures go unnoticed. " +
      "Install a mail transfer agent" + (syslog ? ", or use --report syslog." : "."),
    ];
  }
  return [];
}

/** machine-id(5). All machines without an ID run at the same minute. */
function machineId({ system: { files } }: World): string {
  const found = ifPresent(() => readFile(files, "/etc/machine-id", 1024));
  return new TextDecoder().decode(found?.content ?? new Uint8Array());
}
