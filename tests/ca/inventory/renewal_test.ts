/** Duplicates, renewals, and what they supersede. */
import assert from "node:assert/strict";
import { standardSettings } from "../../../lib/ca/settings/standard.ts";
import { sign } from "../../../lib/ca/issue/sign.ts";
import { day } from "../../../lib/system/mod.ts";
import { webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import { type TestCa, testCa, testOnEachStore, withCa } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";
import type { RequestCraft } from "../../support/requests.ts";

const a = { subject: "CN=a", names: "DNS:a.example,DNS:www.a.example" };

/** Another key, for requests. */
async function otherKey(): Promise<Pick<RequestCraft, "publicKeyInfo" | "sign">> {
  const key = await webCryptoKeys.generate("ecdsa-p256");
  return { publicKeyInfo: key.publicKey, sign: key.sign };
}

const serialOf = (stdout: string): string => /Serial: +(\S+)/.exec(stdout)?.[1] ?? "";

async function detailsOf(ca: TestCa, serial: string): Promise<Record<string, unknown>> {
  return JSON.parse(await ca.done(["show", serial, "--json"])).certificate;
}

testOnEachStore(
  "the same key and names again are signed with a warning that names the serial number",
  async (ca) => {
    const request = await ca.request("a.csr", a);
    assert.equal((await ca.run(["sign", request])).stderr, "");
    const { exit, stderr, stdout } = await ca.run(["sign", request]);
    assert.equal(exit, 0);
    assert.equal(serialOf(stdout), "03");
    assert.match(stderr, /a\.csr was signed although the active certificate 02 has the same key/);
    assert.match(stderr, /certswap ca revoke --data-dir \S+ 02 --reason superseded/);
  },
);

testOnEachStore(
  "a CA certificate signed again is not called one to revoke, and --renew gives no warning",
  async (root) => {
    const inter = testCa(root.root, "inter");
    await inter.done(["init", "--subject", "CN=Inter", "--signed-by", root.dataDirectory]);
    const request = `${root.root}/inter.csr`;
    await inter.done(["intermediate", "request", "--out", request]);
    const sign = ["sign", "--profile", "intermediate", request];
    const { exit, stderr } = await root.run(sign);
    assert.equal(exit, 0, stderr);
    assert.match(
      stderr,
      /inter\.csr was signed although the active certificate 02 has the same key/,
    );
    assert.match(
      stderr,
      /^Hint: Do not revoke the certificate of a CA while certificates issued under it/m,
    );
    assert.match(stderr, /devices send it until their next renewal/);
    assert.match(stderr, /renew it with --renew/);
    assert.doesNotMatch(stderr, /ca revoke|superseded/);
    // Two in one command have no hint to revoke either.
    const several = await root.run([...sign, request]);
    assert.match(several.stderr, /2 requests were signed although/);
    assert.match(several.stderr, /^Hint: Do not revoke the certificate of a CA/m);
    assert.equal((await root.run([...sign, "--renew", "02"])).stderr, "");
  },
);

testOnEachStore("names in another order are the same names", async (ca) => {
  await ca.done(["sign", await ca.request("a.csr", a)]);
  const names = "DNS:www.a.example,DNS:a.example";
  const { stderr } = await ca.run(["sign", await ca.request("b.csr", { ...a, names })]);
  assert.match(stderr, /active certificate 02 has the same key and names/);
});

testOnEachStore(
  "another key, another name, or less than half of the life left: no duplicate",
  async (ca) => {
    const request = await ca.request("a.csr", a);
    await ca.done(["sign", request]);
    const others = [
      await ca.request("key.csr", { ...a, ...await otherKey() }),
      await ca.request("subject.csr", { ...a, subject: "CN=b" }),
      await ca.request("names.csr", { ...a, names: "DNS:a.example" }),
    ];
    assert.equal((await ca.run(["sign", ...others])).stderr, "");
    const late = { now: new Date("2026-12-02T00:00:00Z") };
    assert.equal((await ca.run(["sign", request], late)).stderr, "");
  },
);

testOnEachStore("a revoked or an expired certificate has no duplicates", async (ca) => {
  const request = await ca.request("a.csr", a);
  await ca.done(["sign", request]);
  await ca.done(["revoke", "02"]);
  assert.equal((await ca.run(["sign", request, "--validity", "1"])).stderr, "");
  const later = { now: new Date("2026-06-10T00:00:00Z") };
  assert.equal((await ca.run(["sign", request], later)).stderr, "");
});

testOnEachStore(
  "one warning tells of all duplicates of a command, also of one request given twice",
  async (ca) => {
    const [first, second] = [await ca.request("a.csr", a), await ca.request("b.csr")];
    await ca.done(["sign", first, second]);
    const { stderr } = await ca.run(["sign", first, second]);
    assert.match(
      stderr,
      /^Warning: 2 requests were signed although .*a\.csr \(02\), .*b\.csr \(03\)$/m,
    );
    const third = await ca.request("c.csr", { subject: "CN=c" });
    const twice = await ca.run(["sign", third, third]);
    assert.match(twice.stderr, /c\.csr was signed although \S*c\.csr has the same key and names/);
  },
);

testOnEachStore(
  "ca revoke names the certificates of the same device that are still active",
  async (ca) => {
    const first = await ca.request("a.csr", a);
    const second = await ca.request("key.csr", { ...a, ...await otherKey() });
    const foreign = await ca.request("b.csr", { subject: "CN=b", names: a.names });
    await ca.done(["sign", first, second, foreign]);
    const { exit, stderr } = await ca.run(["revoke", "02", "--reason", "keyCompromise"]);
    assert.equal(exit, 0);
    assert.match(stderr, /certificate 03 has the same names as 02, and is still active/);
    assert.match(stderr, /revoke it too: certswap ca revoke --data-dir \S+ 03$/m);
    assert.equal((await ca.run(["revoke", "03"])).stderr, "");
    await ca.done(["sign", first, second]);
    // The one that replaces it is meant to stay.
    assert.equal((await ca.run(["revoke", "05", "--reason", "superseded"])).stderr, "");
  },
);

Deno.test("among very many certificates without a subject, one with the same key is found", async () => {
  await withCa(async (ca) => {
    const first = await ca.request("first.csr", {
      subject: new Uint8Array([0x30, 0]),
      names: "DNS:a",
    });
    await ca.done(["sign", first]);
    const other = await otherKey();
    const requests: string[] = [];
    for (let index = 0; index < 40; index++) {
      const names = `DNS:${index}.example`;
      requests.push(
        await ca.request(`${index}.csr`, { subject: new Uint8Array([0x30, 0]), names, ...other }),
      );
    }
    await ca.done(["sign", ...requests]);
    assert.match((await ca.run(["sign", first])).stderr, /active certificate 02 has the same key/);
    // The last ones are found without details, too.
    Deno.removeSync(ca.path("details.jsonl"));
    const [last = ""] = requests.slice(-1);
    assert.match((await ca.run(["sign", last])).stderr, /active certificate 2a has the same key/);
    const { certificates } = JSON.parse(
      await ca.done(["sign", "--revoke-superseded", first]).then(() =>
        ca.done(["list", "--revoked", "--json"])
      ),
    );
    const serials = certificates.map(({ serial }: { serial: string }) => serial);
    assert.deepEqual(serials, ["02", "2b"]);
  });
});

testOnEachStore(
  "duplicates are refused if the settings say so, and nothing is changed",
  async (ca) => {
    const request = await ca.request("a.csr", a);
    await ca.done(["sign", request]);
    const system = ca.system();
    const before = ca.tree();
    const options = {
      dataDirectory: ca.dataDirectory,
      lockTimeout: 1000,
      requests: [request],
      validity: day,
      onBadRequest: "stop",
    } as const;
    const settings = { ...standardSettings(), duplicates: "refuse" } as const;
    await assert.rejects(sign(system, { ...options, settings }), { code: "duplicate-request" });
    assert.deepEqual(ca.tree(), before);
    const other = await ca.request("b.csr");
    const { issued, skipped } = await sign(system, {
      ...options,
      requests: [request, other],
      onBadRequest: "skip",
      settings,
    });
    assert.deepEqual(issued.map((one) => one.request), [other]);
    assert.equal(skipped.length, 1);
    const renewed = await sign(system, { ...options, settings, renews: "02" });
    assert.equal(renewed.issued.length, 1);
    const again = await sign(system, { ...options, settings, isRenewal: true });
    assert.equal(again.issued.length, 1);
  },
);

testOnEachStore("ca sign --renew needs the same names, and says which differ", async (ca) => {
  await ca.done(["sign", await ca.request("a.csr", a)]);
  const names = "DNS:a.example,DNS:mail.a.example";
  const request = await ca.request("b.csr", { ...a, names, ...await otherKey() });
  const stderr = await refused(ca, ["sign", "--renew", "02", request], {
    error: "CSR does not have the same names as certificate 02",
  });
  assert.match(stderr, /Only in the certificate: DNS:www\.a\.example\n/);
  assert.match(stderr, /Only in the CSR: DNS:mail\.a\.example\n/);
  const subject = await ca.request("c.csr", { ...a, subject: "CN=c" });
  assert.match(
    await refused(ca, ["sign", "--renew", "02", subject], { error: /same names/ }),
    /Only in the certificate: subject CN=a\n.*Only in the CSR: subject CN=c\n/s,
  );
});

testOnEachStore(
  "a renewal is no duplicate, and the old certificate records what superseded it",
  async (ca) => {
    const request = await ca.request("a.csr", a);
    await ca.done(["sign", request]);
    const { stderr, stdout } = await ca.run(["sign", "--renew", "02", request]);
    assert.equal(stderr, "");
    assert.equal(serialOf(stdout), "03");
    const old = await detailsOf(ca, "02");
    assert.deepEqual([old["supersededBy"], old["status"]], ["03", "active"]);
    assert.match(await ca.done(["show", "02"]), /superseded by 03/);
    const file = await ca.done(["sign", "--renew", await ca.certificateFile("03"), request]);
    assert.equal(serialOf(file), "04");
    assert.equal(await ca.done(["check"]).then((text) => text.split("\n")[0]), "CA check: OK");
  },
);

Deno.test("a renewal keeps the profile of the old certificate", async () => {
  await withCa(async (ca) => {
    const request = await ca.request("a.csr", a);
    await ca.done(["sign", request]);
    ca.write("details.jsonl", ca.read("details.jsonl").replace('"device"', '"server"'));
    await ca.done(["sign", "--renew", "02", request]);
    assert.equal((await detailsOf(ca, "03"))["profile"], "server");
  });
});

testOnEachStore("ca sign --renew renews expired certificates, but no revoked ones", async (ca) => {
  const request = await ca.request("a.csr", a);
  await ca.done(["sign", request, request, "--validity", "1"]);
  await ca.done(["revoke", "03"]);
  const now = new Date("2026-07-01T00:00:00Z");
  await ca.done(["sign", "--renew", "02", request], { now });
  await refused(ca, ["sign", "--renew", "03", request], {
    error: "certificate with serial 03 is already revoked",
  });
  await refused(ca, ["sign", "--renew", "77", request], {
    error: "certificate with serial 77 not found",
  });
  for (const files of [[request, request], ["--from", ca.root]]) {
    await refused(ca, ["sign", "--renew", "02", ...files], {
      error: "--renew renews one certificate",
      exit: 2,
    });
  }
});

testOnEachStore(
  "--revoke-superseded revokes active certificates with the same names in one change",
  async (ca) => {
    const request = await ca.request("a.csr", a);
    await ca.done(["sign", request, request, await ca.request("b.csr")]);
    await ca.done(["revoke", "02", "--reason", "keyCompromise"]);
    const other = await ca.request("c.csr", { ...a, ...await otherKey() });
    await ca.done(["sign", "--revoke-superseded", other, other]);
    const { certificates } = JSON.parse(await ca.done(["list", "--json"]));
    const facts = certificates.map(({ serial, status, reason, supersededBy }: {
      [field: string]: string | null;
    }) => [serial, status, reason, supersededBy].join(" "));
    assert.deepEqual(facts, [
      "02 revoked keyCompromise ",
      "03 revoked superseded 06",
      "04 active  ",
      "05 active  ",
      "06 active  ",
    ]);
    await ca.done(["crl"], { now: new Date("2026-06-01T13:00:00Z") });
    assert.equal(await ca.done(["check"]), "CA check: OK\n");
  },
);

testOnEachStore(
  "--renew with --revoke-superseded revokes the renewed certificate only",
  async (ca) => {
    const request = await ca.request("a.csr", a);
    await ca.done(["sign", request, request]);
    await ca.done(["sign", "--renew", "02", "--revoke-superseded", request]);
    assert.match(await ca.done(["list", "--revoked"]), /^02 .*\n$/m);
    assert.match(await ca.done(["list"]), /^03 +active/m);
  },
);

Deno.test("nothing is revoked because of edited details", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request("x.csr", { ...a, names: "DNS:x.example" })]);
    const wrong = JSON.parse(ca.read("details.jsonl"));
    wrong.names = a.names.split(",");
    ca.write("details.jsonl", `${JSON.stringify(wrong)}\n`);
    await ca.done(["sign", "--revoke-superseded", await ca.request("a.csr", a)]);
    assert.match(await ca.done(["list"]), /^02 +active/m);
  });
});

testOnEachStore(
  "a device's local issuer renews: its pair is recorded, the old one superseded",
  async (ca) => {
    const request = await ca.request("a.csr", a);
    const options = {
      dataDirectory: ca.dataDirectory,
      lockTimeout: 1000,
      requests: [request],
      validity: 30 * day,
      onBadRequest: "stop",
      isRenewal: true,
    } as const;
    const system = ca.system();
    const web = { ...options, onBehalfOf: "pair web" };
    await sign(system, { ...options, onBehalfOf: "pair mail" });
    await sign(system, web);
    const { warnings } = await sign(system, web);
    assert.deepEqual(warnings, []);
    const { certificates } = JSON.parse(await ca.done(["list", "--json"]));
    const superseded = certificates.map((one: { supersededBy: string }) => one.supersededBy);
    assert.deepEqual(
      superseded,
      [null, "04", null],
      "another pair's certificate is not superseded",
    );
    assert.match(certificates[2].requestedBy, /^pair web, (?:user|uid) /);
  },
);
