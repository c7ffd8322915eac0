/** What a CRL lists: revoked certificates leave it one CRL after they have expired. */
import assert from "node:assert/strict";
import { generateCrl } from "../../../lib/ca/mod.ts";
import { type Crl, readCrl, readCrlFile } from "../../../lib/x509/mod.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";
import { testTime } from "../../support/test_world.ts";

const at = (time: string): { readonly now: Date } => ({ now: new Date(`2026-06-${time}:00Z`) });

/** A CA with 02, valid until 03T12:00, and 03, valid for a year. */
function testWithTwo(name: string, work: (ca: TestCa) => Promise<void>): void {
  testOnEachStore(name, async (ca) => {
    await signTwo(ca);
    await work(ca);
  });
}

async function signTwo(ca: TestCa): Promise<void> {
  await ca.done(["sign", await ca.request("a.csr"), "--validity", "2"]);
  await ca.done(["sign", await ca.request("b.csr")]);
}

function lastCrl(ca: TestCa): Crl {
  return readCrlFile(Deno.readFileSync(ca.path("ca.crl")));
}

/** The serial numbers on a CRL that is made now. */
async function listed(ca: TestCa, now: { readonly now: Date }): Promise<string[]> {
  await ca.done(["crl"], now);
  return [...lastCrl(ca).entries].map(({ serial }) => serial.toString(16));
}

async function findingsOf(ca: TestCa, now: { readonly now: Date }): Promise<string[]> {
  const { stdout } = await ca.run(["check", "--json"], now);
  return JSON.parse(stdout).findings.map(({ code }: { code: string }) => code);
}

testWithTwo("ca.crl.der is the same CRL as ca.crl, and readable by the same users", async (ca) => {
  for (const day of ["02T10:00", "02T11:00"]) {
    await ca.done(["crl"], at(day));
    const der = Deno.readFileSync(ca.path("ca.crl.der"));
    assert.deepEqual(readCrl(der), lastCrl(ca));
    Deno.chmodSync(ca.path("ca.crl"), 0o640);
    Deno.removeSync(ca.path("ca.crl.der"));
  }
  await ca.done(["crl"], at("02T12:00"));
  assert.equal((Deno.statSync(ca.path("ca.crl.der")).mode ?? 0) & 0o777, 0o640);
  assert.equal((Deno.statSync(ca.path("ca.crl")).mode ?? 0) & 0o777, 0o640);
});

testWithTwo(
  "a CRL is valid for a week unless a flag or the settings say something else",
  async (ca) => {
    const { dataDirectory } = ca;
    const hours = async (nextUpdate?: number, settings?: number): Promise<number> => {
      const made = await generateCrl(ca.system(), {
        dataDirectory,
        lockTimeout: 0,
        nextUpdate,
        settings: { nextUpdate: settings, keepExpired: false },
      });
      return (made.nextUpdate.getTime() - testTime.getTime()) / 3_600_000;
    };
    assert.equal(await hours(), 168);
    assert.equal(await hours(undefined, 24 * 3_600_000), 24);
    assert.equal(await hours(48, 24 * 3_600_000), 48);
    await ca.done(["crl"]);
    assert.equal(lastCrl(ca).nextUpdate?.toISOString(), "2026-06-08T12:00:00.000Z");
  },
);

testWithTwo(
  "a revoked certificate stays on one CRL that is issued after it has expired",
  async (ca) => {
    await ca.done(["revoke", "02"]);
    await ca.done(["revoke", "03"]);
    assert.deepEqual(await listed(ca, at("02T12:00")), ["2", "3"]);
    // The last second is part of the validity.
    assert.deepEqual(await listed(ca, { now: new Date("2026-06-03T12:00:00Z") }), ["2", "3"]);
    assert.deepEqual(
      await listed(ca, at("03T13:00")),
      ["2", "3"],
      "not on a CRL after its end yet",
    );
    assert.deepEqual(await listed(ca, at("03T14:00")), ["3"]);
    assert.deepEqual(await listed(ca, at("03T15:00")), ["3"]);
  },
);

testWithTwo("an expired certificate can be revoked, and one CRL lists it", async (ca) => {
  await ca.done(["crl"], at("04T12:00"));
  await ca.done(["revoke", "02", "--reason", "keyCompromise"], at("05T12:00"));
  assert.deepEqual(await findingsOf(ca, at("05T13:00")), ["revoked-since"]);
  assert.deepEqual(await listed(ca, at("05T14:00")), ["2"]);
  assert.deepEqual(await findingsOf(ca, at("05T15:00")), []);
  assert.deepEqual(await listed(ca, at("06T12:00")), []);
  assert.deepEqual(await findingsOf(ca, at("06T13:00")), []);
});

testWithTwo(
  "ca check and ca verify know that an expired certificate has left the CRL",
  async (ca) => {
    await ca.done(["revoke", "02", "--reason", "keyCompromise"]);
    for (const day of ["02T12:00", "04T12:00", "05T12:00"]) await ca.done(["crl"], at(day));
    assert.deepEqual([...lastCrl(ca).entries], []);
    assert.deepEqual(await findingsOf(ca, at("05T13:00")), []);
    const file = await ca.certificateFile("02");
    const { exit, stdout } = await ca.run(["verify", file], at("05T13:00"));
    assert.equal(exit, 1);
    assert.match(stdout, /^ {2}Expiry: +EXPIRED$/m);
    assert.match(stdout, /^ {2}Revocation: +REVOKED \(reason: keyCompromise, date: [^)]*\)$/m);
    const json = await ca.run(["verify", "--json", file], at("05T13:00"));
    const { onCrl, leftCrl } = JSON.parse(json.stdout).revocation;
    assert.deepEqual({ onCrl, leftCrl }, { onCrl: false, leftCrl: true });
  },
);

Deno.test("ca check reports a certificate that is not on the CRL, if it had not expired", async () => {
  await withCa(async (ca) => {
    await signTwo(ca);
    await ca.done(["crl"], at("02T12:00"));
    await ca.done(["revoke", "03"], at("02T12:30"));
    const [first, second] = JSON.parse(ca.read("index.json"));
    // As if it had been revoked before that CRL.
    const index = [first, { ...second, "revoked_at": "2026-06-01T13:00:00Z" }];
    ca.write("index.json", `${JSON.stringify(index, null, 2)}\n`);
    const expected = ["wrong-crl", "history-revocation"];
    assert.deepEqual(await findingsOf(ca, at("02T13:00")), expected);
  });
});

testWithTwo(
  "keep_expired keeps expired certificates on the list, and says since when",
  async (ca) => {
    const { dataDirectory } = ca;
    const settings = { nextUpdate: undefined, keepExpired: true };
    await ca.done(["revoke", "02"]);
    for (const day of ["02T12:00", "04T12:00", "05T12:00"]) await ca.done(["crl"], at(day));
    assert.deepEqual([...lastCrl(ca).entries], []);
    assert.equal(lastCrl(ca).expiredSince, undefined);
    for (const day of ["06T12:00", "07T12:00"]) {
      await generateCrl(ca.system(at(day)), { dataDirectory, lockTimeout: 0, settings });
      assert.deepEqual([...lastCrl(ca).entries].map(({ serial }) => serial), [2n]);
      assert.equal(lastCrl(ca).expiredSince?.toISOString(), "2026-06-01T11:59:00.000Z");
      assert.deepEqual(await findingsOf(ca, at("08T12:00")), []);
    }
    // Back to the rule: it has been on a CRL after its end.
    assert.deepEqual(await listed(ca, at("08T13:00")), []);
  },
);
