/** The contract of a CA's store, as tests that every kind of store must pass. */
import assert from "node:assert/strict";
import type {
  CaStore,
  CertificateRecord,
  IssuedCertificate,
  RecordFilter,
  StoredCrl,
} from "../../../lib/ca/store/store.ts";
import {
  type HistoryLine,
  type HistoryReading,
  requesterOf,
} from "../../../lib/ca/store/history/mod.ts";
import { denoSystem, sha256Hex } from "../../../lib/system/mod.ts";
import { readPem } from "../../../lib/x509/encoding/pem.ts";
import { formatSerial } from "../../../lib/x509/serial.ts";

/** A kind of store to test. */
export interface StoreKind {
  readonly name: string;
  /** Calls `work` with a new CA. Each call of `open` returns a separate store, as in another process. */
  withNewCa(work: (open: () => Promise<CaStore>) => Promise<void>): Promise<void>;
  /** Registers a test; `Deno.test` by default. */
  readonly register?: (name: string, run: () => Promise<void>) => void;
}

/**
 * The root that {@linkcode StoreKind.withNewCa} creates. A store keeps its key identifier at most, and the
 * key is not checked.
 */
export const contractRoot = {
  certificate: rootCertificate(),
  key: Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x02),
};

/** Long enough for all changes that a test makes at the same time. */
const lockTimeout = 60_000;
const rootSerial = 1n;
const revokedAt = new Date("2026-06-02T00:00:00Z");

