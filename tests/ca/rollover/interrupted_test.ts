/** A step of `ca rollover` that was killed: the same one completes it, and no step brings back secrets. */
import assert from "node:assert/strict";
import type { FileSystem } from "../../../lib/system/mod.ts";
import { type TestCa, testCa, withNoCa } from "../../support/ca.ts";
import { dyingFileSystem } from "../../support/dying_file_system.ts";
import { later } from "./later.ts";

const stores = ["directory", "sqlite"] as const;

interface Cas {
  readonly old: TestCa;
  readonly next: TestCa;
}

/** A rollover in one of its phases. Both CAs have a secret of their own before `switch`. */
function withPhase(
  phase: "none" | "started" | "switched" | "reversed",
  store: string,
  work: (cas: Cas) => Promise<void>,
): Promise<void> {
  return withNoCa(async ({ root }) => {
    const [old, next] = [testCa(root, "old"), testCa(root, "next")];
    await old.done(["init", "--subject", "CN=Root", "--store", store]);
    await old.done(["token", "create"]);
    if (phase !== "none") await old.done(starting(next));
    if (phase === "switched" || phase === "reversed") await old.done(["rollover", "switch"]);
    if (phase === "reversed") await old.done(["rollover", "switch", "--back"]);
    await work({ old, next });
  });
}

const starting = ({ dataDirectory }: TestCa): readonly string[] => [
  ...["rollover", "start", "--next", dataDirectory, "--subject", "CN=Root G2"],
];

/** Runs a step that is killed before the rename of this number. @returns whether it was killed. */
async function killed(ca: TestCa, words: readonly string[], before: number): Promise<boolean> {
  let renames = 0;
  const files: FileSystem = dyingFileSystem((operation) =>
    operation === "rename" && ++renames === before
  );
  await ca.run(words, { ...later(1), files });
  return renames >= before;
}

/** Does the same after each moment at which a step can be killed. */
async function atEachMoment(
  step: readonly string[],
  prepare: (work: (cas: Cas) => Promise<void>) => Promise<void>,
  work: (cas: Cas, moment: string) => Promise<void>,
): Promise<number> {
  for (let number = 1;; number++) {
    let wasKilled = false;
    await prepare(async (cas) => {
      wasKilled = await killed(cas.old, step, number);
      if (wasKilled) await work(cas, `killed before rename ${number}`);
    });
    if (!wasKilled) return number - 1;
  }
}

async function secretsIn(ca: TestCa): Promise<readonly string[]> {
  const { tokens } = JSON.parse(await ca.done(["token", "list", "--json"]));
  return tokens.map(({ id }: { readonly id: string }) => id);
}

async function phaseOf(ca: TestCa): Promise<string> {
  return JSON.parse(await ca.done(["rollover", "status", "--json"])).phase;
}

async function requireSound({ old, next }: Cas, moment: string): Promise<void> {
  for (const ca of [old, next]) {
    assert.match(await ca.done(["check"], later(4)), /^CA check: OK/, moment);
  }
}

/** Entries of the history about a rollover that say what the one before them about the same thing said. */
async function repeatedIn(ca: TestCa): Promise<readonly string[]> {
  const last = new Map<string, string>();
  const repeated: string[] = [];
  const { events } = JSON.parse(await ca.done(["history", "--json"]));
  for (const { kind, name, to, certificate } of events) {
    if (!["rollover", "trust", "distrust"].includes(kind)) continue;
    const [about, says] = [certificate ?? "rollover", `${kind} ${to} ${name} ${certificate}`];
    if (last.get(about) === says) repeated.push(says);
    last.set(about, says);
  }
  assert.ok(last.size > 0);
  return repeated;
}

for (const store of stores) {
  for (const [step, phase] of [["switch --back", "switched"], ["switch", "started"]] as const) {
    Deno.test(`${store}: a secret that is revoked after a killed ${step} is gone for good`, async () => {
      const words = ["rollover", ...step.split(" ")];
      const kills = await atEachMoment(
        words,
        (work) => withPhase(phase, store, work),
        async (cas, moment) => {
          const { old, next } = cas;
          const [id = ""] = await secretsIn(old);
          await old.done(["token", "revoke", id]);
          if (await phaseOf(old) === "started") {
            await old.done(["rollover", "switch"], later(2));
            assert.deepEqual(await secretsIn(next), [], moment);
          }
          await old.done(["rollover", "switch", "--back"], later(3));
          for (const ca of [old, next]) assert.deepEqual(await secretsIn(ca), [], moment);
          await requireSound(cas, moment);
        },
      );
      assert.ok(kills >= 2, `only ${kills} moments`);
    });
  }
}

for (const store of ["sqlite"]) {
  Deno.test(`${store}: cancel does not bring back a secret revoked after a killed switch`, async () => {
    await atEachMoment(
      ["rollover", "switch"],
      (work) => withPhase("started", store, work),
      async ({ old, next }, moment) => {
        await old.done(["token", "revoke", (await secretsIn(old))[0] ?? ""]);
        if (await phaseOf(old) !== "started") return;
        await old.done(["rollover", "cancel"], later(2));
        for (const ca of [old, next]) assert.deepEqual(await secretsIn(ca), [], moment);
      },
    );
  });

  // For a data directory without a database, `rollover_walk_test.ts` walks through all states.
  for (
    const [step, before, after] of [
      ["start", "none", "started"],
      ["switch", "started", "switched"],
      ["switch --back", "switched", "started"],
      ["finish", "switched", "finished"],
      ["cancel", "reversed", "cancelled"],
    ] as const
  ) {
    Deno.test(`${store}: ${step}, killed at any moment, is completed by the same command`, async () => {
      const wordsFor = ({ next }: Cas): readonly string[] =>
        step === "start" ? starting(next) : ["rollover", ...step.split(" ")];
      for (let number = 1;; number++) {
        let wasKilled = false;
        await withPhase(before, store, async (cas) => {
          const { old, next } = cas;
          const moment = `killed before rename ${number}`;
          wasKilled = await killed(old, wordsFor(cas), number);
          const { exit, stderr } = await old.run(wordsFor(cas), later(2));
          assert.equal(exit, 0, `${moment}: ${stderr}`);
          assert.equal(await phaseOf(old), after, moment);
          assert.doesNotMatch(old.read("rollover.json"), /copies/, moment);
          const isNext = after === "switched" || after === "finished";
          assert.equal((await secretsIn(isNext ? next : old)).length, 1, moment);
          if (!isNext) assert.deepEqual(await secretsIn(next), [], moment);
          const { certificates } = JSON.parse(await old.done(["certificates", "--json"]));
          const isEnded = after === "finished" || after === "cancelled";
          assert.equal(certificates.length, isEnded ? 1 : 4, moment);
          await requireSound(cas, moment);
          for (const ca of [old, next]) assert.deepEqual(await repeatedIn(ca), [], moment);
        });
        if (!wasKilled) break;
      }
    });
  }
}

Deno.test("secrets that the next CA had before the rollover stay, if nothing is interrupted", async () => {
  await withPhase("started", "directory", async ({ old, next }) => {
    await next.done(["token", "create"]);
    await old.done(["rollover", "cancel"]);
    for (const ca of [old, next]) assert.equal((await secretsIn(ca)).length, 1);
    await old.done(["rollover", "start", "--next", next.dataDirectory], later(1));
    await old.done(["rollover", "switch"], later(2));
    assert.equal((await secretsIn(next)).length, 2);
  });
});
