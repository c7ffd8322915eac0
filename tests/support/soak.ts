/** Simulated devices that enrol with a served CA, renew and are revoked, for a while. */
import assert from "node:assert/strict";
import { writePem } from "../../lib/x509/mod.ts";
import { exchangeOnce, type RawAnswer } from "./http_client.ts";
import { requestKey } from "./requests.ts";
import { memoryOf, type ServedCa, withServedCa } from "./served_ca.ts";
import { certificateIn, deviceRequest, estBytes } from "./served_device.ts";

/** How long, and for how many devices. Each enrols and renews at least once, however long that takes. */
export interface SoakOptions {
  readonly seconds: number;
  readonly devices: number;
}

/** What has happened. */
export interface SoakResult {
  readonly enrolments: number;
  readonly renewals: number;
  readonly revocations: number;
  /** The memory of the server after each tenth of the time, in megabytes (10^6 bytes). */
  readonly memory: readonly number[];
}

/** How many devices are busy at the same time. */
const atOnce = 8;

/** Of so many renewals, one is followed by a revocation. */
const revokedOneIn = 20;

/** A device: its number, and its certificate while it has one. */
interface Device {
  readonly name: string;
  serial: string | undefined;
  certificate: string | undefined;
}

/** From so many seconds on, memory must not grow any more after a third of the time. */
const longRun = 300;

/** By how much it may vary all the same: garbage is collected when it pays. */
const growth = 1.25;

/**
 * Runs it.
 *
 * @throws AssertionError for a wrong answer, if `ca check` finds anything afterwards, and if the memory of
 * the server keeps growing.
 */
export async function soak({ seconds, devices: count }: SoakOptions): Promise<SoakResult> {
  const done = { enrolments: 0, renewals: 0, revocations: 0 };
  const memory: number[] = [];
  await withServedCa(async (served) => {
    const tls = { caCerts: [await Deno.readTextFile(served.authority)] };
    const key = writePem("PRIVATE KEY", (await requestKey()).pkcs8);
    const post = async (device: Device, secret?: string): Promise<RawAnswer> => {
      const { name, certificate } = device;
      const request = estBytes(await deviceRequest(name), secret);
      const pair = certificate === undefined || secret !== undefined
        ? undefined
        : { cert: certificate, key };
      return await exchangeOnce(served.addresses.est, { request, tls: { ...tls, pair } });
    };
    const accept = (device: Device, answer: RawAnswer): void => {
      const certificate = certificateIn(answer);
      device.serial = certificate.serialNumber;
      device.certificate = writePem("CERTIFICATE", certificate.der);
    };
    const secrets = await served.tokens(count);
    const live = async (device: Device): Promise<void> => {
      if (device.certificate === undefined) {
        accept(device, await post(device, secrets.pop() ?? await served.token()));
        done.enrolments++;
        return;
      }
      accept(device, await post(device));
      done.renewals++;
      if (done.renewals % revokedOneIn !== 0) return;
      const revoked = await served.ca("revoke", device.serial ?? "");
      assert.equal(revoked.exit, 0, revoked.stderr);
      done.revocations++;
      const refused = await post(device);
      assert.equal(refused.status, 403, refused.body);
      device.certificate = undefined;
    };
    await whileTime({ seconds, count }, served, { live, memory });
    const check = await served.ca("check");
    assert.equal(check.exit, 0, check.stdout + check.stderr);
  }, {
    settings: "connections_per_address = 1000\n",
    init: ["--store", "sqlite"],
  });
  if (seconds >= longRun) {
    const [early, late] = [Math.max(...memory.slice(0, 4)), Math.max(...memory.slice(-3))];
    assert.ok(late <= early * growth, `memory grows: ${memory.join(", ")} MB`);
  }
  return { ...done, memory };
}

/** Lets devices live in turns until the time is over, each twice at least. */
async function whileTime(
  { seconds, count }: { readonly seconds: number; readonly count: number },
  served: ServedCa,
  { live, memory }: { live(device: Device): Promise<void>; memory: number[] },
): Promise<void> {
  const devices = Array.from({ length: count }, (_, index): Device => ({
    name: `d${index}.example`,
    serial: undefined,
    certificate: undefined,
  }));
  const begin = performance.now();
  const passed = (): number => (performance.now() - begin) / 1000;
  for (let round = 0; round < 2 || passed() < seconds; round++) {
    const queue = devices.values();
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (const device of queue) await live(device);
    }));
    if (round > 0 && passed() >= seconds * (memory.length + 1) / 10) {
      memory.push(memoryOf(served.pid()));
    }
  }
  memory.push(memoryOf(served.pid()));
}
