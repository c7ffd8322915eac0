import { isErrno, type System } from "../system/mod.ts";
import { inspect, type RecoveryOutlook } from "../transaction/mod.ts";
import type { DataDirectory } from "./data_directory.ts";

/** How long a run that is seen at work is given to finish, in milliseconds. */
const patience = 200;

/**
 * What recovery would do, for a command that only looks. Another run may be half-way through a
 * transaction: what is gone a moment later was never due.
 *
 * @returns `clean` too where the state directory may not be read: it is its owner's, and so is recovery.
 */
export async function outlookFor(
  system: System,
  { site }: DataDirectory,
): Promise<RecoveryOutlook> {
  try {
    const outlook = await inspect(system, site);
    if (outlook.outcome === "clean") return outlook;
    await system.clock.sleep(patience);
    return await inspect(system, site);
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM")) return { outcome: "clean", targets: [], leftovers: [] };
    throw error;
  }
}