/** Registers the tests of the contract for one kind of store. */
export function testStoreContract(kind: StoreKind): void {
  const register = kind.register ?? ((name, run) => Deno.test(name, run));
  const test = (promise: string, work: (open: () => Promise<CaStore>) => Promise<void>): void =>
    register(`${kind.name} store: ${promise}`, () => kind.withNewCa(work));

  test("a new CA has its root and its key, and nothing else", async (open) => {
    const store = await open();
    assert.deepEqual(await store.presence(), { key: true, root: true });
    assert.deepEqual(derOf(await store.root()), contractRoot.certificate);
    assert.deepEqual(derOf(await store.key()), contractRoot.key);
    assert.equal(await store.lastCrl(), undefined);
    assert.deepEqual(await allRecords(store), []);
    assert.equal((await store.outlook()).outcome, "clean");
  });

  test("serial numbers increase, and none is used twice", async (open) => {
    const store = await open();
    const given: bigint[] = [];
    for (const count of [1, 3, 2]) given.push(...(await issue(store, count)).map(numberOf));
    const { value } = await store.change({
      lockTimeout,
      work: async (change) => [
        await change.takeSerials({ count: 2, root: rootSerial }),
        await change.takeSerials({ count: 1, root: rootSerial }),
      ],
    });
    given.push(...value.flat());
    given.push(...(await issue(await open(), 1)).map(numberOf));
    assert.ok(
      given.every((serial, index) => serial > (given[index - 1] ?? rootSerial)),
      `${given}`,
    );
  });

  test("a counter behind a number in use is refused", async (open) => {
    const store = await open();
    await issue(store, 1);
    const behind = store.change({
      lockTimeout,
      work: (change) => change.takeSerials({ count: 1, root: 0xffn }),
    });
    await assert.rejects(behind, { code: "counter-behind" });
  });

  test("records are found, and listed in the order of issue", async (open) => {
    const store = await open();
    // From 02 to 12d: not in the order of strings, and more than a page of most databases.
    const issued = [...await issue(store, 150), ...await issue(store, 150)];
    assert.deepEqual(await allRecords(await open()), issued.map(({ record }) => record));
    for (const { record, der } of [issued[0], issued[254]].filter((one) => one !== undefined)) {
      assert.deepEqual(await store.find(record.serial), record);
      assert.deepEqual(derOf(await store.certificate(record.serial)), der);
    }
    assert.equal(await store.find("fff"), undefined);
  });

  test("a revocation is recorded, and is final", async (open) => {
    const store = await open();
    const [first, second] = await issue(store, 2);
    assert.ok(first !== undefined && second !== undefined);
    const wanted = revoked(first.record);
    const { value } = await revoke(store, first.record.serial);
    assert.deepEqual(value, wanted);
    await assert.rejects(revoke(store, first.record.serial), { code: "already-revoked" });
    await assert.rejects(revoke(store, "fff"), { code: "serial-not-found" });
    assert.deepEqual(await allRecords(await open()), [wanted, second.record]);
    assert.deepEqual(await allRecords(store, "revoked"), [wanted]);
    assert.deepEqual(await allRecords(store, "active"), [second.record]);
  });

  test("details are kept, added to, and found by key", async (open) => {
    const store = await open();
    const key = "ab".repeat(32);
    const { value: serials } = await store.change({
      lockTimeout,
      work: async (change) => {
        const first = await change.takeSerials({ count: 3, root: rootSerial });
        const certificates = first.map(certificateOf);
        const [a, b, c] = certificates;
        assert.ok(a !== undefined && b !== undefined && c !== undefined);
        const details = { profile: "device", names: ["DNS:a.example"], requestedBy: "user a", key };
        await change.record([
          { ...a, details },
          { ...b, details: { importedFrom: "elsewhere" } },
          c,
        ]);
        await change.describe(a.record.serial, { supersededBy: b.record.serial, profile: null });
        return certificates.map(({ record }) => record.serial);
      },
    });
    const other = await open();
    const [a = "", b = "", c = ""] = serials;
    const all = {
      names: ["DNS:a.example"],
      requestedBy: "user a",
      key,
      supersededBy: b,
    };
    assert.deepEqual(await other.details(a), all);
    assert.deepEqual(await other.details(b), { importedFrom: "elsewhere" });
    assert.equal(await other.details(c), undefined);
    assert.equal(await other.details("fff"), undefined);
    const described = (await Array.fromAsync(other.describedPages({ status: "active" }))).flat();
    assert.deepEqual(described.map(({ record, details }) => [record.serial, details]), [
      [a, all],
      [b, { importedFrom: "elsewhere" }],
      [c, undefined],
    ]);
    assert.deepEqual([...await other.findByKey(new Set([key, "cd".repeat(32)]))], [a]);
    assert.deepEqual([...await other.findByKey(new Set(["cd".repeat(32)]))], []);
    const inspected = await Array.fromAsync((await (await other.inspect()).contents()).pages());
    const withDetails = inspected.flat().filter(({ details }) => details !== undefined);
    assert.deepEqual(withDetails.map(({ serial }) => serial).sort(), [a, b].sort());
  });

  test("records are selected by subject and end", async (open) => {
    const store = await open();
    const issued = (await issue(store, 3)).map(({ record }) => record);
    const [first, , third] = issued;
    assert.ok(first !== undefined && third !== undefined);
    const select = async (filter: RecordFilter): Promise<readonly CertificateRecord[]> =>
      (await Array.fromAsync(store.pages(filter))).flat();
    const subjects = new Set([first.subject, third.subject, "CN=other"]);
    assert.deepEqual(await select({ subjects }), [first, third]);
    const end = "2027-06-01T00:00:00Z";
    assert.deepEqual(await select({ endsFrom: end, endsBy: end }), issued);
    assert.deepEqual(await select({ endsFrom: "2027-06-01T00:00:01Z" }), []);
    assert.deepEqual(await select({ endsBy: "2027-05-31T23:59:59Z" }), []);
    assert.deepEqual(await select({ subjects, status: "revoked" }), []);
  });

  test("the next serial number is raised, never lowered, and not to one in use", async (open) => {
    const store = await open();
    const raise = async (next: bigint): Promise<unknown> =>
      (await store.change({ lockTimeout, work: (change) => change.raiseSerial(next, rootSerial) }))
        .value;
    assert.deepEqual(await raise(0x20n), { before: 2n, after: 0x20n });
    assert.deepEqual(await raise(0x10n), { before: 0x20n, after: 0x20n });
    const [certificate] = await issue(await open(), 1);
    assert.equal(certificate?.record.serial, "20");
    const used = store.change({ lockTimeout, work: (change) => change.raiseSerial(0x30n, 0x40n) });
    await assert.rejects(used, { code: "serial-in-use" });
  });

  test("one change can combine certificates, revocations and a CRL", async (open) => {
    const store = await open();
    const [old] = await issue(store, 1);
    assert.ok(old !== undefined);
    const crl = Uint8Array.of(0x30, 0x01, 0x00);
    const { value: added } = await store.change({
      lockTimeout,
      work: async (change) => {
        const taken = await change.takeSerials({ count: 2, root: rootSerial });
        const certificates = taken.map(certificateOf);
        await change.record(certificates);
        const serials = [old, ...certificates].slice(0, 2).map(({ record }) => record.serial);
        for (const serial of serials) await change.revoke(serial, revocation);
        await change.takeCrlNumber(undefined);
        await change.publishCrl(crl);
        return certificates.map(({ record }) => record);
      },
    });
    const [first, second] = added;
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(await allRecords(store), [revoked(old.record), revoked(first), second]);
    assert.deepEqual(derOfCrl(await store.lastCrl()), crl);
  });

  test("CRL numbers increase, and the last CRL is returned", async (open) => {
    const store = await open();
    let last: bigint | undefined;
    for (const content of [1, 2, 3]) {
      const der = Uint8Array.of(0x30, 0x03, 0x02, 0x01, content);
      const { value: number } = await store.change({
        lockTimeout,
        work: async (change) => {
          const taken = await change.takeCrlNumber(last);
          await change.publishCrl(der);
          return taken;
        },
      });
      assert.ok(number > (last ?? 0n));
      assert.deepEqual(derOfCrl(await (await open()).lastCrl()), der);
      last = number;
    }
    const behind = store.change({ lockTimeout, work: (change) => change.takeCrlNumber(0xffn) });
    await assert.rejects(behind, { code: "counter-behind" });
  });

  test("the beginning of a CRL is read without the rest", async (open) => {
    const store = await open();
    const content = new Uint8Array(1000).map((_, index) => index);
    const der = Uint8Array.of(0x30, 0x82, 0x03, 0xe8, ...content);
    await store.change({
      lockTimeout,
      work: async (change) => {
        await change.takeCrlNumber(undefined);
        await change.publishCrl(der);
      },
    });
    const start = await store.lastCrl(500);
    const whole = await store.lastCrl();
    assert.ok(start !== undefined && whole !== undefined);
    assert.deepEqual(start, {
      form: whole.form,
      content: whole.content.subarray(0, 500),
      isWhole: false,
    });
    assert.deepEqual(derOfCrl(await store.lastCrl(5000)), der);
    assert.deepEqual(derOfCrl(await store.lastCrl(whole.content.length)), der);
  });

  test("revocations are read in the order of issue, with their shards", async (open) => {
    const store = await open();
    const { value: [one, , three] } = await store.change({
      lockTimeout,
      work: async (change) => {
        const taken = await change.takeSerials({ count: 3, root: rootSerial });
        const [first, ...others] = taken.map(certificateOf);
        assert.ok(first !== undefined);
        const all = [{ ...first, details: { shard: 7 } }, ...others];
        await change.record(all);
        return all;
      },
    });
    assert.ok(one !== undefined && three !== undefined);
    await store.change({
      lockTimeout,
      work: async (change) => {
        for (const { record } of [three, one]) await change.revoke(record.serial, revocation);
      },
    });
    const expected = ({ record }: IssuedCertificate, shard: number | undefined) => ({
      serial: record.serial,
      notAfter: record.notAfter,
      revokedAt: "2026-06-02T00:00:00Z",
      reason: revocation.reason,
      shard,
    });
    const pages = await Array.fromAsync(store.revocations({ withShards: true }));
    assert.deepEqual(pages.flat(), [expected(one, 7), expected(three, undefined)]);
  });

  test("a change makes no difference if its work fails", async (open) => {
    const store = await open();
    const [certificate] = await issue(store, 1);
    assert.ok(certificate !== undefined);
    const before = await (await store.inspect()).stamp();
    const failure = new Error("at the end of the work");
    const failed = store.change({
      lockTimeout,
      work: async (change) => {
        const taken = await change.takeSerials({ count: 1, root: rootSerial });
        await change.record(taken.map(certificateOf));
        await change.revoke(certificate.record.serial, revocation);
        await change.takeCrlNumber(undefined);
        await change.publishCrl(Uint8Array.of(0x30, 0x00));
        throw failure;
      },
    });
    await assert.rejects(failed, failure);
    assert.deepEqual(await allRecords(store), [certificate.record]);
    assert.equal(await store.lastCrl(), undefined);
    assert.equal(await (await store.inspect()).stamp(), before);
    const contents = await (await store.inspect()).contents();
    const pages = await Array.fromAsync(contents.pages());
    assert.deepEqual(pages.flat().map(({ serial }) => serial), [certificate.record.serial]);
  });

  test("a change is visible to others after the commit, not before", async (open) => {
    const [store, other] = [await open(), await open()];
    const before = await (await other.inspect()).stamp();
    const { value: serial } = await store.change({
      lockTimeout,
      work: async (change) => {
        const [serial = 0n] = await change.takeSerials({ count: 1, root: rootSerial });
        const certificate = certificateOf(serial);
        await change.record([certificate]);
        assert.equal(await other.find(certificate.record.serial), undefined);
        assert.equal(await (await other.inspect()).stamp(), before);
        return certificate.record.serial;
      },
    });
    assert.equal((await other.find(serial))?.serial, serial);
    assert.notEqual(await (await other.inspect()).stamp(), before);
  });

  test("concurrent changes are made one after the other", async (open) => {
    let underWay = 0;
    const all = await Promise.all(Array.from({ length: 6 }, async () => {
      const store = await open();
      const { value } = await store.change({
        lockTimeout,
        work: async (change) => {
          assert.equal(++underWay, 1);
          const [serial = 0n] = await change.takeSerials({ count: 1, root: rootSerial });
          const certificate = certificateOf(serial);
          await change.record([certificate]);
          assert.equal(underWay--, 1);
          return certificate.record;
        },
      });
      return value;
    }));
    const bySerial = all.toSorted((a, b) => a.serial < b.serial ? -1 : 1);
    assert.equal(new Set(all.map(({ serial }) => serial)).size, all.length);
    assert.deepEqual(await allRecords(await open()), bySerial);
  });

  test("a change fails if another one holds the lock for too long", async (open) => {
    const other = await open();
    await (await open()).change({
      lockTimeout,
      work: async () => {
        const second = other.change({ lockTimeout: 0, work: () => Promise.resolve() });
        await assert.rejects(second, { code: "locked" });
      },
    });
  });

  test("every change is in the history, in the order made, chained by hashes", async (open) => {
    const store = await open();
    const [first, second] = await issue(store, 2);
    assert.ok(first !== undefined && second !== undefined);
    const { serial } = first.record;
    await store.change({
      lockTimeout,
      actor: "token a",
      work: async (change) => {
        await change.revoke(serial, revocation);
        await change.describe(serial, { supersededBy: second.record.serial });
        await change.takeCrlNumber(undefined);
        await change.publishCrl(Uint8Array.of(0x30, 0x00));
        await change.recordPublished(1n);
        await change.raiseSerial(0x20n, rootSerial);
        change.note({ kind: "approve", request: "r1" });
      },
    });
    const failed = store.change({
      lockTimeout,
      work: async (change) => {
        await change.revoke(second.record.serial, revocation);
        throw new Error("at the end of the work");
      },
    });
    await assert.rejects(failed);
    const lines = await allLines(await open());
    const events = lines.map(({ event }) => event);
    assert.deepEqual(
      events.map((event) => event && [event.sequence, event.kind, event.serial ?? ""]),
      [
        [1, "init", ""],
        [2, "issue", serial],
        [3, "issue", second.record.serial],
        [4, "revoke", serial],
        [5, "supersede", serial],
        [6, "crl", ""],
        [7, "publish", ""],
        [8, "raise", ""],
        [9, "approve", ""],
      ],
    );
    let previous = "0".repeat(64);
    for (const { text, event } of lines) {
      assert.equal(event?.previous, previous);
      assert.ok(event?.host !== "" && event.actor === (event.sequence < 4 ? actor : "token a"));
      previous = await sha256Hex(new TextEncoder().encode(`${text}\n`));
    }
    assert.deepEqual(await store.historyHead(), { sequence: 9, hash: previous });
    const [, issued, , revocationEvent, , crl] = events;
    assert.equal(issued?.certificate, await sha256Hex(first.der));
    assert.equal(issued?.subject, first.record.subject);
    assert.equal(revocationEvent?.revokedAt, "2026-06-02T00:00:00Z");
    assert.equal(revocationEvent?.reason, "keyCompromise");
    assert.equal(crl?.number, "1");
    assert.equal(crl?.crl, await sha256Hex(Uint8Array.of(0x30, 0x00)));
  });

  test("the history is read from either end, and selected", async (open) => {
    const store = await open();
    const serials: string[] = [];
    for (let round = 0; round < 3; round++) {
      serials.push(...(await issue(await open(), 150)).map(({ record }) => record.serial));
    }
    const all = await allLines(store);
    assert.deepEqual(
      all.map(({ event }) => event?.sequence),
      Array.from({ length: 451 }, (_, i) => i + 1),
    );
    assert.deepEqual(await allLines(store, { newestFirst: true }), all.toReversed());
    const [last = ""] = serials.slice(-1);
    await store.change({
      lockTimeout,
      work: (change) => change.describe("02", { supersededBy: last }),
    });
    const about = await allLines(store, { serial: last });
    assert.deepEqual(about.map(({ event }) => event?.kind), ["issue", "supersede"]);
    assert.deepEqual(await allLines(store, { kind: "revoke" }), []);
    assert.deepEqual((await allLines(store, { kind: "init" })).map(({ text }) => text), [
      all[0]?.text,
    ]);
    assert.deepEqual(await allLines(store, { since: "9999-01-01T00:00:00Z" }), []);
    assert.equal((await allLines(store, { since: all[0]?.event?.time ?? "" })).length, 452);
  });

  test("the CRLs of shards are published with the CRL, and their addresses are kept", async (open) => {
    const store = await open();
    assert.deepEqual(await store.shardTemplates(), []);
    assert.equal(await store.shardCrl(1), undefined);
    const der = (content: number): Uint8Array => Uint8Array.of(0x30, 0x03, 0x02, 0x01, content);
    const templates = [{ address: "http://crl.example/{shard}.crl", shards: 2 }];
    await store.change({
      lockTimeout,
      work: async (change) => {
        await change.recordShardTemplates(templates);
        await change.takeCrlNumber(undefined);
        await change.publishCrl(der(0), [{ shard: 1, der: der(1) }, { shard: 2, der: der(2) }]);
      },
    });
    const other = await open();
    assert.deepEqual(await other.shardTemplates(), templates);
    assert.deepEqual(derOfCrl(await other.lastCrl()), der(0));
    for (const shard of [1, 2]) {
      assert.deepEqual(derOf(await other.shardCrl(shard) ?? new Uint8Array()), der(shard));
    }
    const [event] = (await allLines(other, { kind: "crl" })).map(({ event }) => event);
    assert.deepEqual(event?.shards, [await sha256Hex(der(1)), await sha256Hex(der(2))]);
  });

  test("secrets and waiting requests are kept, replaced and removed with their change", async (open) => {
    const store = await open();
    const before = await store.generation();
    const keep = (id: string, content: string | undefined, isFailing = false): Promise<unknown> =>
      store.change({
        lockTimeout,
        async work(change) {
          await change.keepEnrolment("token", id, content);
          if (isFailing) throw new Error("on purpose");
        },
      });
    assert.equal((await store.enrolments("token")).size, 0);
    await keep("a", '{"n":1}');
    await keep("b", '{"n":2}');
    await keep("a", '{"n":3}');
    await assert.rejects(() => keep("a", '{"n":4}', true));
    await assert.rejects(() => keep("b", undefined, true));
    const other = await open();
    assert.deepEqual([...await other.enrolments("token")].sort(), [["a", '{"n":3}'], [
      "b",
      '{"n":2}',
    ]]);
    assert.equal((await other.enrolments("request")).size, 0);
    assert.notEqual(await store.generation(), before);
    await keep("b", undefined);
    assert.deepEqual([...(await other.enrolments("token")).keys()], ["a"]);
  });

  test("problems that are marked as mendable are repaired", async (open) => {
    const store = await open();
    const [certificate] = await issue(store, 1);
    assert.ok(certificate !== undefined);
    const { serial } = certificate.record;
    const patch = revoked(certificate.record);
    const name = store.nameOf("serial").inStore;
    await store.change({
      lockTimeout,
      work: (change) =>
        change.mend([
          { code: "not-revoked", serial, patch },
          { code: "counter-behind", name, value: "03", used: "a0", usedIn: "", next: 0xa1n },
        ]),
    });
    assert.deepEqual(await allRecords(store), [patch]);
    assert.equal(await (await store.inspect()).nextSerial(), 0xa1n);
  });
}

