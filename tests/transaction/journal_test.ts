import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { encodeJournal, type JournalRecord } from "../../lib/transaction/journal.ts";
import { decodeJournal, readJournal } from "../../lib/transaction/recovery/journal_reader.ts";
import { type Site, withSession } from "../../lib/transaction/mod.ts";
import { visibleFiles } from "../simulation/model/disk.ts";
import { crashedDisk, hashOf, journalPath, machineWith, site } from "./crashed.ts";

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("encodeJournal() writes readable text and its checksum", async () => {
  const journal = await encodeJournal(site, [
    { kind: "replace", target: "/d/a", old: await hashOf("old"), new: await hashOf("new") },
    { kind: "create", target: "/d/b", new: await hashOf("new") },
  ]);
  assert.equal(
    decode(journal),
    `{
  "format": "certswap journal",
  "version": 1,
  "entries": [
    {
      "kind": "replace",
      "target": "/d/a",
      "old": "cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4",
      "new": "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"
    },
    {
      "kind": "create",
      "target": "/d/b",
      "new": "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"
    }
  ]
}
sha256 360147810b6a491d5835c767aa18e4db6f43eedb7871e2e18bada0104ef7187a
`,
  );
});

/** One of every kind, with everything that it may carry. */
const records: readonly JournalRecord[] = [
  { kind: "replace", target: "/d/a", old: "0".repeat(64), new: "f".repeat(64), onRollback: "keep" },
  {
    kind: "replace",
    target: "/d/b",
    old: "1".repeat(64),
    new: "1".repeat(64),
    attributes: { uid: 0, gid: 4_294_967_294, mode: 0o7777 },
  },
  { kind: "create", target: '/d/\u00fcml\u00e4ut "quoted"\n', new: "a".repeat(64) },
  { kind: "remove", target: "/d/c", old: "2".repeat(64) },
  { kind: "makeDirectory", target: "/d/certs", mode: 0o750 },
  { kind: "link", target: "/d/current", old: "versions/1", new: "versions/2" },
  { kind: "link", target: "/d/first", new: "\u00e9".repeat(127) + "x" },
];
const managingAll: Site = { ...site, manages: () => true };

Deno.test("readJournal() returns every record that encodeJournal() wrote", async () => {
  const content = await encodeJournal(managingAll, records);
  const { system } = machineWith(crashedDisk({ [journalPath]: { content } }));
  assert.deepEqual(await readJournal(system, managingAll), records);
});

Deno.test("encodeJournal() writes version 2 for a link, with the contents as text", async () => {
  const journal = await encodeJournal(managingAll, [
    { kind: "link", target: "/d/current", old: "versions/1", new: "versions/2" },
  ]);
  assert.equal(
    decode(journal).replace(/sha256 [0-9a-f]{64}\n$/, ""),
    `{
  "format": "certswap journal",
  "version": 2,
  "entries": [
    {
      "kind": "link",
      "target": "/d/current",
      "old": "versions/1",
      "new": "versions/2"
    }
  ]
}
`,
  );
});

Deno.test("a journal names its targets relative to its site's base, and can move with it", async () => {
  const at = (base: string): Site => ({
    ...managingAll,
    base,
    stateDirectory: `${base}/.certswap`,
  });
  const target = { kind: "create", new: "a".repeat(64) } as const;
  const content = await encodeJournal(at("/ca"), [
    { ...target, target: "/ca/index.json" },
    { ...target, target: "/ca/certs/01.pem" },
  ]);
  assert.match(decode(content), /"target": "index.json"/);
  assert.match(decode(content), /"target": "certs\/01.pem"/);
  const { system } = machineWith(crashedDisk({ "/copy/.certswap/a.journal": { content } }));
  assert.deepEqual(await readJournal(system, at("/copy")), [
    { ...target, target: "/copy/index.json" },
    { ...target, target: "/copy/certs/01.pem" },
  ]);
});

