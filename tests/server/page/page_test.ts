/** The page of a server: what it shows, and what it does not let through. */
import assert from "node:assert/strict";
import { adminRoutes } from "../../../lib/server/admin/mod.ts";
import { html } from "../../../lib/server/page/html.ts";
import { OcspService } from "../../../lib/server/ocsp/mod.ts";
import { day } from "../../../lib/system/mod.ts";
import { type TestCa, withCa, withNoCa } from "../../support/ca.ts";
import { testTime } from "../../support/test_world.ts";
import { type Ask, asking, contextOf, type TestContext, textOf } from "../test_server.ts";

async function pageServer(ca: TestCa): Promise<TestContext & { readonly ask: Ask }> {
  const tested = await contextOf(ca);
  const { context } = tested;
  const routes = adminRoutes(context, {
    crlState: { lastRun: testTime, failure: undefined },
    ocsp: new OcspService(context),
    signFailure: () => undefined,
    isEstServed: () => true,
    connections: () => 0,
    startedAt: testTime,
  });
  return { ...tested, ask: asking(context, routes) };
}

const at = (days: number) => ({ now: new Date(testTime.getTime() + days * day) });

/** The rows of a section. */
function section(page: string, title: string): string {
  const [, rest = ""] = page.split(`<h2>${title}</h2>`);
  return rest.split("</section>")[0] ?? "";
}

Deno.test("the page lists devices that stopped renewing, and not those that renewed", async () => {
  await withNoCa(async (ca) => {
    await ca.done(["init", "--subject", "CN=Root"], at(-300));
    const sign = async (name: string, days: number, validity: string): Promise<void> => {
      const craft = { subject: `CN=${name}`, names: `DNS:${name}.example` };
      const request = await ca.request(`${name}${days}.csr`, craft);
      await ca.done(["sign", request, "--validity", validity], at(days));
    };
    await sign("older", -200, "40");
    await sign("gone", -100, "40");
    await sign("lost", -40, "30");
    await sign("late", -37, "40");
    await sign("early", -20, "40");
    await sign("renewed", -37, "40");
    await sign("renewed", -10, "40");
    await sign("revoked", -37, "40");
    await ca.done(["revoke", "09"]);
    const { ask } = await pageServer(ca);
    const page = textOf(await ask("/"));
    const stopped = section(page, "Devices that stopped renewing");
    assert.deepEqual(
      [...stopped.matchAll(/CN=(\w+)/g)].map(([, name]) => name),
      ["gone", "lost", "late"],
    );
    const ending = section(page, "Certificates that expire soon");
    assert.deepEqual([...ending.matchAll(/CN=(\w+)/g)].map(([, name]) => name), [
      "late",
      "early",
      "renewed",
    ]);
    const status = JSON.parse(textOf(await ask("/status.json")));
    assert.equal(status.certificates.overdue, 3);
    assert.deepEqual(status.stopped.map(({ serial }: { serial: string }) => serial), [
      "03",
      "04",
      "05",
    ]);
    assert.match(textOf(await ask("/metrics")), /ca_certificates\{status="overdue"\} 3\n/);
    assert.match(page, /<b>4<\/b> active/);
    assert.match(page, /<b>3<\/b> expired/);
    assert.match(page, /<b>1<\/b> revoked/);
    assert.match(section(page, "Last changes"), /revoke[^]*CN=revoked/);
  });
});

Deno.test("the page shows a request that waits, with the command to approve it", async () => {
  await withCa(async (ca) => {
    const { ask, context } = await pageServer(ca);
    const id = "4be1c2a0".repeat(8);
    const content = JSON.stringify({
      request: "MAA=",
      subject: "CN=new-meter",
      names: ["DNS:new-meter.example"],
      profile: "device",
      client: "192.0.2.7",
      received: "2026-06-01T11:00:00Z",
    });
    await context.store.change({
      lockTimeout: 1000,
      work: (change) => change.keepEnrolment("request", id, content),
    });
    const waiting = section(textOf(await ask("/")), "Requests waiting for approval");
    assert.match(waiting, /CN=new-meter[^]*DNS:new-meter\.example[^]*192\.0\.2\.7/);
    assert.match(waiting, /<code>certswap ca approve 4be1c2a04be1c2a0 --data-dir \S+<\/code>/);
    const status = JSON.parse(textOf(await ask("/status.json")));
    assert.equal(status.waiting[0].id, id);
  });
});

Deno.test("the page may load nothing but its style sheet, and is not kept", async () => {
  await withCa(async (ca) => {
    const { ask } = await pageServer(ca);
    const { headers, status } = await ask("/");
    assert.equal(status, 200);
    assert.match(
      headers?.["content-security-policy"] ?? "",
      /^default-src 'none'; style-src 'self'; /,
    );
    assert.doesNotMatch(headers?.["content-security-policy"] ?? "", /unsafe|https?:|\*/);
    assert.equal(headers?.["cache-control"], "no-store");
    assert.equal(headers?.["x-content-type-options"], "nosniff");
    const page = textOf(await ask("/"));
    assert.doesNotMatch(page, /<script|\sstyle=|\son\w+=|https?:\/\//i);
    assert.equal((await ask("/style.css")).headers?.["content-type"], "text/css; charset=utf-8");
    assert.equal((await ask("/", { method: "POST" })).status, 405);
    const foreign = await ask("/", { headers: { host: "evil.example" } });
    assert.equal(foreign.status, 421);
  });
});

Deno.test("names in certificates cannot add markup to the page", async () => {
  await withCa(async (ca) => {
    const subject = `CN=\\<img src=x onerror\\=alert(1)\\>\\"'&`;
    await ca.done(["sign", await ca.request("a.csr", { subject }), "--validity", "10"]);
    const { ask } = await pageServer(ca);
    const page = textOf(await ask("/"));
    assert.doesNotMatch(page, /<img/);
    assert.match(page, /&lt;img src=x onerror/);
  });
});

Deno.test("a template escapes every text, in lists too, and leaves HTML as it is", () => {
  const items = ["<a>", html`<b>${"&"}</b>`];
  assert.equal(html`${items}${undefined}${3}`.text, "&lt;a&gt;<b>&amp;</b>3");
  // A mark that turns the direction of what follows it.
  assert.equal(html`${"a\u202eb"}`.text, "a\u25a1b");
});

Deno.test("the page says what is wrong, and shows what it knows, while the CA cannot be read", async () => {
  await withCa(async (ca) => {
    const { ask, context } = await pageServer(ca);
    ca.write("index.json", "damaged");
    await context.watch.refresh();
    const { status, ...answer } = await ask("/");
    assert.equal(status, 200);
    assert.match(textOf({ status, ...answer }), /The CA cannot be read at the moment/);
  });
});
