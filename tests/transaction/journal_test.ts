import assert from "node:assert/strict";
import { encodeJournal, type JournalRecord } from "../../lib/transaction/journal.ts";
import { readJournal } from "../../lib/transaction/recovery/journal_reader.ts";
import type { Site } from "../../lib/transaction/mod.ts";
import { crashedDisk, hashOf, journalPath, machineWith, site } from "./crashed.ts";

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("encodeJournal() writes what a person can read, and its checksum", async () => {
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
];
const managingAll: Site = { ...site, manages: () => true };

Deno.test("readJournal() gives back every record that encodeJournal() wrote", async () => {
  const content = await encodeJournal(managingAll, records);
  const { system } = machineWith(crashedDisk({ [journalPath]: { content } }));
  assert.deepEqual(await readJournal(system, managingAll), records);
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
