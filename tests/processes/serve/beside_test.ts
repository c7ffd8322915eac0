/**
 * Devices that enrol with a real server while other processes revoke, make CRLs and check the CA: forty, or
 * as many as `CERTSWAP_TEST_ENROLMENTS` says.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readCrl } from "../../../lib/x509/mod.ts";
import { exchangeOnce } from "../../support/http_client.ts";
import { runDeno } from "../../support/run_deno.ts";
import { type ServedCa, withServedCa } from "../../support/served_ca.ts";
import { certificateIn, deviceRequest, estBytes } from "../../support/served_device.ts";

const enrolments = Number(Deno.env.get("CERTSWAP_TEST_ENROLMENTS") ?? 40);

/** Devices that enrol at the same time. */
const atOnce = 4;

/** How often each command runs at least. */
const leastRuns = 3;

const main = fileURLToPath(new URL("../../../main.ts", import.meta.url));

/** Runs `certswap ca` in a process of its own, which has to succeed. */
async function caProcess(served: ServedCa, ...words: readonly string[]): Promise<void> {
  const { exit, stdout, stderr } = await runDeno(
    [main, "ca", ...words, "--data-dir", served.dataDirectory],
  );
  assert.equal(exit, 0, `ca ${words.join(" ")}: ${stdout}${stderr}`);
}

/** Enrols all devices, each with a secret of its own. */
async function enrolAll(served: ServedCa, serials: string[]): Promise<void> {
  const tls = { caCerts: [await Deno.readTextFile(served.authority)] };
  const queue = (await served.tokens(enrolments)).entries();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const [index, secret] of queue) {
      const request = estBytes(await deviceRequest(`d${index}.example`), secret);
      const answer = await exchangeOnce(served.addresses.est, { request, tls });
      serials.push(certificateIn(answer).serialNumber);
    }
  }));
}

for (const store of ["directory", "sqlite"]) {
  Deno.test(`${store}: enrolments go on beside processes that revoke, make CRLs and check`, async () => {
    await withServedCa(async (served) => {
      const serials: string[] = [];
      const revoked: string[] = [];
      let isDone = false;
      const runs = { revoke: 0, crl: 0, check: 0 };
      const run = async (command: keyof typeof runs, ...words: string[]): Promise<void> => {
        await caProcess(served, command, ...words);
        runs[command]++;
      };
      const isNeeded = (command: keyof typeof runs): boolean =>
        !isDone || serials.length === enrolments && runs[command] < leastRuns;
      const revoking = async (): Promise<void> => {
        while (isNeeded("revoke")) {
          const serial = serials[revoked.length];
          if (serial === undefined) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            continue;
          }
          await run("revoke", serial);
          revoked.push(serial);
        }
      };
      const repeating = async (command: "crl" | "check"): Promise<void> => {
        while (isNeeded(command)) await run(command);
      };
      await Promise.all([
        enrolAll(served, serials).finally(() => isDone = true),
        revoking(),
        repeating("crl"),
        repeating("check"),
      ]);
      assert.equal(new Set(serials).size, enrolments);
      const list = JSON.parse((await served.ca("list", "--json")).stdout) as {
        readonly certificates: readonly { readonly serial: string; readonly status: string }[];
      };
      const known = new Map(list.certificates.map(({ serial, status }) => [serial, status]));
      assert.equal(known.size, list.certificates.length, "a serial number was used twice");
      for (const [index, serial] of serials.entries()) {
        assert.equal(known.get(serial), index < revoked.length ? "revoked" : "active", serial);
      }
      await caProcess(served, "check");
      await untilOnCrl(served, revoked);
      console.log(`${store}: ${enrolments} enrolments beside ${JSON.stringify(runs)}`);
    }, { init: ["--store", store] });
  });
}

/** Waits until the CRL that the server has lists exactly these serial numbers. */
async function untilOnCrl({ http }: ServedCa, revoked: readonly string[]): Promise<void> {
  for (;;) {
    const { entries } = readCrl(await (await fetch(`${http}/ca.crl`)).bytes());
    if (entries.length >= revoked.length) {
      const listed = new Set([...entries].map(({ serial }) => serial));
      assert.deepEqual(listed, new Set(revoked.map((serial) => BigInt(`0x${serial}`))));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
