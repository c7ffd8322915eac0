/** `ca crl` as a command: the publish hook of `ca.toml`, exit codes, and metrics. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";
import { runCli } from "../../support/test_world.ts";

const at = (time: string): { readonly now: Date } => ({ now: new Date(`2026-06-${time}Z`) });

/** A CA whose publish hook copies the CRL to `www.crl`, unless there is a file `broken`. */
async function withHook(work: (ca: TestCa) => Promise<void>): Promise<void> {
  await withCa(async (ca) => {
    const script = join(ca.root, "publish.sh");
    Deno.writeTextFileSync(
      script,
      `#!/bin/sh\n[ -e ${ca.root}/broken ] && { echo "no route to host"; exit 3; }\n` +
        `cp "$CERTSWAP_CRL_DER" ${ca.root}/www.crl\n`,
      { mode: 0o755 },
    );
    ca.write("ca.toml", `[crl]\npublish = { command = ["${script}"] }\n`);
    Deno.chmodSync(ca.path("ca.toml"), 0o644);
    await work(ca);
  });
}

const isPublished = (ca: TestCa): boolean =>
  Deno.readFileSync(join(ca.root, "www.crl")).toHex() ===
    Deno.readFileSync(ca.path("ca.crl.der")).toHex();

Deno.test("ca crl runs the publish hook, and says that the CRL is published", async () => {
  await withHook(async (ca) => {
    assert.match(await ca.done(["crl"]), /\n {2}CRL: [^\n]*\nCRL 1 published\.\n$/);
    assert.ok(isPublished(ca));
    const { created, published } = JSON.parse(await ca.done(["crl", "--json"]));
    assert.deepEqual({ created, published }, { created: true, published: true });
  });
});

Deno.test("a publish hook that others can write is not run, and the CRL is made nevertheless", async () => {
  await withHook(async (ca) => {
    const script = join(ca.root, "publish.sh");
    Deno.chmodSync(script, 0o777);
    const { exit, stdout, stderr } = await ca.run(["crl"]);
    assert.equal(exit, 5);
    assert.match(stdout, /^CRL generated successfully\./);
    assert.match(stderr, /publish\.sh/);
    assert.match(stderr, /chmod/);
    assert.throws(() => Deno.statSync(join(ca.root, "www.crl")), Deno.errors.NotFound);
    Deno.chmodSync(script, 0o755);
    assert.match(await ca.done(["crl", "--if-due"]), /CRL 1 published\./);
  });
});

Deno.test("ca check says nothing of a publish hook that is no longer set", async () => {
  await withHook(async (ca) => {
    await ca.done(["crl"]);
    ca.write("ca.toml", "");
    await ca.done(["crl"]);
    assert.equal(await ca.done(["check"]), "CA check: OK\n");
  });
});

Deno.test("a publish hook that fails leads to exit 5, and --if-due runs it again", async () => {
  await withHook(async (ca) => {
    const broken = join(ca.root, "broken");
    Deno.writeTextFileSync(broken, "");
    const made = await ca.run(["crl"], at("01T12:00:00"));
    assert.equal(made.exit, 5);
    assert.match(made.stdout, /^CRL generated successfully\./);
    const [error, detail, hint] = made.stderr.split("\n");
    assert.match(
      error ?? "",
      /^Error: cannot publish CRL 1: .*\/publish\.sh failed with exit code 3$/,
    );
    assert.equal(detail, "  no route to host");
    assert.match(
      hint ?? "",
      /^Hint: The CRL was created\. 'certswap ca crl --data-dir \S+ --if-due' runs the hook again/,
    );
    const again = await ca.run(["crl", "--if-due", "--json"], at("01T12:01:00"));
    assert.equal(again.exit, 5);
    const { created, published, errors } = JSON.parse(again.stdout);
    assert.deepEqual([created, published, errors[0].code], [false, false, "crl-publish-failed"]);
    Deno.removeSync(broken);
    assert.equal(await ca.done(["crl", "--if-due"], at("01T12:02:00")), "CRL 1 published.\n");
    assert.ok(isPublished(ca));
    assert.equal(await ca.done(["crl", "--if-due"], at("01T12:03:00")), "");
  });
});

