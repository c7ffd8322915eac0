import assert from "node:assert/strict";
import { check, isProblem, list } from "../../lib/ca/mod.ts";
import { denoClock, denoSystem, join } from "../../lib/system/mod.ts";
import { type TestCa, withNoCa } from "../support/ca.ts";
import { SeededRandom } from "../support/random.ts";
import { denoRunArguments } from "../support/run_deno.ts";

/*
 * What a kill and a power cut leave of a CA in SQLite, on the real disk.
 */

const main = new URL("../../main.ts", import.meta.url).href;
const now = new Date();

async function withSqliteCa(work: (ca: TestCa) => Promise<void>): Promise<void> {
  await withNoCa(async (ca) => {
    await ca.done(["init", "--subject", "CN=Root", "--store", "sqlite"], { now });
    await work(ca);
  });
}

async function serialsOf(ca: TestCa): Promise<readonly string[]> {
  const { certificates } = JSON.parse(await ca.done(["list", "--json"], { now }));
  return certificates.map(({ serial }: { serial: string }) => serial);
}

async function requireSound(dataDirectory: string): Promise<void> {
  const { findings } = await check(denoSystem, { dataDirectory });
  assert.deepEqual(findings.filter(isProblem), []);
}

/** How many bytes of the log are lost, and what is found in their place. */
const tails: Readonly<Record<string, (log: Uint8Array, kept: number) => Uint8Array>> = {
  "the rest is missing": (log, kept) => log.slice(0, kept),
  "the rest is zero": (log, kept) => log.slice().fill(0, kept),
  "the rest is garbage": (log, kept) => log.slice().fill(0xa7, kept),
};

for (const [what, cut] of Object.entries(tails)) {
  Deno.test(`after a power cut, if of the log ${what}, a CA in SQLite has all it reported`, async () => {
    await withSqliteCa(async (ca) => {
      // As long as someone reads, no process moves the log into the database when it ends.
      const path = await Deno.realPath(ca.path("ca.db"));
      await ca.done(["sign", await ca.request("first")], { now });
      const reader = await denoSystem.databases.openSqlite(path, {
        access: "read",
        busyTimeout: 1000,
      });
      await reader.query("SELECT count(*) FROM certificates");
      const log = join(ca.dataDirectory, "ca.db-wal");
      const sizes: number[] = [];
      for (let index = 0; index < 3; index++) {
        const craft = { subject: `CN=${index}`, names: `DNS:${index}.example` };
        await ca.done(["sign", await ca.request(`${index}`, craft)], { now });
        sizes.push((await Deno.stat(log)).size);
      }
      const all = await serialsOf(ca);
      const content = await Deno.readFile(log);
      const random = new SeededRandom(sizes.at(-1) ?? 0);
      const cuts = [...sizes, ...Array.from({ length: 12 }, () => random.below(content.length))];
      for (const [index, kept] of cuts.entries()) {
        const copy = join(ca.root, `cut-${index}`);
        await copyDirectory(ca.dataDirectory, copy);
        await Deno.remove(join(copy, "ca.db-shm")).catch(() => {});
        await Deno.writeFile(join(copy, "ca.db-wal"), cut(content, kept), { mode: 0o600 });
        await requireSound(copy);
        const { certificates } = await list(denoSystem, { dataDirectory: copy });
        const found = certificates.map(({ record: { serial } }) => serial);
        // Each COMMIT had fsynced the log up to its size at that time.
        const reported = 1 + sizes.filter((size) => size <= kept).length;
        assert.ok(found.length >= reported, `${kept} bytes kept: ${found.length} of ${reported}`);
        assert.deepEqual(found, all.slice(0, found.length));
      }
      await reader.close();
    });
  });
}

async function copyDirectory(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { mode: 0o755 });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) await copyDirectory(source, target);
    else await Deno.copyFile(source, target);
  }
}

Deno.test("a move that is killed at random moments loses nothing, and can be run again", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  await withNoCa(async (ca) => {
    await ca.done(["init", "--subject", "CN=Root"], { now });
    for (let index = 0; index < 20; index++) {
      const craft = { subject: `CN=${index}`, names: `DNS:${index}.example` };
      await ca.done(["sign", await ca.request(`${index}`, craft)], { now });
    }
    const all = await serialsOf(ca);
    let killed = 0;
    let store = "directory";
    for (let round = 0; round < 16; round++) {
      const to = store === "directory" ? "sqlite" : "directory";
      const process = new Deno.Command(Deno.execPath(), {
        args: [...denoRunArguments, main, "ca", "migrate", "--to", to, "--remove-old"].concat(
          ["--data-dir", ca.dataDirectory],
        ),
        stdout: "null",
        stderr: "null",
      }).spawn();
      await denoClock.sleep(60 + random.below(500));
      try {
        process.kill("SIGKILL");
      } catch {
        // It has already ended.
      }
      const { signal } = await process.status;
      if (signal !== null) killed++;
      await ca.run(["recover"], { now });
      await ca.done(["migrate", "--to", to, "--remove-old"], { now });
      assert.deepEqual(await serialsOf(ca), all, `seed ${seed}, round ${round}`);
      await requireSound(ca.dataDirectory);
      store = to;
    }
    assert.ok(killed > 0, "some were killed");
  });
});
