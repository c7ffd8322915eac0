/** The page of a server in a real Chromium: it loads, searches, and is accessible. */
import assert from "node:assert/strict";
import axe from "axe-core";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { adminRoutes } from "../../lib/server/admin/mod.ts";
import { startListener } from "../../lib/server/listeners.ts";
import { OcspService } from "../../lib/server/ocsp/mod.ts";
import { day } from "../../lib/system/mod.ts";
import { contextOf } from "../server/test_server.ts";
import { type TestCa, withNoCa } from "../support/ca.ts";
import { testTime } from "../support/test_world.ts";
import { interopTest } from "./tools.ts";

/** Where screenshots go, to be looked at. */
const screenshots = Deno.env.get("CERTSWAP_SCREENSHOTS");

/** A CA with devices: some renewed, some not, one revoked, one with a name that is markup. */
async function fleet(ca: TestCa): Promise<void> {
  const at = (days: number) => ({ now: new Date(testTime.getTime() + days * day) });
  for (let number = 1; number <= 6; number++) {
    const names = {
      subject: `CN=meter-${number},O=Fleet`,
      names: `DNS:meter-${number}.fleet.example`,
    };
    const validity = ["--validity", number <= 2 ? "40" : number === 3 ? "60" : "365"];
    await ca.done(["sign", await ca.request(`${number}.csr`, names), ...validity], at(-38));
  }
  const evil = { subject: "CN=\\<script\\>alert(1)\\</script\\>", names: "DNS:evil.example" };
  await ca.done(["sign", await ca.request("evil.csr", evil), "--validity", "45"], at(-38));
  await ca.done(["revoke", "07", "--reason", "keyCompromise"], at(0));
  await ca.done(["crl"], at(0));
}

/** Runs `work` with a page in a browser, and checks that nothing went wrong in it. */
async function withPage(
  work: (page: Page, url: string) => Promise<void>,
): Promise<void> {
  await withNoCa(async (ca) => {
    const old = { now: new Date(testTime.getTime() - 100 * day) };
    await ca.done(["init", "--subject", "CN=My Root CA,O=My Org,C=US"], old);
    await fleet(ca);
    const { context } = await contextOf(ca);
    const routes = adminRoutes(context, {
      crlState: { lastRun: testTime, failure: undefined },
      ocsp: new OcspService(context),
      signFailure: () => undefined,
      isEstServed: () => true,
      connections: () => 0,
      startedAt: testTime,
    });
    const { limits } = context.settings().serve;
    const address = { host: "127.0.0.1", port: 0 };
    const server = await startListener(context, { name: "admin", address, routes, limits });
    let browser: Browser | undefined;
    try {
      browser = await puppeteer.launch({
        executablePath: "/usr/bin/chromium",
        // The sandbox needs rights that a container does not have; the page is ours.
        args: ["--no-sandbox", "--disable-dev-shm-usage"],
      });
      const page = await browser.newPage();
      const mistakes: string[] = [];
      page.on("console", (message) => void mistakes.push(message.text()));
      page.on("pageerror", (error) => void mistakes.push(String(error)));
      page.on("requestfailed", (request) => void mistakes.push(request.url()));
      await work(page, `http://127.0.0.1:${server.address.port}/`);
      assert.deepEqual(mistakes, []);
    } finally {
      await browser?.close();
      await server.stop(1000);
    }
  });
}

/** What axe-core objects to. It is put into the page past the policy, which allows no script. */
async function objections(page: Page): Promise<string[]> {
  const session = await page.createCDPSession();
  await session.send("Runtime.evaluate", { expression: axe.source });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run().then(({ violations }) => JSON.stringify(violations.map((one) => " +
      "`${one.id}: ${one.nodes.map(({ html }) => html).join(' ')}`)))",
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(result.value);
}

async function keep(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
}

const textOf = (page: Page): Promise<string> => page.$eval("body", ({ innerText }) => innerText);

interopTest(
  "the page shows the CA in Chromium, in every size and colour, and axe-core has no objection",
  {
    tools: ["chromium"],
    run: async () => {
      await withPage(async (page, url) => {
        for (const scheme of ["light", "dark"]) {
          await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
          for (const [width, height] of [[360, 740], [1280, 900]] as const) {
            await page.setViewport({ width, height });
            await page.goto(url);
            const text = await textOf(page);
            assert.match(text, /CN=My Root CA,O=My Org,C=US/);
            assert.match(text, /Devices that stopped renewing[^]*meter-1[^]*meter-2/);
            assert.match(text, /number 1, 1 revoked/);
            assert.match(text, /keyCompromise|revoke/);
            assert.deepEqual(await objections(page), [], `${scheme}, ${width}`);
            const isWithin = await page.evaluate(
              "document.documentElement.scrollWidth <= innerWidth",
            );
            assert.ok(isWithin, `${width}: wider than the screen`);
            await keep(page, `page-${scheme}-${width}`);
          }
        }
      });
    },
  },
);

interopTest("the page searches by name and by serial number, without JavaScript", {
  tools: ["chromium"],
  run: async () => {
    await withPage(async (page, url) => {
      await page.setJavaScriptEnabled(false);
      await page.goto(url);
      const search = async (words: string): Promise<string> => {
        await page.$eval("#q", (input) => (input as unknown as { value: string }).value = "");
        await page.type("#q", words);
        await Promise.all([page.waitForNavigation(), page.click("form button")]);
        return await textOf(page);
      };
      assert.match(await search("METER-4"), /Found for "METER-4"\s[^]*CN=meter-4,O=Fleet/);
      const bySerial = await search("7");
      assert.match(bySerial, /07\s[^]*CN=meter-6,O=Fleet[^]*revoked/);
      const evil = await search("<script>");
      assert.match(evil, /CN=\\<script\\>alert\(1\)\\<\/script\\>/);
      assert.match(await search("nowhere"), /No certificate has this/);
      await keep(page, "search");
    });
  },
});
