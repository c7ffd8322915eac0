/** Whether there is anything to repair. Apart from the repair, which few starts need. */
import type { Pair } from "../../pair/mod.ts";

/** Whether a pair has anything that could need a repair. */
export function mayNeedRepair({ combined, outputs, rights }: Pair): boolean {
  return combined !== undefined || outputs.length > 0 ||
    [rights.certificate, rights.key].some((wanted) => Object.keys(wanted).length > 0);
}
