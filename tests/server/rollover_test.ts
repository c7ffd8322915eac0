/** The EST server of a CA that another one replaces: nothing stops, in any phase. */
import assert from "node:assert/strict";
import { decodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import { decodeBody } from "../../lib/protocol/est/mod.ts";
import { Fetches } from "../../lib/server/est/mod.ts";
import { issueOwn } from "../../lib/server/identity/own.ts";
import { day, hour } from "../../lib/system/mod.ts";
import { type Certificate, formatName, readCertificate } from "../../lib/x509/mod.ts";
import { type TestCa, testCa, withNoCa } from "../support/ca.ts";
import { testTime } from "../support/test_world.ts";
import { base, device, estOf, issued, type TestEst } from "./test_est.ts";

interface Rollover {
  readonly est: TestEst;
  readonly old: TestCa;
  readonly next: TestCa;
  /** Makes a step, an hour after the one before. The server sees it. */
  readonly step: (...words: string[]) => Promise<void>;
  /** The subjects of the certificates of /cacerts, sorted. */
  readonly served: () => Promise<readonly string[]>;
}

async function withRollover(
  work: (rollover: Rollover) => Promise<void>,
  store = "directory",
): Promise<void> {
  await withNoCa(async ({ root }) => {
    const [old, next] = [testCa(root, "old"), testCa(root, "next")];
    await old.done(["init", "--subject", "CN=Old", "--store", store]);
    const est = await estOf(old);
    const start = ["start", "--next", next.dataDirectory, "--subject", "CN=New"];
    const step = async (...words: string[]): Promise<void> => {
      est.time.now = new Date(est.time.now.getTime() + hour);
      await old.done(["rollover", ...words], { now: est.time.now });
      est.time.now = new Date(est.time.now.getTime() + hour);
      await est.context.watch.refresh();
    };
    await step(...start);
    await work({
      est,
      old,
      next,
      step,
      async served() {
        const { body } = await est.ask(`${base}/cacerts`);
        const all = decodeCertsOnly(decodeBody(body ?? new Uint8Array(), "certificates"));
        return all.map((der) => formatName(readCertificate(der).subject)).toSorted();
      },
    });
  });
}

const issuerOf = ({ issuer }: Certificate): string => formatName(issuer);

for (const store of ["directory", "sqlite"]) {
  Deno.test(`${store}: devices enrol and renew in every phase, each with the CA that issues`, async () => {
    await withRollover(async ({ est, step, served }) => {
      const { request, newKey } = await device();
      const renew = async (certificate: Certificate): Promise<Certificate> => {
        await newKey();
        const options = { certificate, operation: "simplereenroll" };
        return issued(await est.enrol(await request(), options));
      };
      assert.deepEqual(await served(), ["CN=New", "CN=New", "CN=Old", "CN=Old"]);
      const [secret, later] = [await est.token(), await est.token()];
      const first = issued(await est.enrol(await request(), { secret }));
      assert.equal(issuerOf(first), "CN=Old");
      await step("switch");
      assert.deepEqual(await served(), ["CN=New", "CN=New", "CN=Old", "CN=Old"]);
      const second = await renew(first);
      assert.equal(issuerOf(second), "CN=New");
      // A secret that was created before the switch, for another device.
      const other = await device();
      const enrolled = issued(
        await est.enrol(await other.request("DNS:b.example", "CN=b.example"), { secret: later }),
      );
      assert.equal(issuerOf(enrolled), "CN=New");
      // It was used, whichever CA issues now.
      await other.newKey();
      const again = await other.request("DNS:c.example", "CN=c.example");
      assert.equal((await est.enrol(again, { secret: later })).status, 401);
      await step("switch", "--back");
      assert.equal((await est.enrol(again, { secret: later })).status, 401);
      const third = await renew(second);
      assert.equal(issuerOf(third), "CN=Old");
      await step("switch");
      const fourth = await renew(third);
      assert.equal(issuerOf(fourth), "CN=New");
      assert.equal(issuerOf(await renew(fourth)), "CN=New");
      await step("finish");
      assert.deepEqual(await served(), ["CN=New"]);
    }, store);
  });
}

Deno.test("a request that meets the switch is issued by the next CA", async () => {
  await withRollover(async ({ est, old }) => {
    const { request, newKey } = await device();
    const first = issued(await est.enrol(await request(), { secret: await est.token() }));
    est.time.now = new Date(est.time.now.getTime() + hour);
    await old.done(["rollover", "switch"], { now: est.time.now });
    est.time.now = new Date(est.time.now.getTime() + hour);
    // The server has not looked at the CA since.
    await newKey();
    const options = { certificate: first, operation: "simplereenroll" };
    assert.equal(issuerOf(issued(await est.enrol(await request(), options))), "CN=New");
  });
});

Deno.test("the server's own certificate comes from the CA that issues", async () => {
  await withRollover(async ({ est: { context }, step }) => {
    assert.equal(issuerOf((await issueOwn(context, ["ca.example"])).certificate), "CN=Old");
    await step("switch");
    const { certificate, identity } = await issueOwn(context, ["ca.example"]);
    assert.equal(issuerOf(certificate), "CN=New");
    assert.equal(identity.certificatePem.match(/BEGIN/g)?.length, 2);
  });
});

Deno.test("a next CA that cannot be read stops no answer: the last view is served", async () => {
  await withRollover(async ({ est, next, step, served }) => {
    await step("switch");
    Deno.renameSync(next.dataDirectory, `${next.dataDirectory}-away`);
    await est.context.watch.refresh();
    assert.equal(est.context.watch.failure?.code, "next-ca-unusable");
    assert.equal((await served()).length, 4);
    const { request } = await device();
    assert.ok((await est.enrol(await request(), { secret: "x" })).status >= 400);
    Deno.renameSync(`${next.dataDirectory}-away`, next.dataDirectory);
    await est.context.watch.refresh();
    assert.equal(est.context.watch.failure, undefined);
  });
});

Deno.test("devices that show their certificate are counted once, across restarts", async () => {
  await withRollover(async ({ est, old }) => {
    const { context } = est;
    const { request } = await device();
    const certificate = issued(await est.enrol(await request(), { secret: await est.token() }));
    const foreign = testCa(old.root, "foreign");
    await foreign.done(["init", "--subject", "CN=Old"]);
    const out = `${old.root}/foreign.pem`;
    await foreign.done(["sign", await foreign.request(), "--out", out]);
    const stranger = Uint8Array.fromBase64(
      (await Deno.readTextFile(out)).replace(/-----[A-Z ]+-----|\n/g, ""),
    );
    const fetched = async (): Promise<number> => {
      const now = est.time.now;
      const { devices } = JSON.parse(
        await old.done(["rollover", "status", "--json"], { now }),
      );
      return devices.fetched;
    };
    for (const restarts of [1, 2]) {
      const fetches = new Fetches(context);
      fetches.note({ certificates: [] });
      fetches.note({ certificates: [stranger] });
      fetches.note({ certificates: [new Uint8Array([0x30, 0])] });
      for (const _ of Array(restarts)) fetches.note({ certificates: [certificate.der] });
      await fetches.flush();
      assert.equal(await fetched(), 1);
    }
    // Damaged, it counts as empty.
    old.write("rollover-fetched.json", "{");
    assert.equal(await fetched(), 0);
    const fetches = new Fetches(context);
    fetches.note({ certificates: [certificate.der] });
    await fetches.flush();
    assert.equal(await fetched(), 1);
  });
});

Deno.test("a certificate of the next CA renews once after switch --back", async () => {
  await withRollover(async ({ est, step }) => {
    const { request, newKey } = await device();
    const first = issued(await est.enrol(await request(), { secret: await est.token() }));
    await step("switch");
    const renewal = async (certificate: Certificate) => {
      await newKey();
      return await est.enrol(await request(), { certificate, operation: "simplereenroll" });
    };
    const second = issued(await renewal(first));
    assert.equal((await renewal(first)).status, 403, "it was replaced by the second");
    await step("switch", "--back");
    issued(await renewal(second));
    assert.equal((await renewal(second)).status, 403, "it was replaced by the third");
    assert.ok(est.time.now.getTime() < testTime.getTime() + day);
  });
});
