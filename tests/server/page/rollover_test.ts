/** What the admin address shows while the CA is being replaced. */
import assert from "node:assert/strict";
import { adminRoutes } from "../../../lib/server/admin/mod.ts";
import { RolloverSource } from "../../../lib/server/admin/rollover.ts";
import { OcspService } from "../../../lib/server/ocsp/mod.ts";
import { day, hour, second } from "../../../lib/system/mod.ts";
import { type TestCa, testCa, withNoCa } from "../../support/ca.ts";
import { testTime } from "../../support/test_world.ts";
import { asking, contextOf, textOf } from "../test_server.ts";

interface Watched {
  readonly old: TestCa;
  readonly next: TestCa;
  /** Runs a command with the old CA some time later. The server sees what it does. */
  readonly later: (milliseconds: number, ...words: string[]) => Promise<void>;
  readonly section: (title?: string) => Promise<string>;
  readonly metrics: () => Promise<readonly string[]>;
  // deno-lint-ignore no-explicit-any
  readonly status: () => Promise<any>;
}

async function withWatched(work: (watched: Watched) => Promise<void>): Promise<void> {
  await withNoCa(async ({ root }) => {
    const [old, next] = [testCa(root, "old"), testCa(root, "next")];
    await old.done(["init", "--subject", "CN=Old", "--validity", "3650"]);
    const { context, time } = await contextOf(old);
    const ask = asking(
      context,
      adminRoutes(context, {
        crlState: { lastRun: testTime, failure: undefined },
        ocsp: new OcspService(context),
        signFailure: () => undefined,
        isEstServed: () => true,
        connections: () => 0,
        startedAt: testTime,
      }),
    );
    await work({
      old,
      next,
      async later(milliseconds, ...words) {
        time.now = new Date(time.now.getTime() + milliseconds);
        if (words.length > 0) await old.done(words, { now: time.now });
        await context.watch.refresh();
      },
      async section(title = "Rollover") {
        const [, rest = ""] = textOf(await ask("/")).split(`<h2>${title}</h2>`);
        return rest.split("</section>")[0] ?? "";
      },
      async metrics() {
        const lines = textOf(await ask("/metrics")).split("\n");
        return lines.filter((line) => line.startsWith("certswap_server_rollover_"));
      },
      status: async () => JSON.parse(textOf(await ask("/status.json"))).rollover,
    });
  });
}

const startOf = ({ next: { dataDirectory } }: Watched): string[] => [
  ...["rollover", "start", "--next", dataDirectory, "--subject", "CN=New"],
];

Deno.test("the admin address shows each phase of a rollover, the devices, and the next command", async () => {
  await withWatched(async (watched) => {
    const { old, next, later, section, metrics, status } = watched;
    assert.deepEqual([await section(), await metrics(), await status()], ["", [], null]);
    const [a, b] = [
      await old.request("a.csr", { subject: "CN=a" }),
      await old.request("b.csr", { subject: "CN=b" }),
    ];
    await later(hour, "sign", a);
    await later(hour, "sign", b);
    await later(hour, ...startOf(watched));
    const command = (words: string): string =>
      `certswap ca rollover ${words} --data-dir ${old.dataDirectory}`;
    const started = await section();
    assert.match(started, /started, since <time datetime="2026-06-01T15:00:00Z">/);
    assert.match(started, /CN=New<br><code>.*\/next<\/code>/);
    assert.match(started, /0 of 2 have a certificate of the next CA/);
    for (const words of ["switch", "cancel"]) {
      assert.ok(started.includes(`<code>${command(words)}</code>`), started);
    }
    assert.doesNotMatch(started, /Warning/);
    const at = Date.parse("2026-06-01T15:00:00Z") / 1000;
    assert.deepEqual(await metrics(), [
      `certswap_server_rollover_phase_timestamp_seconds{phase="started"} ${at}`,
      'certswap_server_rollover_devices{state="fetched"} 0',
      'certswap_server_rollover_devices{state="moved"} 0',
      'certswap_server_rollover_devices{state="remaining"} 2',
    ]);
    await later(hour, "rollover", "switch");
    await later(hour, "sign", a);
    assert.deepEqual(await status(), {
      phase: "switched",
      started: "2026-06-01T15:00:00Z",
      since: "2026-06-01T16:00:00Z",
      next: { dataDirectory: next.dataDirectory, subject: "CN=New" },
      devices: { fetched: 0, moved: 1, remaining: 1 },
      nextStep: command("finish"),
      warnings: [],
    });
    assert.match(await section(), /1 of 2 have a certificate of the next CA/);
    await later(hour, "rollover", "finish", "--leave-behind", "1");
    assert.match(await section(), /finished, since/);
    assert.match(await section("Last changes"), /<td>rollover<\/td>\s*<td>phase finished<\/td>/);
    assert.deepEqual(await metrics(), []);
    assert.equal((await status()).nextStep, null);
  });
});

