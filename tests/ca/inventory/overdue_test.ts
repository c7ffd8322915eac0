/** `ca list --overdue`, and what lists and the history call certificates without a subject. */
import assert from "node:assert/strict";
import { day } from "../../../lib/system/mod.ts";
import { type TestCa, withCa, withNoCa } from "../../support/ca.ts";
import { testTime } from "../../support/test_world.ts";

const at = (days: number) => ({ now: new Date(testTime.getTime() + days * day) });

/** Signs a certificate, some days from the time of the tests. */
async function sign(
  ca: TestCa,
  subject: string,
  { names = "DNS:a.example", on, validity }: {
    readonly names?: string;
    readonly on: number;
    readonly validity: string;
  },
): Promise<void> {
  const request = await ca.request(`${Math.abs(on)}.csr`, { subject, names });
  await ca.done(["sign", request, "--validity", validity], at(on));
}

for (const store of ["directory", "sqlite"] as const) {
  Deno.test(`${store}: ca list --overdue has the newest certificate of each late device`, async () => {
    await withNoCa(async (ca) => {
      await ca.done(["init", "--subject", "CN=Root", "--store", store], at(-500));
      ca.write("ca.toml", 'serial = "sequential"\n');
      // Forgotten after 90 days; with a newer one; with a newer one that has ended long ago.
      await sign(ca, "CN=forgotten", { on: -200, validity: "40" });
      await sign(ca, "CN=renewed", { on: -350, validity: "365" });
      await sign(ca, "CN=renewed", { on: -10, validity: "365" });
      await sign(ca, "CN=replaced", { on: -340, validity: "365" });
      await sign(ca, "CN=replaced", { on: -300, validity: "1" });
      // A device without a subject is known by its names, in any order.
      await sign(ca, "", { on: -345, validity: "365", names: "DNS:b.example,DNS:c.example" });
      await sign(ca, "", { on: -344, validity: "365", names: "DNS:late.example" });
      await sign(ca, "", { on: -9, validity: "365", names: "DNS:c.example,DNS:b.example" });
      // A sixth of 360 days is left after 300.
      await sign(ca, "CN=ended", { on: -100, validity: "40" });
      await sign(ca, "CN=soon", { on: -299, validity: "360" });
      const listed = async (days: number, ...flags: string[]): Promise<string[]> => {
        const json = await ca.done(["list", "--overdue", "--json", ...flags], at(days));
        return JSON.parse(json).certificates.map(({ serial }: { serial: string }) => serial);
      };
      assert.deepEqual(await listed(0), ["0a", "08"]);
      assert.deepEqual(await listed(2), ["0a", "08", "0b"]);
      assert.deepEqual(await listed(0, "--name", "late.*"), ["08"]);
      assert.deepEqual(await listed(0, "--subject", "ended", "--profile", "device"), ["0a"]);
      assert.deepEqual(await listed(0, "--limit", "1"), ["0a"]);
      const limited = await ca.run(["list", "--overdue", "--limit", "1"], at(0));
      assert.match(limited.stderr, /1 more certificate not shown/);
    });
  });

  Deno.test(`${store}: a certificate without a subject is listed by its first name`, async () => {
    await withCa(async (ca) => {
      ca.write("ca.toml", 'serial = "sequential"\n');
      await sign(ca, "CN=named", { on: 0, validity: "10" });
      await sign(ca, "", { on: 0, validity: "10", names: "DNS:b.example,DNS:c.example" });
      await ca.done(["revoke", "03"]);
      const list = await ca.done(["list"]);
      assert.match(list, /^02 +active +\S+ +CN=named$/m);
      assert.match(list, /^03 +revoked +\S+ +DNS:b\.example$/m);
      const history = await ca.done(["history"]);
      assert.match(history, /issue +03, DNS:b\.example, profile device/);
      assert.match(history, /revoke +03, DNS:b\.example, unspecified/);
      assert.match(await ca.done(["history", "--limit", "1"]), /revoke +03, DNS:b\.example/);
      const json = JSON.parse(await ca.done(["list", "--json"]));
      assert.equal(json.certificates[1].subject, "");
    }, ["--store", store]);
  });
}

Deno.test("ca list --overdue says if no device is overdue", async () => {
  await withCa(async (ca) => {
    assert.equal(await ca.done(["list", "--overdue"]), "No device is overdue.\n");
    assert.equal(
      await ca.done(["list", "--overdue", "--name", "a"]),
      "No certificates match.\n",
    );
  });
});

for (const other of ["--active", "--expired", "--revoked", "--expiring=1d"]) {
  Deno.test(`ca list --overdue ${other} is a usage error`, async () => {
    await withCa(async (ca) => {
      const { exit, stderr } = await ca.run(["list", "--overdue", other]);
      assert.equal(exit, 2);
      assert.match(stderr, /--overdue cannot be used with --(?:active|expired|revoked|expiring)/);
    });
  });
}
