/** The list of overdue devices, found in several readings of the store. */
import assert from "node:assert/strict";
import { overduePages } from "../../../lib/ca/inventory/overdue.ts";
import { takeStock } from "../../../lib/ca/inventory/mod.ts";
import type { DescribedRecord, StoreReader } from "../../../lib/ca/store/mod.ts";
import { day, formatTime } from "../../../lib/system/mod.ts";
import { SeededRandom } from "../../support/random.ts";
import { testTime } from "../../support/test_world.ts";

/** A store with records that are the same for a seed: few devices and few dates, so that many collide. */
function storeOf(seed: number, count: number) {
  const random = new SeededRandom(seed);
  const at = (days: number): string => formatTime(new Date(testTime.getTime() + days * day));
  const records = Array.from({ length: count }, (_, number): DescribedRecord => {
    const end = random.below(140) - 110;
    return {
      record: {
        serial: (number + 2).toString(16).padStart(4, "0"),
        subject: `CN=${random.below(count / 2)}`,
        notBefore: at(end - 10 - random.below(400)),
        notAfter: at(end),
        status: random.oneIn(20) ? "revoked" : "active",
        revokedAt: "",
        revocationReason: "",
      } as DescribedRecord["record"],
      details: random.oneIn(10) ? { supersededBy: "ff" } : { names: ["DNS:a.example"] },
    };
  });
  let readings = 0;
  const store = {
    async *describedPages() {
      readings++;
      for (let start = 0; start < count; start += 100) yield records.slice(start, start + 100);
    },
  } as unknown as StoreReader;
  return { store, readings: () => readings };
}

for (const most of [1, 2, 7, 40, 10_000]) {
  Deno.test(`overdue devices, found ${most} at a time, are the same list in few readings`, async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { store, readings } = storeOf(seed, 300);
      const { overdue } = await takeStock(store, { now: testTime });
      assert.ok(overdue.length > 40, `${overdue.length} for seed ${seed}`);
      const before = readings();
      const listed: string[] = [];
      for await (const page of overduePages(store, testTime, most)) {
        listed.push(...page.map(({ record }) => record.serial));
      }
      assert.deepEqual(listed, overdue.map(({ record }) => record.serial), `seed ${seed}`);
      // Also some of certificates that turn out to be replaced, or not to be the newest.
      const rounds = readings() - before;
      assert.ok(rounds <= 300 / most + 1, `${rounds} readings`);
      if (most > 300) assert.equal(rounds, 1);
    }
  });
}

Deno.test("overdue devices come in pages of at most a thousand", async () => {
  const { store } = storeOf(1, 9000);
  const sizes: number[] = [];
  for await (const page of overduePages(store, testTime)) sizes.push(page.length);
  assert.ok(sizes.length > 1);
  assert.deepEqual(sizes.slice(0, -1).filter((size) => size !== 1000), []);
});

Deno.test("takeStock() pauses after each page, so that a server can answer meanwhile", async () => {
  const { store } = storeOf(1, 300);
  let pauses = 0;
  const pause = (): Promise<void> => Promise.resolve(void pauses++);
  const { counts } = await takeStock(store, { now: testTime, pause });
  assert.ok(counts.overdue > 40, `${counts.overdue}`);
  assert.equal(pauses, 3);
});