testOnEachStore(
  "a CRL that was made without a hook is published by the first run with one",
  async (ca) => {
    await ca.done(["crl"]);
    assert.ok(!ca.tree().some((file) => file.includes("crlpublished")));
    ca.write("ca.toml", '[crl]\npublish = { command = ["/bin/true"] }\n');
    assert.equal(await ca.done(["crl", "--if-due"]), "CRL 1 published.\n");
  },
);

testOnEachStore("ca.toml says how long a CRL is valid; the flag wins", async (ca) => {
  ca.write("ca.toml", '[crl]\nnext_update = "24h"\n');
  assert.match(await ca.done(["crl"]), /Next Update: +2026-06-02T12:00:00Z/);
  assert.match(
    await ca.done(["crl", "--next-update", "48"]),
    /Next Update: +2026-06-03T12:00:00Z/,
  );
});

/** The samples in a file of metrics, by name. */
function samplesIn(path: string): Record<string, number> {
  const lines = Deno.readTextFileSync(path).split("\n").filter((line) => /^[^#]/.test(line));
  return Object.fromEntries(
    lines.map((
      line,
    ) => [line.replace(/\{.*/, "").replace("certswap_crl_", ""), Number(line.split(" ").at(-1))]),
  );
}

Deno.test("ca crl --metrics writes the age of the CRL on every run, also if it fails", async () => {
  await withHook(async (ca) => {
    const path = join(ca.root, "crl.prom");
    const seconds = (time: string): number => at(time).now.getTime() / 1000;
    Deno.writeTextFileSync(join(ca.root, "broken"), "");
    await ca.run(["crl", "--metrics", path], at("01T12:00:00"));
    const first = {
      "last_run_timestamp_seconds": seconds("01T12:00:00"),
      "last_run_exit_code": 5,
      "this_update_timestamp_seconds": seconds("01T11:59:00"),
      "next_update_timestamp_seconds": seconds("08T12:00:00"),
      number: 1,
      "revoked_certificates": 0,
      "publication_owed": 1,
      "certswap_ca_history_sequence": 2,
    };
    assert.deepEqual(samplesIn(path), first);
    const directory = Deno.realPathSync(ca.dataDirectory);
    assert.ok(Deno.readTextFileSync(path).includes(`certswap_crl_number{ca="${directory}"} 1\n`));
    Deno.removeSync(join(ca.root, "broken"));
    await ca.done(["crl", "--if-due", "--metrics", path], at("01T13:00:00"));
    const second = {
      "last_run_timestamp_seconds": seconds("01T13:00:00"),
      "last_run_exit_code": 0,
      "certswap_ca_history_sequence": 3,
    };
    assert.deepEqual(samplesIn(path), { ...first, ...second, "publication_owed": 0 });
    ca.write("ca.crl", "junk\n");
    assert.equal((await ca.run(["crl", "--if-due", "--metrics", path], at("01T14:00:00"))).exit, 1);
    assert.deepEqual(samplesIn(path), {
      "last_run_timestamp_seconds": seconds("01T14:00:00"),
      "last_run_exit_code": 1,
    });
  });
});

testOnEachStore(
  "metrics of a CRL and of pairs do not overwrite each other, nor anything else",
  async (ca) => {
    for (const text of ["# HELP certswap_pair_usable x\n", "a user's own\n"]) {
      const path = join(ca.root, "x.prom");
      Deno.writeTextFileSync(path, text);
      const { exit, stderr } = await ca.run(["crl", "--metrics", path]);
      assert.equal(exit, 0, "the CRL is made");
      assert.match(
        stderr,
        /^Warning: cannot write metrics to .*: the file contains something other than certswap's metrics$/m,
      );
      assert.equal(Deno.readTextFileSync(path), text);
    }
    const path = join(ca.root, "crl.prom");
    await ca.done(["crl", "--metrics", path]);
    Deno.writeTextFileSync(join(ca.root, "certswap.toml"), `[pair.a]\ndir = "${ca.root}/tls"\n`);
    const config = ["--config", join(ca.root, "certswap.toml")];
    const { stderr } = await runCli(["status", ...config, "--metrics", path]);
    assert.match(
      stderr,
      /cannot write metrics to .*: the file contains something other than certswap's metrics/,
    );
  },
);
