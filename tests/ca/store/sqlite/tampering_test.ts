/** `ca check` finds what was changed in an SQLite database behind the back of certswap. */
import assert from "node:assert/strict";
import { check, isProblem } from "../../../../lib/ca/mod.ts";
import { denoSystem, join, type SqlDatabase } from "../../../../lib/system/mod.ts";
import { testCa, withCa } from "../../../support/ca.ts";
import { testSystem } from "../../../support/test_world.ts";
import { tamperings } from "../tampering.ts";

Deno.test("SQLite: ca check finds every kind of tampering", async () => {
  await withCa(async (ca) => {
    for (const name of ["1", "2"]) {
      const craft = { subject: `CN=${name}`, names: `DNS:${name}.example` };
      await ca.done(["sign", await ca.request(name, craft)]);
    }
    const { certificates: [first] } = JSON.parse(await ca.done(["list", "--json"]));
    await ca.done(["revoke", first.serial, "--reason", "keyCompromise"]);
    await ca.done(["crl"]);
    const open = (path: string): Promise<SqlDatabase> =>
      denoSystem.databases.openSqlite(path, { access: "write", busyTimeout: 1000 });
    const database = await open(ca.path("ca.db"));
    await database.query("VACUUM INTO ?", [join(ca.root, "copy.db")]);
    await database.close();
    /** The problems of a copy of the CA, whose database was changed. */
    const problemsAfter = async (sql: string, name: string): Promise<readonly string[]> => {
      const copy = testCa(ca.root, name);
      await Deno.mkdir(copy.dataDirectory);
      for (const file of ["ca.crt", "ca.key", "ca.crl", "ca.crl.der", "store.json"]) {
        await Deno.copyFile(ca.path(file), copy.path(file));
      }
      await Deno.copyFile(join(ca.root, "copy.db"), copy.path("ca.db"));
      await Deno.chmod(copy.path("ca.db"), 0o600);
      const changed = await open(copy.path("ca.db"));
      await changed.script(sql);
      await changed.close();
      const { findings } = await check(testSystem(), { dataDirectory: copy.dataDirectory });
      return findings.filter(isProblem).map(({ code }) => code);
    };
    assert.deepEqual(await problemsAfter("", "intact"), []);
    for (const [index, [what, sql]] of Object.entries(tamperings).entries()) {
      assert.notDeepEqual(await problemsAfter(sql, `tampered-${index}`), [], what);
    }
  }, ["--store", "sqlite"]);
});
