/** A command that fails changes nothing, except that serial numbers may stay taken. */
import assert from "node:assert/strict";
import { denoFileSystem, type FileOperation } from "../../lib/system/mod.ts";
import { type TestCa, withCa, withNoCa } from "../support/ca.ts";
import { refusing } from "../support/test_world.ts";

async function failing(
  ca: TestCa,
  words: readonly string[],
  refuse: (operation: FileOperation, path: string) => boolean,
): Promise<{ exit: number; stderr: string }> {
  const files = refusing(
    denoFileSystem,
    (operation, path) => refuse(operation, path) ? "ENOSPC" : undefined,
  );
  const { exit, stderr, stdout } = await ca.run(words, { files });
  assert.equal(stdout, "");
  return { exit, stderr };
}

/** All files without their inodes: after a rollback, a file may be the original or a copy. */
const contents = (ca: TestCa): string[] =>
  ca.tree().map((line) => line.replace(/(\d+:\d+) \d+/, "$1"));

Deno.test("ca sign is rolled back if a rename fails, but its serial number stays taken", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    const before = contents(ca);
    const { exit, stderr } = await failing(
      ca,
      ["sign", request, request],
      (operation, path) => operation === "rename" && path.endsWith(".index.json.certswap.tmp"),
    );
    assert.equal(exit, 1);
    assert.match(stderr, /The change was undone/);
    assert.equal(ca.read("serial"), "04\n");
    const after = contents(ca).map((line) => line.replace('"04\\n"', '"02\\n"'));
    assert.deepEqual(after, before);
    assert.match(await ca.done(["sign", request]), /Serial: {6}04/);
  });
});

for (const name of ["serial", "index.json", "02.pem"]) {
  Deno.test(`ca sign changes nothing if the disk is full when it writes ${name}`, async () => {
    await withCa(async (ca) => {
      const request = await ca.request();
      const before = ca.tree();
      const { exit, stderr } = await failing(
        ca,
        ["sign", request],
        (operation, path) => operation === "create" && path.endsWith(`.${name}.certswap.tmp`),
      );
      assert.equal(exit, 1);
      assert.match(stderr, /no space left on device/);
      assert.deepEqual(ca.tree(), before);
    });
  });
}

Deno.test("ca crl and ca revoke on a full disk change nothing", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["crl"]);
    const before = ca.tree();
    for (const words of [["crl"], ["revoke", "02"]]) {
      const { exit } = await failing(
        ca,
        words,
        (operation, path) => operation === "create" && path.endsWith(".tmp"),
      );
      assert.equal(exit, 1);
      assert.deepEqual(ca.tree(), before);
    }
  });
});

Deno.test("ca crl keeps the old CRL and its number if the second rename fails", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"]);
    const before = contents(ca);
    const { exit } = await failing(
      ca,
      ["crl"],
      (operation, path) => operation === "rename" && path.endsWith(".crlnumber.certswap.tmp"),
    );
    assert.equal(exit, 1);
    assert.deepEqual(contents(ca), before);
  });
});

for (const at of ["create", "rename"] as const) {
  Deno.test(`ca init that fails at a ${at} leaves an empty data directory`, async () => {
    await withNoCa(async (ca) => {
      const { exit } = await failing(
        ca,
        ["init", "--subject", "CN=x"],
        (operation, path) => operation === at && path.endsWith(".ca.crt.certswap.tmp"),
      );
      assert.equal(exit, 1);
      const names = [...Deno.readDirSync(ca.dataDirectory)].map(({ name }) => name);
      assert.deepEqual(names, [".certswap"]);
      await ca.done(["init", "--subject", "CN=x"]);
    });
  });
}

Deno.test("ca init that fails keeps an existing certs/", async () => {
  await withNoCa(async (ca) => {
    Deno.mkdirSync(ca.path("certs"), { recursive: true });
    await failing(
      ca,
      ["init", "--subject", "CN=x"],
      (operation, path) => operation === "rename" && path.endsWith(".ca.crt.certswap.tmp"),
    );
    assert.ok(Deno.statSync(ca.path("certs")).isDirectory);
  });
});

Deno.test("a command exits 3 and changes nothing while another holds the lock", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    const lock = Deno.openSync(ca.path(".certswap/ca.lock"), { read: true });
    try {
      assert.ok(lock.tryLockSync(true));
      const before = ca.tree();
      for (const words of [["sign", request], ["revoke", "02"], ["crl"], ["check", "--repair"]]) {
        const { exit, stderr } = await ca.run([...words, "--lock-timeout", "0s"]);
        assert.equal(exit, 3, stderr);
      }
      assert.deepEqual(ca.tree(), before);
    } finally {
      lock.close();
    }
  });
});
