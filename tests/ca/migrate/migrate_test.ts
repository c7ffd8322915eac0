/** `ca migrate` moves everything, byte for byte, and marks the store that it leaves. */
import assert from "node:assert/strict";
import { denoFileSystem, type FileSystem, FileSystemError } from "../../../lib/system/mod.ts";
import { type TestCa, withCa } from "../../support/ca.ts";

/** A CA with four certificates, two of them revoked, and a CRL. */
async function withUsedCa(
  work: (ca: TestCa) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  await withCa(async (ca) => {
    for (const name of ["a", "b", "c", "d"]) await ca.done(["sign", await ca.request(name)]);
    const serials = await serialsOf(ca);
    await ca.done(["revoke", serials[1] ?? "", "--reason", "keyCompromise"]);
    await ca.done(["revoke", serials[2] ?? ""]);
    await ca.done(["crl"]);
    await work(ca);
  }, flags);
}

interface Listed {
  readonly serial: string;
}

async function listed(ca: TestCa): Promise<readonly Listed[]> {
  return JSON.parse(await ca.done(["list", "--json"])).certificates;
}

async function serialsOf(ca: TestCa): Promise<readonly string[]> {
  return (await listed(ca)).map(({ serial }) => serial);
}

/** Everything that a CA says about its certificates, with the certificates themselves. */
async function everything(ca: TestCa): Promise<unknown> {
  const all: unknown[] = [];
  for (const serial of await serialsOf(ca)) {
    const { file: _, ...shown } = JSON.parse(await ca.done(["show", serial, "--json"])).certificate;
    all.push(shown);
  }
  return { all, crl: ca.read("ca.crl") };
}

Deno.test("a CA moves to SQLite and back with byte-equal certificates and CRLs", async () => {
  await withUsedCa(async (ca) => {
    ca.write("ca.toml", 'serial = "sequential"\n');
    const before = await everything(ca);
    const certificates = await Promise.all(
      (await serialsOf(ca)).map((serial) => ca.read(`certs/${serial}.pem`)),
    );
    await ca.done(["migrate", "--to", "sqlite"]);
    assert.deepEqual(await everything(ca), before);
    assert.match(await ca.done(["check"]), /^CA check: OK/);
    assert.equal(
      await ca.done(["migrate", "--remove-old"]),
      "Removed the old store: index.json.moved, certs/ and the other files of the old store\n",
    );
    assert.throws(() => ca.read("certs/02.pem"));
    assert.deepEqual(await everything(ca), before);
    const back = await ca.done(["migrate", "--to", "directory", "--remove-old", "--json"]);
    assert.deepEqual(JSON.parse(back).removed, ["ca.db"]);
    assert.deepEqual(await everything(ca), before);
    assert.match(await ca.done(["check"]), /^CA check: OK/);
    assert.deepEqual(
      await Promise.all((await serialsOf(ca)).map((serial) => ca.read(`certs/${serial}.pem`))),
      certificates,
    );
    assert.throws(() => denoFileSystem.stat(ca.path("ca.db")));
    assert.match(await ca.done(["sign", await ca.request("e")]), /Serial: +06\n/);
  });
});

Deno.test("serial numbers go on above those of both stores", async () => {
  await withUsedCa(async (ca) => {
    ca.write("ca.toml", 'serial = "sequential"\n');
    await ca.done(["migrate", "--to", "sqlite"]);
    assert.match(await ca.done(["sign", await ca.request("e")]), /Serial: +06\n/);
    await ca.done(["migrate", "--remove-old"]);
    await ca.done(["migrate", "--to", "directory"]);
    assert.match(await ca.done(["sign", await ca.request("f")]), /Serial: +07\n/);
  });
});

Deno.test("a CA with random serial numbers keeps them in a directory", async () => {
  await withUsedCa(async (ca) => {
    ca.write("ca.toml", "[crl]\nkeep_expired = true\n");
    await ca.done(["migrate", "--to", "directory"]);
    assert.equal(ca.read("ca.toml"), 'serial = "random"\n[crl]\nkeep_expired = true\n');
    await ca.done(["sign", await ca.request("e")]);
    assert.match(await ca.done(["check"]), /^CA check: OK/);
    assert.ok((await serialsOf(ca)).every((serial) => serial.length > 20));
  }, ["--store", "sqlite"]);
});

