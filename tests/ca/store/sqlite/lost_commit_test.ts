/** A COMMIT of SQLite that fails: whether it took place is found out, not guessed. */
import assert from "node:assert/strict";
import { sign } from "../../../../lib/ca/mod.ts";
import {
  CommitFailedError,
  DatabaseError,
  type Databases,
  denoSystem,
  type SqlDatabase,
} from "../../../../lib/system/mod.ts";
import { withCa } from "../../../support/ca.ts";
import { testSystem } from "../../../support/test_world.ts";

/** The doors, with an input or output error at the first COMMIT of a change. */
function failingAtCommit(when: "before" | "after"): Databases {
  const { databases } = denoSystem;
  let isDone = false;
  return {
    ...databases,
    async openSqlite(path, options) {
      const inner = await databases.openSqlite(path, options);
      if (options.access === "read") return inner;
      const fail = (): never => {
        isDone = true;
        const cause = new DatabaseError(path, {
          problem: "input-output",
          detail: "disk I/O error",
        });
        throw new CommitFailedError(path, { cause });
      };
      const outer: SqlDatabase = {
        name: inner.name,
        query: (...parameters) => inner.query(...parameters),
        runEach: (...parameters) => inner.runEach(...parameters),
        script: (sql) => inner.script(sql),
        close: () => inner.close(),
        async transaction(access, work) {
          if (isDone) return await inner.transaction(access, work);
          if (when === "after") {
            await inner.transaction(access, work);
            return fail();
          }
          return await inner.transaction(access, async () => {
            await work();
            return fail();
          });
        },
      };
      return outer;
    },
  };
}

for (const when of ["before", "after"] as const) {
  Deno.test(`SQLite: an I/O error ${when} a COMMIT took place: the outcome is found out`, async () => {
    await withCa(async (ca) => {
      const request = await ca.request();
      const before = await ca.done(["list"]);
      const signing = sign(testSystem({ databases: failingAtCommit(when) }), {
        dataDirectory: ca.dataDirectory,
        lockTimeout: 1000,
        requests: [request],
        onBadRequest: "stop",
        validity: undefined,
      });
      if (when === "before") {
        await assert.rejects(signing, { code: "transaction-failed" });
        assert.equal(await ca.done(["list"]), before);
      } else {
        const { issued: [issued], warnings } = await signing;
        assert.match(await ca.done(["list"]), new RegExp(`^${issued?.serial} +active`, "m"));
        assert.ok(warnings.some((one) => one instanceof DatabaseError));
      }
      assert.match(await ca.done(["check"]), /^CA check: OK/);
      await ca.done(["sign", await ca.request("next")]);
    }, ["--store", "sqlite"]);
  });
}
