/** How a server keeps its OCSP responder. */
import assert from "node:assert/strict";
import { issueResponder } from "../../../lib/ca/ocsp/mod.ts";
import { OcspService } from "../../../lib/server/ocsp/mod.ts";
import { day, second } from "../../../lib/system/mod.ts";
import { type TestCa, withCa } from "../../support/ca.ts";
import { testSystem, testTime } from "../../support/test_world.ts";
import { contextOf } from "../test_server.ts";
import { responderOf } from "./ocsp_client.ts";

const after = (milliseconds: number): Date => new Date(testTime.getTime() + milliseconds);
const settings = '[addresses]\nocsp = ["http://ca.example/ocsp"]\n';

/** Runs the task of a server for some ticks of its clock. */
async function live(
  ca: TestCa,
  { ticks, step = second, onTick = () => Promise.resolve() }: {
    readonly ticks: number;
    /** Milliseconds. */
    readonly step?: number;
    readonly onTick?: (tick: number) => Promise<void>;
  },
): Promise<{
  readonly service: OcspService;
  readonly events: readonly string[];
}> {
  const controller = new AbortController();
  const { context, time, events } = await contextOf(ca);
  let tick = 0;
  const sleep = async (): Promise<void> => {
    time.now = new Date(time.now.getTime() + step);
    await onTick(++tick);
    await context.watch.refresh();
    if (tick >= ticks) controller.abort();
  };
  const clock = { now: () => time.now, sleep };
  const service = new OcspService({ ...context, system: { ...context.system, clock } });
  await service.task(controller.signal);
  return { service, events: events.map(({ event }) => event) };
}

const issued = (events: readonly string[]): number =>
  events.filter((event) => event === "ocsp-responder-issued").length;

Deno.test("a CA whose certificates name no OCSP address gets no responder until it is asked", async () => {
  await withCa(async (ca) => {
    const { service, events } = await live(ca, { ticks: 5 });
    assert.equal(service.state.responder, undefined);
    assert.equal(issued(events), 0);
    assert.equal(ca.read("index.json"), "[]\n");
  });
});

Deno.test("a CA with an OCSP address gets a responder, and a new one every half week", async () => {
  await withCa(async (ca) => {
    ca.write("ca.toml", settings);
    const { service, events } = await live(ca, { ticks: 13 * 24, step: day / 24 });
    assert.equal(issued(events), 4);
    assert.equal(service.state.failure, undefined);
    assert.match(await ca.done(["check"], { now: after(13 * day) }), /^CA check: OK/);
    assert.equal(JSON.parse(ca.read("index.json")).length, 4);
  });
});

Deno.test("a server that starts again uses the responder that is there", async () => {
  await withCa(async (ca) => {
    ca.write("ca.toml", settings);
    const first = await live(ca, { ticks: 1 });
    const second = await live(ca, { ticks: 1 });
    assert.equal(second.service.state.responder?.serial, first.service.state.responder?.serial);
    assert.equal(issued(second.events), 0);
  });
});

Deno.test("a responder that another process has replaced is used within a second", async () => {
  await withCa(async (ca) => {
    ca.write("ca.toml", settings);
    const location = { dataDirectory: ca.dataDirectory, lockTimeout: 1000 };
    const { service, events } = await live(ca, {
      ticks: 4,
      onTick: async (tick) => {
        if (tick === 2) await issueResponder(testSystem({ now: after(2 * second) }), location);
      },
    });
    assert.equal(service.state.responder?.serial, "03");
    assert.equal(issued(events), 1);
  });
});

Deno.test("a new responder signs every response anew", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    const responder = await responderOf(ca);
    const [first] = [await responder.asked([2n])];
    assert.equal(first?.responder?.serialNumber, "03");
    const output = await ca.done(["serve", "--rotate-responder"]);
    assert.match(
      output,
      /^OCSP responder replaced successfully\.\n {2}Serial: +04\n {2}Not After: +2026-06-08T11:59:00Z\n/,
    );
    await responder.service.task(AbortSignal.abort());
    await tickOnce(responder);
    assert.equal((await responder.asked([2n])).responder?.serialNumber, "04");
  });
});

/** One turn of the task. */
async function tickOnce(
  { service, context }: Awaited<ReturnType<typeof responderOf>>,
): Promise<void> {
  const controller = new AbortController();
  const running = service.task(controller.signal);
  controller.abort();
  await running;
  await context.watch.refresh();
}

Deno.test("a responder that is revoked signs no more", async () => {
  await withCa(async (ca) => {
    ca.write("ca.toml", settings);
    const { service, events } = await live(ca, {
      ticks: 4,
      onTick: async (tick) => {
        if (tick === 2) await ca.done(["revoke", "02"]);
      },
    });
    assert.equal(service.state.responder?.serial, "03");
    assert.equal(issued(events), 2);
  });
});

Deno.test("without the CA's key, the responder signs as long as it is valid", async () => {
  await withCa(async (ca) => {
    ca.write("ca.toml", settings);
    await live(ca, { ticks: 1 });
    Deno.renameSync(ca.path("ca.key"), `${ca.root}/ca.key`);
    const { service, events } = await live(ca, { ticks: 6 * 24, step: day / 24 });
    assert.equal(service.state.responder?.serial, "02");
    assert.equal(service.state.failure?.code, "ca-key-not-available");
    // Once, not every second.
    assert.equal(events.filter((event) => event === "ocsp-responder-failed").length, 1);
    const later = await live(ca, { ticks: 8 * 24, step: day / 24 });
    assert.equal(later.service.state.responder, undefined);
  });
});

Deno.test("after a failure, the next attempt waits for half a minute", async () => {
  await withCa(async (ca) => {
    const key = ca.read("ca.key");
    const responder = await responderOf(ca);
    Deno.removeSync(ca.path("ca.key"));
    assert.equal((await responder.asked([1n])).response, "tryLater");
    ca.write("ca.key", key);
    Deno.chmodSync(ca.path("ca.key"), 0o600);
    responder.time.now = after(29 * second);
    assert.equal((await responder.asked([1n])).response, "tryLater");
    responder.time.now = after(31 * second);
    assert.deepEqual((await responder.asked([1n])).statuses, ["good"]);
    assert.equal(responder.service.state.failure, undefined);
  });
});