Deno.test("a rollover that was forgotten shows as a warning, also in ca rollover status", async () => {
  await withWatched(async (watched) => {
    const { old, later, section, status } = watched;
    await later(hour, "sign", await old.request(), "--validity", "3650");
    await later(hour, ...startOf(watched));
    await later(179 * day);
    assert.deepEqual((await status()).warnings, []);
    await later(2 * day);
    const long = "the rollover has been in the phase started since 2026-06-01T14:00:00Z";
    assert.deepEqual((await status()).warnings, [long]);
    assert.ok((await section()).includes(`Warning: ${long}.`));
    await later(3300 * day, "rollover", "switch");
    const end =
      /^the old CA expires on \d{4}-\d\d-\d\dT.*, and 1 device has no certificate of the next CA$/;
    const [late, ...others] = (await status()).warnings;
    assert.match(late, end);
    assert.deepEqual(others, []);
    const now = new Date(testTime.getTime() + 3482 * day);
    const { stderr, stdout } = await old.run(["rollover", "status", "--json"], { now });
    assert.match(stderr, /the old CA expires on/);
    assert.equal(JSON.parse(stdout).warnings[0].code, "rollover-forgotten");
  });
});

Deno.test("a next CA that cannot be read is shown as such, and again when it is back", async () => {
  await withWatched(async (watched) => {
    const { next, later, section, metrics } = watched;
    await later(hour, ...startOf(watched));
    Deno.renameSync(next.dataDirectory, `${next.dataDirectory}-away`);
    await later(hour);
    assert.match(await section(), /One of the two CAs cannot be read at the moment/);
    assert.equal((await metrics()).length, 1);
    Deno.renameSync(`${next.dataDirectory}-away`, next.dataDirectory);
    await later(hour);
    assert.match(await section(), /0 of 0 have a certificate of the next CA/);
  });
});

Deno.test("only the first request waits for a comparison that takes long, and the next rests", async () => {
  await withNoCa(async ({ root }) => {
    const [old, next] = [testCa(root, "old"), testCa(root, "next")];
    await old.done(["init", "--subject", "CN=Old"]);
    const start = ["rollover", "start", "--next", next.dataDirectory, "--subject", "CN=New"];
    await old.done(start);
    let now = testTime.getTime();
    const pass = (milliseconds: number): void => void (now += milliseconds);
    // Each page takes two seconds.
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve(pass(2 * second)) };
    const { context } = await contextOf(old, { clock });
    const source = new RolloverSource(context);
    const active = async () => (await source.sight())?.status?.leaves.active;
    assert.equal(await active(), 0);
    assert.equal(now, testTime.getTime() + 4 * second);
    await old.done(["sign", await old.request()]);
    pass(79 * second);
    assert.equal(await active(), 0);
    assert.equal(now, testTime.getTime() + 83 * second);
    pass(second);
    assert.equal(await active(), 0, "the last one, while the next is made");
    for (let waits = 0; await active() === 0; waits++) {
      assert.ok(waits < 3000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(await active(), 1);
    assert.equal(now, testTime.getTime() + 88 * second);
  });
});
