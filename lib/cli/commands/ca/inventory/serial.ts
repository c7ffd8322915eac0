/** `certswap ca serial`: shows or raises the next serial number. */
import { nextSerial, raiseSerial } from "../../../../ca/inventory/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import {
  didRecover,
  type Outcome,
  outlookToJson,
  recoveryToJson,
  wouldRecover,
} from "../../../print/mod.ts";
import { rows } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca serial`. */
export interface SerialFlags extends DataDirectoryFlags, CommonFlags {
  readonly raiseTo?: bigint;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

const randomLine =
  "Serial numbers are random: there is no next one, and nothing to raise after a restore.";

/** `certswap ca serial`. */
export default async function serialCommand(world: World, flags: SerialFlags): Promise<Outcome> {
  const { raiseTo } = flags;
  return raiseTo === undefined ? await report(world, flags) : await raise(world, flags, raiseTo);
}

async function report(world: World, flags: SerialFlags): Promise<Outcome> {
  const location = { dataDirectory: dataDirectory(world, flags) };
  const { next, highest, outlook } = await nextSerial(world.system, location);
  return {
    json: { next: next ?? null, highest: highest ?? null, recovery: outlookToJson(outlook) },
    notes: wouldRecover(outlook),
    lines: next === undefined
      ? [randomLine]
      : rows([["Next serial", next], ["Highest in use", highest ?? "none"]]),
  };
}

async function raise(world: World, flags: SerialFlags, next: bigint): Promise<Outcome> {
  const { lockTimeout } = flags;
  const options = { dataDirectory: dataDirectory(world, flags), lockTimeout, next };
  const { before, after, recovery, warnings } = await raiseSerial(world.system, options);
  const hasChanged = before !== after;
  return {
    json: {
      next: after ?? null,
      previous: before ?? null,
      raised: hasChanged,
      recovery: recoveryToJson(recovery),
    },
    notes: didRecover(recovery),
    lines: after === undefined || before === undefined ? [randomLine] : [
      hasChanged ? "Serial counter raised." : "Serial counter is already high enough.",
      ...rows([["Next serial", after], ...(hasChanged ? [["Before", before] as const] : [])]),
    ],
    warnings,
  };
}