const sums = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef"),
  minLength: 64,
  maxLength: 64,
});
const modes = fc.nat({ max: 0o7777 });
/** uid_t and gid_t have 32 bits, see credentials(7). */
const ids = fc.nat({ max: 2 ** 32 - 1 });
/** What a path may hold: everything but NUL, and `/` between its names (path_resolution(7)). */
const targets = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }).map((name) => name.replaceAll(/[/\0]/g, "-")),
    fc.constantFrom(".x", "\ufeff", "sha256", '"', "a\nsha256 b", "__proto__"),
  ).filter((name) => ![".", ".."].includes(name)),
  { minLength: 1, maxLength: 4 },
).map((names) => `/${names.join("/")}`);

/** The same without the first `/`, and not too long. */
const linkContents = targets.map((path) => path.slice(1))
  .filter((content) => new TextEncoder().encode(content).length <= 255);

const allRecords: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({
    kind: fc.constant("replace" as const),
    target: targets,
    old: sums,
    new: sums,
    attributes: fc.record({ uid: ids, gid: ids, mode: modes }),
    onRollback: fc.constant("keep" as const),
  }, { requiredKeys: ["kind", "target", "old", "new"] }),
  fc.record({ kind: fc.constant("create" as const), target: targets, new: sums }),
  fc.record({ kind: fc.constant("remove" as const), target: targets, old: sums }),
  fc.record({ kind: fc.constant("makeDirectory" as const), target: targets, mode: modes }),
  fc.record({
    kind: fc.constant("link" as const),
    target: targets,
    old: linkContents,
    new: linkContents,
  }, { requiredKeys: ["kind", "target", "new"] }),
) as fc.Arbitrary<JournalRecord>;

Deno.test("every journal that encodeJournal() can write is read back unchanged", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(allRecords, { minLength: 1, maxLength: 8 }),
      fc.option(targets, { nil: undefined }),
      async (relative, base) => {
        const records = relative.map((one) => ({ ...one, target: `${base ?? ""}${one.target}` }));
        const anywhere: Site = { ...managingAll, ...(base === undefined ? {} : { base }) };
        const content = await encodeJournal(anywhere, records);
        const version = records.some(({ kind }) => kind === "link") ? 2 : 1;
        assert.ok(decode(content).includes(`"version": ${version},\n`));
        assert.equal(
          JSON.stringify((await decodeJournal(anywhere, content)).map(sorted)),
          JSON.stringify(records.map(sorted)),
        );
      },
    ),
    { numRuns: 200 },
  );
});

/** The fields of a record in one order. */
function sorted(record: JournalRecord): unknown {
  const { attributes, ...others } = record;
  const { uid, gid, mode } = attributes ?? {};
  const fields = Object.entries(others).sort(([a], [b]) => a < b ? -1 : 1);
  return [...fields, attributes && [uid, gid, mode]];
}

const record: JournalRecord = { kind: "create", target: "/d/a", new: "a".repeat(64) };

for (
  const [what, records, journalSite] of [
    ["no entry", [], managingAll],
    ["a sum that is none", [{ ...record, new: "?" }], managingAll],
    ["a mode that is none", [{ kind: "makeDirectory", target: "/d", mode: 0o10000 }], managingAll],
    ["a link that leads up", [{ kind: "link", target: "/d/l", new: "../x" }], managingAll],
    ["a link instead of one that led up", [
      { kind: "link", target: "/d/l", old: "..", new: "x" },
    ], managingAll],
    ["a target that recovery would not manage", [{ ...record, target: "/etc/passwd" }], site],
    ["a field that recovery does not know", [{ ...record, mode: 0o600 }], managingAll],
  ] as const
) {
  Deno.test(`encodeJournal() refuses ${what}: recovery would not obey the journal`, async () => {
    await assert.rejects(encodeJournal(journalSite, records), { name: "TypeError" });
  });
}

Deno.test("commit() changes nothing if the journal could not be read back", async () => {
  const disk = crashedDisk({ "/d/a": "old" });
  const { files, system } = machineWith(disk);
  const content = new TextEncoder().encode("new");
  const attributes = { uid: 0, gid: 0, mode: 0o600 };
  await assert.rejects(
    withSession(system, site, {
      lockTimeout: 0,
      work: (session) =>
        session.commit(
          ["/d/b", "/d/elsewhere"].map((target) =>
            ({ kind: "create", target, content, attributes }) as const
          ),
        ),
    }),
    { name: "TypeError" },
  );
  assert.deepEqual([...visibleFiles(files.disk)], [...visibleFiles(disk)]);
});
