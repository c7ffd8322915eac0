import assert from "node:assert/strict";
import { InterruptedError } from "../../lib/transaction/mod.ts";
import type { System } from "../../lib/system/mod.ts";
import { plant } from "../simulation/model/disk.ts";
import type { Operation } from "../simulation/model/simulated_file_system.ts";
import {
  type Change,
  runTransaction,
  siteOf,
} from "../simulation/scenarios/transaction_scenarios.ts";
import { type Machine, machineWith, textsOn } from "./crashed.ts";

/*
 * A signal before the commit ends a transaction, and everything is as it was; one after it comes too late,
 * and the transaction is finished.
 */

const changes: readonly Change[] = [
  { path: "/d/b", old: undefined, new: "new-b" },
  { path: "/d/a", old: "old-a", new: "new-a" },
  { path: "/d/c", old: "old-c", new: undefined },
];
const attributes = { uid: 7, gid: 8, mode: 0o640 };
const initial = plant({
  "/d/a": { content: "old-a", attributes },
  "/d/c": { content: "old-c", attributes },
});
const before = { "/d/": "directory", "/d/a": "old-a", "/d/c": "old-c" };
const after = { "/d/": "directory", "/d/a": "new-a", "/d/b": "new-b" };
const own = { "/d/.certswap/": "directory", "/d/.certswap/a.lock": "" };

/** A run that is told to stop before the operation of a number, and how it ended. */
interface Told {
  readonly machine: Machine;
  readonly operations: readonly Operation[];
  /** The number of operations when it looked for signals. */
  readonly looks: readonly number[];
  readonly isListening: boolean;
  readonly error: unknown;
}

async function runTold(signalBefore: number): Promise<Told> {
  const operations: Operation[] = [];
  const looks: number[] = [];
  const listeners = new Set<(signal: string) => void>();
  let isDue = false;
  const machine: Machine = machineWith(initial, {
    fate(operation) {
      if (operations.push(operation) - 1 === signalBefore) isDue = true;
      return "run";
    },
  });
  const system: System = {
    ...machine.system,
    processes: {
      ...machine.system.processes,
      onTermination(stop) {
        listeners.add(stop);
        return () => listeners.delete(stop);
      },
      deliverSignals() {
        looks.push(operations.length);
        if (isDue) { for (const stop of listeners) stop("SIGTERM"); }
        return Promise.resolve();
      },
    },
  };
  const site = siteOf(changes.map(({ path }) => path), ["/d"]);
  let error: unknown;
  try {
    await runTransaction(system, site, changes);
  } catch (thrown) {
    error = thrown;
  }
  return { machine, operations, looks, isListening: listeners.size > 0, error };
}

Deno.test("a signal at any operation of a transaction stops it uncommitted or lets it finish", async () => {
  const whole = await runTold(Infinity);
  assert.equal(whole.error, undefined);
  const last = whole.looks.at(-1) ?? 0;
  const commit = whole.operations.findIndex(({ operation }) => operation === "rename");
  assert.ok(last > 0 && last < commit, "signals are looked for before the commit, and only there");
  for (const index of whole.operations.keys()) {
    const { machine, error, isListening } = await runTold(index);
    const isBefore = index < last;
    if (isBefore) {
      assert.ok(error instanceof InterruptedError, `before operation ${index}: ${error}`);
      assert.equal(error.signal, "SIGTERM");
    } else {
      assert.equal(error, undefined, `before operation ${index}`);
    }
    assert.deepEqual(textsOn(machine.files.disk), { ...(isBefore ? before : after), ...own });
    assert.ok(!isListening, "signals have their default effect again");
  }
});

Deno.test("a transaction checks for signals after its last slow operation before the commit", async () => {
  const { operations, looks } = await runTold(Infinity);
  const commit = operations.findIndex(({ operation }) => operation === "rename");
  const slow = operations.slice(looks.at(-1), commit)
    .filter(({ operation }) => ["fsync", "write"].includes(operation));
  assert.deepEqual(slow, []);
});
