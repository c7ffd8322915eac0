import assert from "node:assert/strict";
import { check, isProblem } from "../../lib/ca/mod.ts";
import { denoClock, denoSystem, join, statIfPresent } from "../../lib/system/mod.ts";
import { readCrlFile } from "../../lib/x509/read/crl.ts";
import { type TestCa, withNoCa } from "../support/ca.ts";
import { SeededRandom } from "../support/random.ts";
import { denoRunArguments } from "../support/run_deno.ts";

/*
 * Many processes use one CA: serial numbers are unique, the index matches `certs/`, CRL numbers increase.
 */

const main = new URL("../../main.ts", import.meta.url).href;

/** The result of one process. `json`: its output, if it got that far. */
interface Ended {
  readonly exit: number;
  readonly signal: Deno.Signal | null;
  readonly json: { readonly issued?: { serial: string }[]; readonly number?: string } | undefined;
  readonly stderr: string;
}

interface Running {
  readonly ended: Promise<Ended>;
  kill(): void;
}

/** Starts `certswap ca` in its own process, with a lock timeout that is long enough for all others. */
function start(ca: TestCa, words: readonly string[]): Running {
  const own = ["--data-dir", ca.dataDirectory, "--lock-timeout", "120s", "--json"];
  const process = new Deno.Command(Deno.execPath(), {
    args: [...denoRunArguments, main, "ca", ...words, ...own],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ended = process.output().then(({ code, signal, stdout, stderr }) => {
    const decoder = new TextDecoder();
    const printed = decoder.decode(stdout);
    // A killed process may have printed nothing or only a part.
    const json = printed.endsWith("}\n") ? JSON.parse(printed) : undefined;
    return { exit: code, signal, json, stderr: decoder.decode(stderr) };
  });
  return { ended, kill: () => process.kill("SIGKILL") };
}

const stores = ["directory", "sqlite"] as const;

/** A new CA, and a request to sign. The serial numbers are those of a counter. */
function withRunningCa(
  store: (typeof stores)[number],
  work: (ca: TestCa, request: string) => Promise<void>,
): Promise<void> {
  return withNoCa(async (ca) => {
    await ca.done(["init", "--subject", "CN=Root", "--store", store], { now: new Date() });
    ca.write("ca.toml", 'serial = "sequential"\n');
    await work(ca, await ca.request());
  });
}

/** Fifty requests with different names, which are signed without a warning. */
async function manyRequests(ca: TestCa): Promise<readonly string[]> {
  const paths: string[] = [];
  for (let index = 0; index < 50; index++) {
    const name = `device-${index}.example`;
    const craft = { subject: `CN=${name}`, names: `DNS:${name}` };
    paths.push(await ca.request(`${index}.csr`, craft));
  }
  return paths;
}

async function requireSound(ca: TestCa): Promise<Set<string>> {
  const { findings } = await check(denoSystem, { dataDirectory: ca.dataDirectory });
  assert.deepEqual(findings.filter(isProblem), []);
  const serials = new Set((await entriesOf(ca)).map(({ serial }) => serial));
  if (isSqlite(ca)) return serials;
  const files = [...Deno.readDirSync(join(ca.dataDirectory, "certs"))].map(({ name }) => name);
  assert.deepEqual(files.sort(), [...serials].map((serial) => `${serial}.pem`).sort());
  return serials;
}

interface ListedEntry {
  readonly serial: string;
  readonly status: string;
}

async function entriesOf(ca: TestCa): Promise<readonly ListedEntry[]> {
  return JSON.parse(await ca.done(["list", "--json"], { now: new Date() })).certificates;
}

function isSqlite(ca: TestCa): boolean {
  return statIfPresent(denoSystem.files, ca.path("ca.db")) !== undefined;
}

/** The serial numbers that processes reported, without duplicates. */
function reportedSerials(ended: readonly Ended[]): string[] {
  const serials = ended.flatMap(({ json }) => json?.issued?.map(({ serial }) => serial) ?? []);
  assert.equal(new Set(serials).size, serials.length, "a serial number was given twice");
  return serials;
}

function crlNumber(ca: TestCa): bigint {
  return readCrlFile(Deno.readFileSync(ca.path("ca.crl"))).number ?? 0n;
}

for (const store of stores) {
  Deno.test(`${store}: fifty processes that sign at a time all get unique serial numbers`, async () => {
    await withRunningCa(store, async (ca) => {
      const requests = await manyRequests(ca);
      const ended = await Promise.all(
        requests.map((request) => start(ca, ["sign", request]).ended),
      );
      for (const { exit, stderr } of ended) {
        assert.deepEqual({ exit, stderr }, { exit: 0, stderr: "" });
      }
      assert.equal(reportedSerials(ended).length, 50);
      assert.equal((await requireSound(ca)).size, 50);
      assert.match(await ca.done(["serial"]), /\b34\n/);
    });
  });
}

Deno.test("fifty processes that draw random serial numbers all succeed, with different ones", async () => {
  await withRunningCa("directory", async (ca) => {
    ca.write("ca.toml", 'serial = "random"\n');
    const requests = await manyRequests(ca);
    const ended = await Promise.all(
      requests.map((request) => start(ca, ["sign", request]).ended),
    );
    for (const { exit, stderr } of ended) {
      assert.deepEqual({ exit, stderr }, { exit: 0, stderr: "" });
    }
    assert.equal(reportedSerials(ended).length, 50);
    assert.equal((await requireSound(ca)).size, 50);
    assert.equal(ca.read("serial"), "02\n");
  });
});

for (const store of stores) {
  Deno.test(`${store}: 60 processes sign, revoke and make CRLs, a third is killed`, async () => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    console.log(`seed ${seed}`);
    const random = new SeededRandom(seed);
    await withRunningCa(store, async (ca, request) => {
      await ca.done(["sign", ...Array(20).fill(request)], { now: new Date() });
      const kinds = [["sign", request], ["sign", request, request], ["crl"], ["revoke"]];
      const all: Ended[] = [];
      const revoked: string[] = [];
      const crlNumbers: bigint[] = [];
      for (let round = 0; round < 4; round++) {
        const running = Array.from({ length: 15 }, (_, index) => {
          const serial = (2 + round * 5 + Math.floor(index / 4)).toString(16).padStart(2, "0");
          const kind = kinds[index % kinds.length] ?? [];
          const words = kind[0] === "revoke" ? ["revoke", serial] : kind;
          return { words, process: start(ca, words) };
        });
        const killers = running.filter((_, index) => index % 3 === 0).map(async ({ process }) => {
          await denoClock.sleep(100 + random.below(1500));
          try {
            process.kill();
          } catch {
            // It has already ended.
          }
        });
        for (const { words, process } of running) {
          const ended = await process.ended;
          all.push(ended);
          if (ended.signal === null) assert.equal(ended.exit, 0, `seed ${seed}: ${ended.stderr}`);
          if (ended.json === undefined) continue;
          if (words[0] === "revoke") revoked.push(words[1] ?? "");
          if (ended.json.number !== undefined) crlNumbers.push(BigInt(ended.json.number));
        }
        await Promise.all(killers);
        // The next changing command recovers.
        await ca.done(["crl"], { now: new Date() });
        crlNumbers.push(crlNumber(ca));
        const serials = await requireSound(ca);
        for (const serial of reportedSerials(all)) assert.ok(serials.has(serial), `seed ${seed}`);
      }
      assert.equal(new Set(crlNumbers).size, crlNumbers.length, "a CRL number was given twice");
      assert.ok(crlNumbers.every((number) => number <= crlNumber(ca)));
      for (const { serial, status } of await entriesOf(ca)) {
        if (revoked.includes(serial)) assert.equal(status, "revoked", `seed ${seed}`);
      }
      const killed = all.filter(({ signal }) => signal === "SIGKILL").length;
      assert.ok(killed > 0, "some were killed");
      console.log(`${all.length} processes, ${killed} of them killed`);
    });
  });
}