Deno.test("a kept store is never overwritten, and is removed only if the CA has all of it", async () => {
  await withUsedCa(async (ca) => {
    await ca.done(["migrate", "--to", "sqlite"]);
    const { exit, stderr } = await ca.run(["migrate", "--to", "directory"]);
    assert.equal(exit, 1);
    assert.match(stderr, /index\.json\.moved is still there/);
    const kept = ca.read("index.json.moved");
    ca.write("index.json.moved", kept.replace('"serial": "04"', '"serial": "aa"'));
    const before = ca.tree();
    const refused = await ca.run(["migrate", "--remove-old"]);
    assert.equal(refused.exit, 1);
    assert.match(refused.stderr, /aa differs between the two stores/);
    assert.deepEqual(withoutWal(ca.tree()), withoutWal(before));
  });
});

Deno.test("an older certswap, and a process that has the store open, are refused after a move", async () => {
  await withUsedCa(async (ca) => {
    const { openStore } = await import("../../../lib/ca/store/open.ts");
    const { testSystem } = await import("../../support/test_world.ts");
    const store = await openStore(testSystem(), { dataDirectory: ca.dataDirectory });
    await ca.done(["migrate", "--to", "sqlite"]);
    const work = () => Promise.resolve();
    await assert.rejects(store.change({ lockTimeout: 0, work }), { code: "store-moved" });
    await assert.rejects(store.find("02"), { code: "store-moved" });
    // An older version knows no store.json, and needs an index.
    assert.throws(() => ca.read("index.json"));
    await ca.done(["migrate", "--remove-old"]);
    const sqlite = await openStore(testSystem(), { dataDirectory: ca.dataDirectory });
    await sqlite.generation();
    await ca.done(["migrate", "--to", "directory"]);
    await assert.rejects(sqlite.change({ lockTimeout: 0, work }), { code: "store-moved" });
    await assert.rejects(sqlite.generation(), { code: "store-moved" });
  });
});

/** A file system whose n-th call of one kind fails. */
function failingAt(method: "rename" | "unlink" | "createFile", n: number): FileSystem {
  let count = 0;
  return new Proxy(denoFileSystem, {
    get(files, name) {
      const own = files[name as keyof FileSystem];
      if (name !== method) return own;
      return (...parameters: never[]) => {
        if (++count >= n) throw new FileSystemError("ENOSPC", "rename", String(parameters[0]));
        return (own as (...parameters: never[]) => unknown).apply(files, parameters);
      };
    },
  });
}

for (const [from, to] of [["directory", "sqlite"], ["sqlite", "directory"]] as const) {
  Deno.test(`a move from ${from} to ${to} that fails anywhere changes nothing, and runs again`, async () => {
    await withUsedCa(async (ca) => {
      const before = await everything(ca);
      for (const method of ["createFile", "rename", "unlink"] as const) {
        for (let n = 1;; n++) {
          const files = failingAt(method, n);
          const { exit } = await ca.run(["migrate", "--to", to], { files });
          if (exit === 4) await ca.done(["recover"]);
          const name = await storeIn(ca);
          if (exit === 0 || name === to) {
            // From the switch on, an error is only a warning.
            assert.equal(name, to, `${method} ${n}`);
            assert.deepEqual(await everything(ca), before);
            await ca.done(["migrate", "--remove-old"]);
            await ca.done(["migrate", "--to", from]);
            await ca.done(["migrate", "--remove-old"]);
            break;
          }
          assert.deepEqual(await everything(ca), before, `${method} ${n}`);
          assert.match(await ca.done(["check"]), /^CA check: OK/, `${method} ${n}`);
          assert.ok(n < 100);
        }
      }
    }, ["--store", from]);
  });
}

// deno-lint-ignore require-await
async function storeIn(ca: TestCa): Promise<string> {
  try {
    return JSON.parse(ca.read("store.json")).store;
  } catch {
    return "directory";
  }
}

/** Without what SQLite keeps beside a database while it is read. */
function withoutWal(tree: readonly string[]): readonly string[] {
  return tree.filter((line) => !/ca\.db-(?:wal|shm)/.test(line) && line !== "");
}
