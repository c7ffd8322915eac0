/** A server of a CA that is killed while devices enrol. */
import assert from "node:assert/strict";
import { exchangeOnce } from "../../support/http_client.ts";
import type { ServedCa } from "../../support/served_ca.ts";
import { certificateIn, deviceRequest, estBytes } from "../../support/served_device.ts";

/** How many devices enrol at the same time: each that has its answer is followed by another one. */
const atOnce = 8;

/** The server is killed so many milliseconds after so many answers, once for each row. */
const kills = [{ answers: 12, delay: 0 }, { answers: 20, delay: 7 }];

/**
 * Kills the server with SIGKILL, and starts it again, several times. Each device that got no answer then
 * sends the same request again.
 *
 * @throws AssertionError if the CA does not know what was handed out, or a device got two certificates.
 */
export async function requireEveryAnswerKept(served: ServedCa): Promise<void> {
  const tls = { caCerts: [await Deno.readTextFile(served.authority)] };
  const handedOut = new Map<string, string>();
  let unanswered = 0;
  for (const [round, { answers, delay }] of kills.entries()) {
    const enrolments: { readonly name: string; enrol(): Promise<string> }[] = [];
    const secrets = (await served.tokens(10 * answers)).values();
    let answered = 0;
    let isKilled = false;
    const kill = (): void => {
      isKilled = true;
      served.kill("SIGKILL");
    };
    await Promise.all(Array.from({ length: atOnce }, async () => {
      while (!isKilled) {
        const name = `d${round}-${enrolments.length}.example`;
        const { value: secret } = secrets.next();
        assert.ok(secret !== undefined, "the server was never killed");
        const request = deviceRequest(name).then((der) => estBytes(der, secret));
        const enrol = async (): Promise<string> => {
          const answer = await exchangeOnce(served.addresses.est, { request: await request, tls });
          return certificateIn(answer).serialNumber;
        };
        enrolments.push({ name, enrol });
        try {
          handedOut.set(name, await enrol());
          if (++answered === answers) setTimeout(kill, delay);
        } catch (error) {
          if (!isKilled || error instanceof assert.AssertionError) throw error;
          unanswered++;
        }
      }
    }));
    await served.ended();
    await served.start();
    for (const { name, enrol } of enrolments) {
      const serial = await enrol();
      assert.equal(serial, handedOut.get(name) ?? serial, `${name} has got two certificates`);
      handedOut.set(name, serial);
    }
  }
  assert.ok(unanswered > 0, "no request was under way when the server was killed");
  served.kill("SIGTERM");
  assert.equal((await served.ended()).code, 0);
  const { stdout } = await served.ca("list", "--json");
  const { certificates } = JSON.parse(stdout) as {
    readonly certificates: readonly { readonly serial: string; readonly subject: string }[];
  };
  const known = certificates.map(({ serial }) => serial);
  assert.equal(new Set(known).size, known.length, "a serial number was used twice");
  const issued = Object.fromEntries(
    certificates.filter(({ subject }) => subject.endsWith(".example"))
      .map(({ subject, serial }) => [subject.slice("CN=".length), serial]),
  );
  assert.deepEqual(issued, Object.fromEntries(handedOut));
  assert.equal(
    known.filter((serial) => Object.values(issued).includes(serial)).length,
    handedOut.size,
  );
  const check = await served.ca("check");
  assert.equal(check.exit, 0, check.stdout + check.stderr);
}
