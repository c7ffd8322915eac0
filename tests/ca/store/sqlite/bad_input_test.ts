/** A database that is missing, damaged, changed or of another CA is refused, and nothing is changed. */
import assert from "node:assert/strict";
import { denoSystem } from "../../../../lib/system/mod.ts";
import { type TestCa, withCa } from "../../../support/ca.ts";

const certificates = 3;

async function withSqliteCa(work: (ca: TestCa) => Promise<void>): Promise<void> {
  await withCa(async (ca) => {
    for (let index = 0; index < certificates; index++) {
      const craft = { subject: `CN=${index}`, names: `DNS:${index}.example` };
      await ca.done(["sign", await ca.request(`${index}`, craft)]);
    }
    await ca.done(["crl"]);
    await work(ca);
  }, ["--store", "sqlite"]);
}

/** Changes the database as another program would. */
async function alter(ca: TestCa, sql: string): Promise<void> {
  const path = await Deno.realPath(ca.path("ca.db"));
  const database = await denoSystem.databases.openSqlite(path, {
    access: "write",
    busyTimeout: 1000,
  });
  await database.script(sql);
  await database.close();
}

interface Bad {
  readonly name: string;
  readonly make: (ca: TestCa) => Promise<void> | void;
  readonly message: RegExp;
}

const bad: readonly Bad[] = [
  {
    name: "a missing database",
    make: (ca) => Deno.remove(ca.path("ca.db")),
    message: /CA incomplete at .*: ca\.db is missing\n.*does not create a new one/,
  },
  {
    name: "a file that is no database",
    make: (ca) => Deno.writeFile(ca.path("ca.db"), new Uint8Array(8192).fill(7)),
    message: /it is not a database/,
  },
  {
    name: "an empty file",
    make: (ca) => Deno.truncate(ca.path("ca.db")),
    message: /ca\.db is not the database of a CA/,
  },
  {
    name: "the database of another program",
    make: (ca) => alter(ca, "PRAGMA application_id = 1"),
    message: /ca\.db is not the database of a CA/,
  },
  {
    name: "a newer schema",
    make: (ca) => alter(ca, "PRAGMA user_version = 1000"),
    message: /was created by a newer version of certswap\n.*Use that version/,
  },
  {
    name: "an older schema",
    make: (ca) => alter(ca, "PRAGMA user_version = 0"),
    message: /was created by an older version of certswap/,
  },
  {
    name: "the database of another CA",
    make: (ca) => alter(ca, "UPDATE ca SET key_identifier = x'0102'"),
    message: /belongs to another CA/,
  },
  {
    name: "a database without its row",
    make: (ca) => alter(ca, "DELETE FROM ca"),
    message: /contains no CA|lost its row/,
  },
  {
    name: "a missing table",
    make: (ca) => alter(ca, "DROP TABLE names; DROP TABLE certificates"),
    message: /a table or a column is missing \(no such table: certificates/,
  },
  {
    name: "a missing column",
    make: (ca) => alter(ca, "ALTER TABLE certificates RENAME COLUMN subject TO other"),
    message: /a table or a column is missing/,
  },
  {
    name: "a link in its place",
    make: async (ca) => {
      await Deno.rename(ca.path("ca.db"), ca.path("elsewhere.db"));
      await Deno.symlink("elsewhere.db", ca.path("ca.db"));
    },
    message: /ca\.db is a symbolic link, expected a regular file/,
  },
  {
    name: "a database that others can write",
    make: (ca) => Deno.chmod(ca.path("ca.db"), 0o666),
    message: /cannot use .*ca\.db: /,
  },
  {
    name: "a store.json that is garbage",
    make: (ca) => ca.write("store.json", "garbage"),
    message: /store\.json is not a JSON object/,
  },
  {
    name: "a store.json with an unknown store",
    make: (ca) => ca.write("store.json", '{"version": 1, "store": "paper"}'),
    message: /names a kind of store that this version of certswap does not support/,
  },
  {
    name: "a store.json of a later version",
    make: (ca) => ca.write("store.json", '{"version": 2}'),
    message: /has a format that this version of certswap does not support/,
  },
];

for (const { name, make, message } of bad) {
  Deno.test(`SQLite: ${name} is refused by every command, and nothing is changed`, async () => {
    await withSqliteCa(async (ca) => {
      const request = await ca.request("new", { subject: "CN=new", names: "DNS:new.example" });
      await make(ca);
      const before = contentsOf(ca);
      for (const words of [["list"], ["sign", request], ["crl"], ["show", "1.example"]]) {
        const { exit, stdout, stderr } = await ca.run(words);
        assert.equal(exit, 1, `${words}: ${stderr}`);
        assert.equal(stdout, "");
        assert.match(stderr, message, `${words}`);
      }
      assert.deepEqual(contentsOf(ca), before);
    });
  });
}

/** All files of the CA, without those that SQLite keeps while a database is open. */
function contentsOf(ca: TestCa): readonly string[] {
  return ca.tree().filter((line) => !/ca\.db-(?:wal|shm)/.test(line));
}

Deno.test("SQLite: a full disk changes nothing, and the next command goes on", async () => {
  await withSqliteCa(async (ca) => {
    const before = await ca.done(["list"]);
    // The limit of pages gives the error of a full disk: SQLITE_FULL.
    const { openSqlite } = denoSystem.databases;
    const full = {
      ...denoSystem.databases,
      openSqlite: async (...parameters: Parameters<typeof openSqlite>) => {
        const database = await openSqlite(...parameters);
        const [{ page_count: count } = {}] = await database.query("PRAGMA page_count");
        await database.query(`PRAGMA max_page_count = ${count}`);
        return database;
      },
    };
    const { sign } = await import("../../../../lib/ca/mod.ts");
    const { testSystem } = await import("../../../support/test_world.ts");
    const requests = await Promise.all(Array.from({ length: 300 }, (_, index) => {
      const name = `full-${index}`;
      return ca.request(name, { subject: `CN=${name}`, names: `DNS:${name}.example` });
    }));
    const signing = sign(testSystem({ databases: full }), {
      dataDirectory: ca.dataDirectory,
      lockTimeout: 1000,
      requests,
      onBadRequest: "stop",
      validity: undefined,
    });
    await assert.rejects(signing, { code: "database-failed", problem: "full" });
    assert.equal(await ca.done(["list"]), before);
    await ca.done(["sign", requests[0] ?? ""]);
    assert.match(await ca.done(["check"]), /^CA check: OK/);
  });
});
