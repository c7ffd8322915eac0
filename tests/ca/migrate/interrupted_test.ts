/** A move that was interrupted between the mark on the old store and the switch is taken back by itself. */
import assert from "node:assert/strict";
import { migrate } from "../../../lib/ca/migrate/mod.ts";
import {
  denoFileSystem,
  denoSystem,
  type SqlDatabase,
  type System,
} from "../../../lib/system/mod.ts";
import { type TestCa, withCa } from "../../support/ca.ts";
import { testSystem } from "../../support/test_world.ts";
import { watchedFileSystem } from "../../support/watched_file_system.ts";

/** When the process ends: before the old database is marked as moved, or when it was. */
type Moment = "before the mark" | "after the mark";

/** A system that does nothing more from one moment of a move on, as if its process were killed. */
function dyingSystem(moment: Moment): System {
  let isDead = false;
  const die = (): never => {
    isDead = true;
    throw new Error("killed");
  };
  const files = watchedFileSystem(denoFileSystem, (operation) => {
    // The kernel still closes what was open.
    if (isDead && operation !== "close") die();
  });
  const dying = (inner: SqlDatabase): SqlDatabase => {
    let isMarking = false;
    return {
      name: inner.name,
      query(sql, parameters) {
        if (sql.startsWith("UPDATE ca SET moved_to")) {
          if (moment === "before the mark") die();
          isMarking = true;
        }
        return isDead ? die() : inner.query(sql, parameters);
      },
      runEach: (...parameters) => isDead ? die() : inner.runEach(...parameters),
      script: (...parameters) => isDead ? die() : inner.script(...parameters),
      async transaction(access, work) {
        if (isDead) die();
        const value = await inner.transaction(access, work);
        return isMarking ? die() : value;
      },
      close: () => inner.close(),
    };
  };
  const { databases } = denoSystem;
  return testSystem({
    files,
    databases: {
      ...databases,
      openSqlite: async (...parameters) =>
        isDead ? die() : dying(await databases.openSqlite(...parameters)),
    },
  });
}

async function withInterruptedMove(
  moment: Moment,
  work: (ca: TestCa, listed: string) => Promise<void>,
): Promise<void> {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    const listed = await ca.done(["list"]);
    const moving = migrate(dyingSystem(moment), {
      dataDirectory: ca.dataDirectory,
      to: "directory",
      lockTimeout: 1000,
    });
    await assert.rejects(moving, /killed/);
    const { store, move_to: to } = JSON.parse(ca.read("store.json"));
    assert.deepEqual({ store, to }, { store: "sqlite", to: "directory" });
    await work(ca, listed);
  }, ["--store", "sqlite"]);
}

for (const moment of ["before the mark", "after the mark"] as const) {
  Deno.test(`a move killed ${moment}: the old store is read and changed as before`, async () => {
    await withInterruptedMove(moment, async (ca, listed) => {
      assert.equal(await ca.done(["list"]), listed);
      await ca.done(["sign", await ca.request("other", { names: "DNS:other.example" })]);
      assert.equal(JSON.parse(ca.read("store.json")).move_to, undefined);
      assert.match(await ca.done(["check"]), /^CA check: OK/);
    });
  });

  Deno.test(`a move killed ${moment}: ca recover takes it back, and it can be made again`, async () => {
    await withInterruptedMove(moment, async (ca, listed) => {
      await ca.done(["recover"]);
      assert.equal(JSON.parse(ca.read("store.json")).move_to, undefined);
      assert.equal(await ca.done(["list"]), listed);
      await ca.done(["migrate", "--to", "directory", "--remove-old"]);
      assert.equal(await ca.done(["list"]), listed);
    });
  });
}

Deno.test("a database that was marked by another move is refused", async () => {
  await withInterruptedMove("before the mark", async (ca) => {
    const path = await Deno.realPath(ca.path("ca.db"));
    const database = await denoSystem.databases.openSqlite(path, {
      access: "write",
      busyTimeout: 1000,
    });
    await database.script("UPDATE ca SET moved_to = 'postgres', last_change = 'another'");
    await database.close();
    for (const words of [["list"], ["sign", await ca.request()]]) {
      const { exit, stderr } = await ca.run(words);
      assert.equal(exit, 1);
      assert.match(stderr, /moved/);
    }
  });
});
