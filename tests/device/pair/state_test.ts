/** A state file is read back as it was written, and an unreadable field does not affect the others. */
import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import { encodeState, type Owed, type PairState } from "../../../lib/device/pair/state.ts";
import { decodeState } from "../../../lib/device/pair/state_reader.ts";
import { keptFailure } from "../../../lib/device/rotation/progress.ts";
import { formatSerial, largestSerial } from "../../../lib/x509/serial.ts";

const now = new Date("2026-11-26T12:00:00Z");
const digest = "a".repeat(64);

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const fileWith = (fields: object): Uint8Array => encode(JSON.stringify({ version: 1, ...fields }));

function withSerial(replacedSerial: string): PairState {
  const since = new Date("2026-06-01T12:00:00Z");
  const owed = { hook: true, probe: false, since, fingerprint: digest, replacedSerial };
  return { owed, other: {} };
}

const readBack = (serial: string): string | undefined =>
  decodeState(fileWith({ owed: withSerial(serial).owed }), now)?.state.owed?.replacedSerial;

Deno.test("encodeState() keeps every valid serial number of a certificate", async () => {
  for (
    const serial of [
      -(2n ** 159n),
      -5n,
      0n,
      1n,
      0xffn,
      0x1a9n,
      largestSerial,
      2n ** 160n - 1n,
      2n ** 900n,
    ]
  ) {
    const state = withSerial(formatSerial(serial));
    assert.deepEqual(decodeState(await encodeState(state), now), { state, unreadable: [] });
  }
});

Deno.test("decodeState() converts serial numbers of old versions, with leading zeros", () => {
  assert.equal(readBack("01a9"), "1a9");
  assert.equal(readBack("-01a9"), "-1a9");
  for (const same of ["01", "00", "ff", "-02"]) assert.equal(readBack(same), same);
});

/** Any time, from the first to the last (ECMA-262 21.4.1.1). */
const times = fc.date({
  min: new Date(-8.64e15),
  max: new Date(8.64e15),
  noInvalidDate: true,
});
const digests = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef"),
  minLength: 64,
  maxLength: 64,
});
const serials = fc.bigInt({ min: -(2n ** 170n), max: 2n ** 170n }).map(formatSerial);
const counts = fc.nat({ max: Number.MAX_SAFE_INTEGER });
/** Any path that a file system accepts, and any key that a newer version may write. */
const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "constructor", "owed\n", "\ud800", "a/\u202e/b", "", "toString"),
);

const states: fc.Arbitrary<PairState> = fc.record({
  lastChange: fc.record({
    at: times,
    by: fc.constantFrom("swap" as const, "rollback" as const),
    fingerprint: digests,
    combined: texts,
  }, { requiredKeys: ["at", "by", "fingerprint"], noNullPrototype: true }),
  owed: fc.record({
    hook: fc.boolean(),
    probe: fc.boolean(),
    since: times,
    fingerprint: digests,
    replacedSerial: serials,
    restorable: digests,
    before: fc.array(
      fc.record({
        probe: digests,
        stage: fc.constantFrom(
          "nothing" as const,
          "connected" as const,
          "handshake" as const,
          "certificate" as const,
        ),
        saw: fc.constantFrom("expected" as const, "another" as const, "nothing" as const),
        fingerprint: digests,
        since: fc.constantFrom("served" as const, "same" as const),
      }, { requiredKeys: ["probe", "stage", "saw"], noNullPrototype: true }),
      { maxLength: 16 },
    ),
    hooksDone: fc.array(digests, { maxLength: 16 }),
    toNoEffect: fc.record({ times: counts, last: times }, { noNullPrototype: true }),
  }, { requiredKeys: ["hook", "probe", "since"], noNullPrototype: true }),
  takenBack: fc.record({
    fingerprint: digests,
    times: counts,
    certificates: counts,
  }, { noNullPrototype: true }),
  renewal: fc.record({
    attempts: counts,
    lastAttempt: times,
    nextAttempt: times,
    setBy: fc.constant("issuer" as const),
  }, { requiredKeys: ["attempts", "lastAttempt", "nextAttempt"], noNullPrototype: true }),
  lastSuccess: times,
  lastFailure: fc.record({
    at: times,
    code: fc.stringMatching(/^[a-z0-9-]{1,64}$/),
    // The message of an error may be any text.
    text: fc.oneof(texts, fc.string({ unit: "binary", minLength: 380, maxLength: 420 }))
      .map((text) => keptFailure(undefined, text).text),
    identity: texts.map((path) => keptFailure({ path }, "").identity),
    since: times,
    count: counts,
  }, { requiredKeys: ["at", "code"], noNullPrototype: true }),
  told: fc.record({
    at: times,
    urgency: fc.constantFrom("notice" as const, "warning" as const, "critical" as const),
    what: fc.array(digests.map((digest) => digest.slice(0, 16)), { maxLength: 32 }),
  }, { noNullPrototype: true }),
  totals: fc.record({ attempts: counts, failures: counts }, { noNullPrototype: true }),
  latestTime: times,
  suspectTime: times,
  other: fc.dictionary(texts.map((name) => `new ${name}`), fc.jsonValue(), {
    noNullPrototype: true,
  }),
}, { requiredKeys: ["other"], noNullPrototype: true }) as fc.Arbitrary<PairState>;

