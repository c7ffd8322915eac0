/** Runs a transaction into which another program meddles. */
import { type Disk, plant, type Planted } from "../../simulation/model/disk.ts";
import type { Operation } from "../../simulation/model/simulated_file_system.ts";
import {
  type Change,
  runTransaction,
  siteOf,
} from "../../simulation/scenarios/transaction_scenarios.ts";
import { type Machine, machineWith } from "../crashed.ts";

/** One run of a transaction, and how it ended. */
export interface Ended {
  readonly machine: Machine;
  readonly operations: readonly Operation[];
  /** `undefined`: it succeeded. */
  readonly error: unknown;
}

/** Owner and mode of every file before a run. */
const attributes = { uid: 7, gid: 8, mode: 0o640 };

/** Runs a transaction in `/d`, in which `meddle` happens before the operation of a number. */
export async function run(
  changes: readonly Change[],
  meddle?: { readonly before: number; readonly deed: (disk: Disk) => Disk },
): Promise<Ended> {
  const planted: Record<string, Planted> = { "/d/": {} };
  for (const { path, old, isLink } of changes) {
    if (old !== undefined) planted[path] = isLink ? { link: old } : { content: old, attributes };
  }
  const operations: Operation[] = [];
  const machine: Machine = machineWith(plant(planted), {
    fate(operation) {
      const index = operations.push(operation) - 1;
      if (index === meddle?.before) machine.files.disk = meddle.deed(machine.files.disk);
      return "run";
    },
  });
  const site = siteOf(changes.map(({ path }) => path), ["/d"]);
  const error = await runTransaction(machine.system, site, changes).then(
    () => undefined,
    (error) => error,
  );
  return { machine, operations, error };
}

/** Where what is new becomes the truth: at the first rename, of the journal or of a single target. */
export function commitOf(operations: readonly Operation[]): number {
  return operations.findIndex(({ operation }) => operation === "rename");
}
