/** certswap while another program of the same user exchanges files and directories in the meantime. */
import assert from "node:assert/strict";
import { readFile, statIfPresent, type System } from "../../lib/system/mod.ts";
import { deeds, replayAttack, walkAdversary } from "./model/adversary.ts";
import { plant } from "./model/disk.ts";
import { type Scenario, trace, Violation } from "./model/walk.ts";
import {
  attackedCas,
  attackedDevices,
  attackedRotations,
  type AttackedScenario,
  attackedTransactions,
  attackedTrust,
} from "./scenarios/attacked_scenarios.ts";
import { makeCaCast } from "./scenarios/ca_scenarios.ts";
import { makeCast } from "./scenarios/device_plot.ts";
import { makeRotationCast } from "./scenarios/rotation_scenarios.ts";

/**
 * `deno task walk` makes all attacks, these tests one in N. N is prime, so that each kind of attack is
 * made.
 */
const oneIn = { transaction: 41, command: 53, rotation: 1499, ca: 331, trust: 797 };

for (const { scenario, options } of attackedTransactions) {
  const name =
    `a transaction of ${scenario.name} touches and awaits nothing outside when any name is exchanged`;
  Deno.test(name, async () => {
    const count = await walkAdversary(scenario, { ...options, oneIn: oneIn.transaction });
    assert.ok(count > 10, `only ${count} attacks`);
  });
}

const commands: Readonly<
  Record<string, readonly [() => Promise<readonly AttackedScenario[]>, number]>
> = {
  "a command": [async () => attackedDevices(await makeCast()), oneIn.command],
  "a rotation": [async () => attackedRotations(await makeRotationCast()), oneIn.rotation],
  "a change of a trust bundle": [attackedTrust, oneIn.trust],
  "a CA": [async () => await attackedCas(await makeCaCast()), oneIn.ca],
};

for (const [what, [scenarios, oneIn]] of Object.entries(commands)) {
  Deno.test(`${what} touches and awaits nothing outside when any name is exchanged`, async (t) => {
    for (const { scenario, options } of await scenarios()) {
      await t.step(scenario.name, async () => {
        const count = await walkAdversary(scenario, { ...options, oneIn });
        assert.ok(count > 1, `only ${count} attacks`);
      });
    }
  });
}

/** A careless program that copies `/d/a` to `/d/b`, and takes a lock. */
function careless(copy: (system: System) => void): Scenario {
  return {
    name: "careless",
    initial: plant({ "/d/a": "content", "/d/.certswap/": {} }),
    run(system) {
      statIfPresent(system.files, "/d/.certswap/a.journal");
      copy(system);
      return Promise.resolve("succeeded");
    },
    recover: () => Promise.resolve(),
    outcome: () => "new",
    checkNothingLeft: () => {},
  };
}

const carelessPrograms: Readonly<Record<string, (system: System) => void>> = {
  "opens a file that was a regular one a moment ago"({ files }) {
    if (files.stat("/d/a").kind === "file") files.openFile("/d/a").close();
  },
  "reads a name and follows a link"({ files }) {
    readFile(files, "/d/a", 100);
  },
  "locks what a link leads to"({ files }) {
    const handle = files.openLockFile("/d/.certswap/a.lock", 0o600);
    handle.tryLock();
    handle.close();
  },
};

for (const [what, copy] of Object.entries(carelessPrograms)) {
  Deno.test(`the adversary catches a program that ${what}`, async () => {
    const scenario = careless(copy);
    await assert.rejects(
      walkAdversary(scenario, { lasting: [1, Infinity], inRecovery: false }),
      Violation,
    );
  });
}

/** The attacks at the moment at which an exchanged file is renamed into place. */
async function attacksOnRenames({ initial, run }: Scenario): Promise<readonly string[]> {
  const { operations } = await trace(initial, run);
  return operations.flatMap(({ operation, path }, index) =>
    operation !== "rename" || !path.endsWith(".certswap.tmp")
      ? []
      : ["a link to a file outside", "another file"].flatMap((deed) =>
        [1, Infinity].map((lasts) => ["run", index, lasts, deed, path].join(","))
      )
  );
}

Deno.test("a rotation does not follow a link that was renamed into place as a staged file", async (t) => {
  for (const { scenario, options } of attackedRotations(await makeRotationCast())) {
    await t.step(scenario.name, async () => {
      const paths = await attacksOnRenames(scenario);
      assert.ok(paths.length > 3, `only ${paths.length} attacks`);
      for (const path of paths) await replayAttack(scenario, path, options);
    });
  }
});

Deno.test("a rotation whose rollback is blocked keeps the new pair, and what is pending", async (t) => {
  const cast = await makeRotationCast();
  const scenarios = attackedRotations(cast).filter(({ scenario }) =>
    ["rotation that the service does not take", "rotation that breaks the service"]
      .includes(scenario.name)
  );
  assert.equal(scenarios.length, 2);
  for (const { scenario, options } of scenarios) {
    const { operations } = await trace(scenario.initial, scenario.run);
    for (const half of ["cert", "key"]) {
      const staged = `/tls/..${half}.pem.certswap.pending.certswap.tmp`;
      const created = operations.findIndex(({ operation, path }) =>
        operation === "create" && path === staged
      );
      for (const deed of Object.keys(deeds)) {
        await t.step(`${scenario.name}, ${staged} is ${deed}`, async () => {
          const path = `run,${created},Infinity,${deed},${staged}`;
          assert.equal(scenario.outcome(await replayAttack(scenario, path, options)), "new");
        });
      }
    }
  }
});

Deno.test("a rotation does not keep a key that was exchanged before it was read", async () => {
  const scenarios = attackedRotations(await makeRotationCast());
  const found = scenarios.find(({ scenario }) => scenario.name === "rotation with a kept key");
  assert.ok(found !== undefined);
  const { operations } = await trace(found.scenario.initial, found.scenario.run);
  const before = operations.findIndex(({ operation, path }) =>
    operation === "open" && path === "/tls/key.pem"
  );
  // Before it is looked at: what is opened must be what was seen.
  const seen = operations.findLastIndex(({ operation, path }, index) =>
    index < before && operation === "stat" && path === "/tls/key.pem"
  );
  await replayAttack(
    found.scenario,
    `run,${seen},Infinity,another file,/tls/key.pem`,
    found.options,
  );
});