const revocation = { at: revokedAt, reason: "keyCompromise" } as const;

const revoked = (record: CertificateRecord): CertificateRecord => ({
  ...record,
  status: "revoked",
  revokedAt: "2026-06-02T00:00:00Z",
  revocationReason: "keyCompromise",
});

function rootCertificate(): Uint8Array {
  const path = new URL("../../x509/testdata/certificates/root.pem", import.meta.url);
  return derOf(Deno.readFileSync(path));
}

/** A certificate with this serial number. */
function certificateOf(serial: bigint): IssuedCertificate {
  const text = formatSerial(serial);
  return {
    record: {
      serial: text,
      subject: `CN=device ${text}`,
      notBefore: "2026-06-01T00:00:00Z",
      notAfter: "2027-06-01T00:00:00Z",
      status: "active",
      revokedAt: "",
      revocationReason: "",
    },
    der: new TextEncoder().encode(`certificate ${text}`),
  };
}

const numberOf = ({ record }: IssuedCertificate): bigint => BigInt(`0x${record.serial}`);

/** Issues certificates in one change. */
async function issue(store: CaStore, count: number): Promise<IssuedCertificate[]> {
  const { value } = await store.change({
    lockTimeout,
    work: async (change) => {
      const taken = await change.takeSerials({ count, root: rootSerial });
      const certificates = taken.map(certificateOf);
      await change.record(certificates);
      return certificates;
    },
  });
  return value;
}

function revoke(store: CaStore, serial: string): Promise<{ value: CertificateRecord }> {
  return store.change({ lockTimeout, work: (change) => change.revoke(serial, revocation) });
}

/** Who makes the changes of these tests. */
const actor = requesterOf(denoSystem);

async function allLines(store: CaStore, reading?: HistoryReading): Promise<HistoryLine[]> {
  return (await Array.fromAsync(store.history(reading))).flat();
}

async function allRecords(
  store: CaStore,
  status?: CertificateRecord["status"],
): Promise<CertificateRecord[]> {
  const pages = await Array.fromAsync(store.pages(status && { status }));
  return pages.flat();
}

/** The DER of a CRL, in whichever form the store has it. */
function derOfCrl(stored: StoredCrl | undefined): Uint8Array {
  assert.ok(stored?.isWhole);
  return stored.form === "der" ? stored.content : derOf(stored.content);
}

/** The DER of a PEM file with one block. */
function derOf(pem: Uint8Array): Uint8Array {
  const [{ der }, ...others] = readPem(pem, { limit: 1024 * 1024 });
  assert.equal(others.length, 0);
  return der;
}
