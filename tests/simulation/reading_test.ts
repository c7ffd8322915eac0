import assert from "node:assert/strict";
import { check, isProblem, list } from "../../lib/ca/mod.ts";
import { planRecovery, planSwap, readStatus } from "../../lib/device/mod.ts";
import type { System } from "../../lib/system/mod.ts";
import { caScenarios, makeCaCast } from "./scenarios/ca_scenarios.ts";
import { makeCast } from "./scenarios/device_plot.ts";
import { deviceScenarios } from "./scenarios/device_scenarios.ts";
import type { Disk } from "./model/disk.ts";
import { SimulatedFileSystem } from "./model/simulated_file_system.ts";
import { simulatedSystem } from "./model/simulated_system.ts";
import { trace } from "./model/walk.ts";

/*
 * Commands that only read, during a run that changes files. They take no lock, so every file that they have
 * seen may be gone when they read it again.
 */

const paths = { certificate: "/d/cert.pem", key: "/d/key.pem" };
const given = { certificate: "/later/cert.pem", key: "/later/key.pem" };

/** Disks that the other run passes through for each operation of the one that reads. */
const paces = [0.2, 1, 3];

/**
 * A world in which another run moves on through these disks at each operation, and ends during a sleep.
 */
function besideRun(disks: readonly Disk[], { from, pace }: { from: number; pace: number }): System {
  let moment = from;
  const files: SimulatedFileSystem = new SimulatedFileSystem(at(disks, moment), {
    fate() {
      moment += pace;
      files.disk = at(disks, Math.floor(moment));
      return "run";
    },
  });
  const sleep = () => {
    moment = disks.length;
    files.disk = at(disks, moment);
    return Promise.resolve();
  };
  const system = simulatedSystem(files);
  return { ...system, clock: { ...system.clock, sleep } };
}

function at(disks: readonly Disk[], index: number): Disk {
  const disk = disks[Math.min(index, disks.length - 1)];
  assert.ok(disk !== undefined);
  return disk;
}

for (const name of ["swap, replacing, from the pending pair", "rollback", "stage"]) {
  Deno.test(`readStatus(), planSwap() and planRecovery() do not report a running ${name}`, async () => {
    const scenario = deviceScenarios(await makeCast()).find((scenario) => scenario.name === name);
    assert.ok(scenario !== undefined);
    const { disks } = await trace(scenario.initial, scenario.run);
    assert.ok(disks.length > 20, `only ${disks.length} disks`);
    for (const from of disks.keys()) {
      for (const pace of paces) {
        const system = () => besideRun(disks, { from, pace });
        const { active, pending, previous, recovery } = await readStatus(system(), paths);
        assert.equal(active.condition, "valid");
        for (const { condition } of [pending, previous]) assert.notEqual(condition, "broken");
        assert.equal(recovery.outcome, "clean");
        assert.equal((await planRecovery(system(), paths)).outcome, "clean");
        const { warnings } = await planSwap(system(), paths, {
          newPair: given,
          keepPrevious: false,
          allowIdentityChange: false,
          allowOlder: false,
        });
        assert.deepEqual(warnings, []);
      }
    }
  });
}

for (const name of ["ca sign, one request", "ca revoke", "ca crl, another"]) {
  Deno.test(`check() and list() do not report a running ${name}`, async () => {
    const cast = await makeCaCast();
    const scenario = (await caScenarios(cast)).find((scenario) => scenario.name === name);
    assert.ok(scenario !== undefined);
    const { disks } = await trace(scenario.initial, scenario.run);
    assert.ok(disks.length > 20, `only ${disks.length} disks`);
    const location = { dataDirectory: "/srv/ca" };
    for (const from of disks.keys()) {
      for (const pace of paces) {
        const system = () => besideRun(disks, { from, pace });
        const { findings, outlook } = await check(system(), { ...location, keys: cast.keys });
        assert.deepEqual([findings.filter(isProblem), outlook.outcome], [[], "clean"]);
        assert.equal((await list(system(), location)).outlook.outcome, "clean");
      }
    }
  });
}
