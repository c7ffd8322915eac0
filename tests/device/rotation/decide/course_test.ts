/** A latest time that was wrong: only a clock that advances steadily below it is believed again. */
import assert from "node:assert/strict";
import { decodeState } from "../../../../lib/device/pair/state_reader.ts";
import { encodeState, type PairState } from "../../../../lib/device/pair/state.ts";
import {
  isTimeWorthNoting,
  judgeClock,
  withNow,
} from "../../../../lib/device/rotation/decide/clock_rules.ts";
import { SeededRandom } from "../../../support/random.ts";
import { beginning, configured, day, rotatedWorld } from "../../../support/rotation_world.ts";

const hour = day / 24;
const at = (days: number): Date => new Date(beginning.getTime() + days * day);
const wrong = new Date("2099-01-01T00:00:00Z");
const misled: PairState = { latestTime: wrong, other: {} };

/** The state after runs at these times, in this order, and the number of writes. */
function runAt(times: readonly Date[], state = misled): { state: PairState; writes: number } {
  let writes = 0;
  for (const time of times) {
    if (!isTimeWorthNoting(state, time)) continue;
    state = withNow(state, time);
    writes++;
  }
  return { state, writes };
}

const every = (interval: number, { from, to }: { from: number; to: number }): Date[] =>
  Array.from(
    { length: Math.floor((to - from) * day / interval) + 1 },
    (_, index) => new Date(at(from).getTime() + index * interval),
  );

Deno.test("ten steps before a wrong latest time are believed, for hourly, daily and weekly runs", () => {
  for (const [interval, days] of [[hour, 10], [day, 10], [7 * day, 70]] as const) {
    const early = runAt(every(interval, { from: 0, to: days * 0.8 }));
    assert.deepEqual(early.state.latestTime, wrong, `after ${days * 0.8} days`);
    const { state } = runAt(every(interval, { from: 0, to: days }));
    assert.ok((state.latestTime?.getTime() ?? Infinity) <= at(days).getTime(), `every ${interval}`);
    assert.equal(state.courses, undefined);
    assert.equal(judgeClock(at(days + 1), state), "plausible");
    assert.equal(judgeClock(new Date("2099-01-02T00:00:00Z"), state), "ahead", "a later jump");
  }
});

Deno.test("the state is written at most once a day for a clock below the latest time", () => {
  const { writes } = runAt(every(hour, { from: 0, to: 8 }));
  assert.ok(writes <= 10, `${writes} writes in eight days`);
  const twoTimes = every(hour, { from: 0, to: 8 }).flatMap((time) => [at(-400), time]);
  assert.ok(runAt(twoTimes).writes <= 11, "each start finds the clock at the same time");
});

Deno.test("times before the build of certswap are never believed, even if they advance steadily", () => {
  const epoch = (days: number): Date => new Date(days * day);
  const times = Array.from({ length: 500 }, (_, days) => epoch(days));
  assert.deepEqual(runAt(times), { state: misled, writes: 0 });
  let state = misled;
  const built = { built: at(0) };
  for (let days = -100; days < 0; days++) state = withNow(state, at(days), built);
  assert.deepEqual(state, misled);
});

Deno.test("a device whose clock starts at one fixed time each time does not believe it", () => {
  for (const hoursUp of [1, 10, 36, 100, 190]) {
    const starts = Array.from({ length: 200 }, () => every(hour, { from: 0, to: hoursUp / 24 }));
    assert.deepEqual(runAt(starts.flat()).state.latestTime, wrong, `up for ${hoursUp} hours each`);
  }
});

Deno.test("a device that finds a wrong time at each start still believes the right one", () => {
  for (const wrongAtStart of [at(-300), at(-3), new Date("1970-01-01T00:01:00Z")]) {
    const days = every(day, { from: 0, to: 30 });
    const { state } = runAt(days.flatMap((time) => [wrongAtStart, time]));
    const latest = state.latestTime?.getTime() ?? Infinity;
    assert.ok(latest <= at(30).getTime() && latest > at(0).getTime(), `${wrongAtStart}`);
  }
});

Deno.test("a clock that jumps around does not lower the latest time", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new SeededRandom(seed);
    const times = Array.from({ length: 2000 }, () => at(random.below(365 * 60)));
    const { state } = runAt(times);
    assert.deepEqual(state.latestTime, wrong, `seed ${seed}`);
    assert.ok((state.courses?.length ?? 0) <= 3, "the state does not grow");
  }
});

Deno.test("a clock that is set forward by a day at every run is believed after ten runs", () => {
  const { state } = runAt(every(day, { from: 0, to: 9 }));
  assert.deepEqual(state.latestTime, wrong, "ten runs");
  assert.notDeepEqual(withNow(state, at(10)).latestTime, wrong);
});

Deno.test("steps that are too far apart do not count", () => {
  assert.deepEqual(runAt(every(9 * day, { from: 0, to: 900 })).state.latestTime, wrong);
});

Deno.test("courses are kept in the state file", async () => {
  const { state } = runAt(every(day, { from: 0, to: 3 }));
  assert.equal(state.courses?.[0]?.steps, 3);
  assert.deepEqual(decodeState(await encodeState(state), new Date(0))?.state, state);
});

Deno.test("times from the wrong clock are set to the time of the correction", () => {
  const change = { at: wrong, by: "swap", fingerprint: "a".repeat(64) } as const;
  const failure = { at: wrong, code: "probe-failed" };
  const before: PairState = {
    ...misled,
    lastChange: change,
    lastSuccess: at(-1),
    lastFailure: failure,
  };
  const { state } = runAt(every(day, { from: 0, to: 10 }), before);
  assert.deepEqual(state.lastChange, { ...change, at: at(10) });
  assert.deepEqual(state.lastFailure, { ...failure, at: at(10) });
  assert.deepEqual(state.lastSuccess, at(-1), "recorded by the right clock");
});

Deno.test("a previous pair is removed although the clock was once believed to be in 2099", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, keepPrevious: 7 * day };
  world.pass(1000);
  await world.rotate({ force: true });
  world.configuration = { ...world.configuration, issuer: undefined };
  const previous = "/tls/.key.pem.certswap.previous";
  const begin = world.now.getTime();
  // Two runs see 2099, with a limit that does not remove the pair then.
  world.configuration = { ...world.configuration, keepPrevious: 100 * 365 * day };
  world.now = wrong;
  await world.rotate();
  world.pass(hour);
  await world.rotate();
  assert.deepEqual(world.state.latestTime, world.now);
  world.configuration = { ...world.configuration, keepPrevious: 7 * day };
  for (let days = 1; days <= 12; days++) {
    world.now = new Date(begin + days * day);
    await world.rotate();
    if (days <= 10) assert.notEqual(world.read(previous), undefined, `day ${days}`);
  }
  assert.equal(world.read(previous), undefined);
  world.now = wrong;
  await world.rotate();
  assert.ok((world.state.latestTime?.getTime() ?? 0) < wrong.getTime(), "the next jump is noticed");
});
