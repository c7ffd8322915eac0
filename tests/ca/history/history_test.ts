/** `ca history`: what it shows, and how a history starts, grows and ends. */
import assert from "node:assert/strict";
import { historyKinds } from "../../../lib/cli/choices.ts";
import { eventKinds } from "../../../lib/ca/store/mod.ts";
import { segmentPath } from "../../../lib/ca/store/files/mod.ts";
import { sha256Hex } from "../../../lib/system/mod.ts";
import { testOnEachStore, withCa } from "../../support/ca.ts";

testOnEachStore(
  "ca history shows every change with time, user and machine, the oldest first",
  async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["revoke", "02", "--reason", "keyCompromise"]);
    await ca.done(["crl"]);
    const lines = (await ca.done(["history"])).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => line.split(/ {2,}/)[3]), [
      "init",
      "issue",
      "revoke",
      "crl",
    ]);
    for (const line of lines) assert.match(line, /2026-06-01T12:00:00Z.* by (user|uid) .* on \S+$/);
    assert.match(await ca.done(["history", "--limit", "1"]), /^ +4 .* CRL 1,/);
    assert.match(await ca.done(["history", "--kind", "revoke"]), /^ +3 .* keyCompromise/);
    assert.equal((await ca.done(["history", "--serial", "0x2"])).trimEnd().split("\n").length, 2);
    assert.equal(await ca.done(["history", "--since", "2026-06-02"]), "No entries.\n");
    const { events } = JSON.parse(await ca.done(["history", "--json"]));
    assert.equal(events.length, 4);
    assert.equal(events[2].revoked_at, "2026-06-01T12:00:00Z");
  },
);

Deno.test("ca history --kind takes every kind of entry that a history can have", () => {
  assert.deepEqual(historyKinds.toSorted(), eventKinds.toSorted());
});

Deno.test("the head is the hash of the last line, as sha256sum computes it", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"]);
    const [last = ""] = ca.read("history.jsonl").trimEnd().split("\n").toReversed();
    const { head, sequence } = JSON.parse(await ca.done(["history", "verify", "--json"]));
    assert.equal(head, await sha256Hex(new TextEncoder().encode(`${last}\n`)));
    assert.equal(sequence, 2);
    const { stdout, stderr } = await ca.run(["history", "verify"]);
    assert.match(
      stdout,
      /^The chain of hashes is intact\.\n {2}Entries: 2\n {2}Head: +[0-9a-f]{64}\n$/,
    );
    assert.match(stderr, /Without --head, a history that was rolled back or truncated/);
    const older = JSON.parse(ca.read("history.jsonl").split("\n")[1] ?? "").previous;
    assert.match(
      await ca.done(["history", "verify", "--head", older]),
      /Given head: entry 1, 1 entry since/,
    );
    await ca.done(["crl"]);
    assert.match(
      await ca.done(["history", "verify", "--head", older]),
      /Given head: entry 1, 2 entries since/,
    );
  });
});

Deno.test("a CA of an older version starts its history with its next change", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", request, request]);
    await ca.done(["revoke", "02"]);
    Deno.removeSync(ca.path("history.jsonl"));
    assert.match(
      await ca.done(["check"]),
      /Note: there is no history yet: it begins with the next change/,
    );
    await ca.done(["crl"]);
    const { events } = JSON.parse(await ca.done(["history", "--json"]));
    assert.deepEqual(
      events.map(({ kind, serial }: { kind: string; serial?: string }) => [kind, serial]),
      [["start", undefined], ["adopt", "02"], ["adopt", "03"], ["crl", undefined]],
    );
    assert.equal(events[0].records, 2);
    assert.equal(await ca.done(["check"]), "CA check: OK\n");
    ca.write(
      "index.json",
      ca.read("index.json").replace('"revoked"', '"active"')
        .replace(/"revoked_at": "[^"]+"/, '"revoked_at": ""')
        .replace('"unspecified"', '""'),
    );
    const { stdout } = await ca.run(["check"]);
    assert.match(stdout, /certificate 02 is in the CRL, but active in the index/);
  });
});

Deno.test("what an older version has changed is reported in plain words, and can be recorded", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", request]);
    const history = ca.read("history.jsonl");
    await ca.done(["sign", request]);
    await ca.done(["revoke", "02"]);
    // An older version makes changes without entries.
    ca.write("history.jsonl", history);
    const { exit, stdout } = await ca.run(["check"]);
    assert.equal(exit, 1);
    assert.match(
      stdout,
      /not in the history: 03\. An older version of certswap, or another program, has changed this CA/,
    );
    assert.match(
      stdout,
      /certificate 02 is revoked, but the history does not say so: an older version/,
    );
    await ca.done(["check", "--repair"]);
    assert.match(await ca.done(["check"]), /^CA check: OK\n/);
  });
});

Deno.test("a long history is kept in segments, which no change writes again", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    const many = Array.from({ length: 200 }, () => request);
    await ca.done(["sign", ...many]);
    assert.ok(ca.read("history.jsonl").length > 64 * 1024);
    const before = ca.read("history.jsonl");
    await ca.done(["crl"]);
    assert.equal(ca.read("history.jsonl").split("\n").length, 2);
    const segment = segmentPath({ segments: ca.path("history") }, 1);
    assert.equal(Deno.readTextFileSync(segment), before);
    const { ino } = Deno.statSync(segment);
    await ca.done(["revoke", "02"]);
    assert.equal(Deno.statSync(segment).ino, ino);
    assert.match(await ca.done(["history", "verify"]), /Entries: 203\n/);
    assert.equal((await ca.done(["history", "--serial", "02"])).trimEnd().split("\n").length, 2);
    // Without the file for the newest entries, the history goes on after the newest segment.
    Deno.removeSync(ca.path("history.jsonl"));
    await ca.done(["crl"]);
    assert.match(await ca.done(["history", "verify"]), /Entries: 202\n/);
  });
});

Deno.test("a history that does not end with an entry stops every change, and names the line", async () => {
  await withCa(async (ca) => {
    ca.write("history.jsonl", `${ca.read("history.jsonl")}junk\n`);
    const before = ca.tree();
    const { exit, stderr } = await ca.run(["crl"]);
    assert.equal(exit, 1);
    assert.match(stderr, /history\.jsonl line 2 is not a valid history entry/);
    assert.deepEqual(ca.tree(), before);
  });
});

testOnEachStore(
  "ca history refuses flags that do not fit, and words that it does not know",
  async (ca) => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [["verify", "--limit", "1"], /--limit cannot be used with 'verify'/],
      [["--head", "ab".repeat(32)], /--head needs 'verify'/],
      [["verify", "--head", "abc"], /is not a SHA-256 hash/],
      [["check"], /expected nothing or 'verify'/],
      [["--since", "yesterday"], /is not a time/],
      [["--kind", "issued"], /issued/],
    ];
    for (const [words, error] of wrong) {
      const { exit, stderr } = await ca.run(["history", ...words]);
      assert.equal(exit, 2, words.join(" "));
      assert.match(stderr, error);
    }
  },
);
