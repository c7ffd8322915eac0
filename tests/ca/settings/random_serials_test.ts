/** Serial numbers of 128 random bits. */
import assert from "node:assert/strict";
import { check, isProblem } from "../../../lib/ca/mod.ts";
import { takeRandomSerials } from "../../../lib/ca/store/random_serials.ts";
import { denoRandom, type Random } from "../../../lib/system/mod.ts";
import { readSingleCertificateFile } from "../../../lib/x509/read/certificate_file.ts";
import { type TestCa, withCa } from "../../support/ca.ts";
import { testSystem, testTime } from "../../support/test_world.ts";

/** A source that gives these bytes, each value repeated 16 times. */
function scripted(...values: readonly number[]): Random {
  const left = [...values];
  return { bytes: (length) => new Uint8Array(length).fill(left.shift() ?? assert.fail()) };
}

const serial = (byte: number): bigint =>
  BigInt(`0x${byte.toString(16).padStart(2, "0").repeat(16)}`);

Deno.test("random serial numbers are never 0, never used twice, and never in use already", () => {
  const used = new Set([serial(0x11).toString(16)]);
  const random = scripted(0, 0x11, 0x22, 0x22, 0xff);
  assert.deepEqual(takeRandomSerials(2, { random, used }), [serial(0x22), serial(0xff)]);
});

Deno.test("a source of random bytes that repeats itself is given up", () => {
  const random: Random = { bytes: (length) => new Uint8Array(length).fill(1) };
  assert.throws(() => takeRandomSerials(2, { random, used: new Set() }), TypeError);
});

Deno.test("random serial numbers have 128 bits", () => {
  const drawn = takeRandomSerials(1000, { random: denoRandom, used: new Set() });
  assert.equal(new Set(drawn).size, 1000);
  assert.ok(drawn.every((one) => one > 0n && one < 1n << 128n));
  // The first bit of half of them is 1.
  const large = drawn.filter((one) => one >= 1n << 127n).length;
  assert.ok(large > 350 && large < 650, `${large}`);
});

interface Listed {
  readonly serial: string;
  readonly status: string;
}

const index = (ca: TestCa): Listed[] => JSON.parse(ca.read("index.json"));

async function problems(ca: TestCa): Promise<readonly unknown[]> {
  const { findings } = await check(testSystem(), { dataDirectory: ca.dataDirectory });
  return findings.filter(isProblem);
}

Deno.test("with random serials, the counter is neither read nor changed", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", request]);
    ca.write("ca.toml", 'serial = "random"\n');
    // As after an old backup was restored: a counter would give 02 again.
    ca.write("serial", "02\n");
    await ca.done(["sign", request, request, request]);
    const [first, ...others] = index(ca);
    assert.equal(first?.serial, "02");
    assert.equal(others.length, 3);
    for (const { serial } of others) {
      assert.match(serial, /^[0-9a-f]{2,32}$/);
      const pem = new TextEncoder().encode(ca.read(`certs/${serial}.pem`));
      const made = readSingleCertificateFile(pem);
      assert.equal(made.serial, BigInt(`0x${serial}`));
    }
    assert.equal(ca.read("serial"), "02\n");
    const [, second] = index(ca);
    await ca.done(["revoke", second?.serial.toUpperCase() ?? ""]);
    await ca.done(["crl"]);
    assert.deepEqual(await problems(ca), []);
    await Deno.remove(ca.path("serial"));
    await ca.done(["sign", request]);
    assert.deepEqual(await problems(ca), []);
  });
});

Deno.test("with random serials, --repair keeps the order of the index", async () => {
  await withCa(async (ca) => {
    ca.write("ca.toml", 'serial = "random"\n');
    const request = await ca.request();
    for (let day = 0; day < 6; day++) {
      const now = new Date(testTime.getTime() + day * 86_400_000);
      await ca.done(["sign", request], { now });
    }
    const before = index(ca);
    const lost = before[2] ?? assert.fail();
    ca.write(
      "index.json",
      `${JSON.stringify(before.filter((one) => one !== lost), undefined, 2)}\n`,
    );
    const now = new Date(testTime.getTime() + 6 * 86_400_000);
    assert.match(await ca.done(["check", "--repair"], { now }), /Repaired this problem: /);
    assert.deepEqual(index(ca), before);
  });
});

Deno.test("after random serials, sequential ones go on above the highest", async () => {
  await withCa(async (ca) => {
    ca.write("ca.toml", 'serial = "random"\n');
    const request = await ca.request();
    await ca.done(["sign", request]);
    ca.write("ca.toml", 'serial = "sequential"\n');
    const { exit, stderr } = await ca.run(["sign", request]);
    assert.equal(exit, 1);
    assert.match(stderr, /'certswap ca check --data-dir \S+ --repair'/);
    await ca.done(["check", "--repair"]);
    await ca.done(["sign", request]);
    const [random, next] = index(ca).map(({ serial }) => BigInt(`0x${serial}`));
    assert.equal(next, (random ?? 0n) + 1n);
  });
});