Deno.test("encodeState() writes every possible state so that it can be read back unchanged", async () => {
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      const decoded = decodeState(await encodeState(state), now);
      assert.deepEqual(decoded?.unreadable, []);
      const { other: _, ...known } = decoded.state;
      const { other: __, ...given } = state;
      assert.deepEqual(known, given);
      assert.equal(JSON.stringify(decoded.state.other), JSON.stringify(state.other));
    }),
    { numRuns: 300 },
  );
});

for (
  const [what, state] of [
    ["an invalid serial number", withSerial("0X1")],
    ["an invalid time", { latestTime: new Date(NaN), other: {} }],
    ["an invalid count", { totals: { attempts: 2 ** 53, failures: 0 }, other: {} }],
    ["more bytes than a state file may have", { other: { future: "x".repeat(2 ** 20) } }],
  ] as const
) {
  Deno.test(`encodeState() refuses ${what}, which the next run could not read`, async () => {
    await assert.rejects(encodeState(state), { name: "TypeError", message: /read back/ });
  });
}

const everything = {
  lastChange: { at: now, by: "swap", fingerprint: digest, combined: "/tls/all.pem" },
  owed: {
    hook: false,
    probe: true,
    since: now,
    fingerprint: digest,
    replacedSerial: "02",
    restorable: digest,
    before: [{ probe: digest, stage: "certificate", saw: "expected", fingerprint: digest }],
    hooksDone: [digest],
    toNoEffect: { times: 1, last: now },
  },
  takenBack: { fingerprint: digest, times: 2, certificates: 1 },
  renewal: { attempts: 3, lastAttempt: now, nextAttempt: now, setBy: "issuer" },
  lastSuccess: now,
  lastFailure: {
    at: now,
    code: "hook-failed",
    text: "it failed",
    identity: "{}",
    since: now,
    count: 2,
  },
  told: { at: now, urgency: "notice", what: ["0123456789abcdef"] },
  totals: { attempts: 1, failures: 2 },
  latestTime: now,
  suspectTime: now,
} as const;

Deno.test("decodeState() loses only the field that cannot be read, and names it", () => {
  for (const name of Object.keys(everything)) {
    for (const wrong of [null, "?", -1, [], {}]) {
      const decoded = decodeState(fileWith({ ...everything, [name]: wrong, future: 1 }), now);
      assert.deepEqual(decoded?.unreadable, [name]);
      const { [name as keyof PairState]: lost, ...kept } = decoded.state;
      const { [name as keyof typeof everything]: _, ...others } = everything;
      assert.deepEqual(kept, { ...others, other: { future: 1 } });
      const unknown: Owed = { hook: true, probe: true, since: now };
      assert.deepEqual(lost, name === "owed" ? unknown : undefined);
    }
  }
});

Deno.test("decodeState() keeps a field without an optional part that cannot be read", () => {
  for (
    const [name, part] of [
      ["lastChange", "combined"],
      ["owed", "fingerprint"],
      ["owed", "replacedSerial"],
      ["owed", "restorable"],
      ["owed", "before"],
      ["owed", "hooksDone"],
      ["owed", "toNoEffect"],
      ["renewal", "setBy"],
      ["lastFailure", "text"],
      ["lastFailure", "identity"],
      ["lastFailure", "since"],
      ["lastFailure", "count"],
    ] as const
  ) {
    const field: Record<string, unknown> = { ...everything[name] };
    const decoded = decodeState(fileWith({ [name]: { ...field, [part]: -7 } }), now);
    assert.deepEqual(decoded?.unreadable, [`${name}.${part}`]);
    delete field[part];
    assert.deepEqual(decoded.state, { [name]: field, other: {} });
  }
});

Deno.test("decodeState() refuses a file that is truncated, not UTF-8, not JSON or another version", () => {
  const whole = fileWith(everything);
  for (let length = 0; length < whole.length; length++) {
    assert.equal(decodeState(whole.subarray(0, length), now), undefined);
  }
  assert.equal(decodeState(new Uint8Array([0xff, ...whole]), now), undefined);
  for (const text of ["null", "[]", "1", '"version"', "{}", '{"version":2}', '{"version":"1"}']) {
    assert.equal(decodeState(encode(text), now), undefined, text);
  }
});

Deno.test("decodeState() drops and reports unknown fields that could not be written back", async () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const file = encode(
    `{"version":1,"future":${deep},"large":"${"x".repeat(300_000)}","small":1e400}`,
  );
  const decoded = decodeState(file, now);
  assert.deepEqual(decoded?.unreadable, ["future", "large"]);
  await encodeState(decoded.state);
});
