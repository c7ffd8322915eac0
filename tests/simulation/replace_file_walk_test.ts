import assert from "node:assert/strict";
import { readFile, syncDirectory, type System } from "../../lib/system/mod.ts";
import { replaceFile } from "../../lib/transaction/mod.ts";
import { bytesOf } from "./model/contents.ts";
import { type Disk, plant, visibleFiles } from "./model/disk.ts";
import { type Scenario, Violation, walk } from "./model/walk.ts";

const path = "/d/units/a.service";
const contents = { old: "the old content", new: "the new content" } as const;
const content = new TextEncoder().encode(contents.new);

/** A single file is not recovered: readers get the file that a crash leaves. */
function requireWhole(text: string): void {
  assert.ok(text === contents.old || text === contents.new, JSON.stringify(text));
}

const scenario: Scenario = {
  name: "one file without a journal",
  initial: plant({
    [path]: { content: contents.old, attributes: { uid: 0, gid: 0, mode: 0o644 } },
    "/d/units/other": "the user's own",
  }),
  run: ({ files }: System) => {
    try {
      replaceFile(files, path, { content, mode: 0o644 });
      return Promise.resolve("succeeded");
    } catch {
      return Promise.resolve("unknown");
    }
  },
  recover({ files }) {
    requireWhole(new TextDecoder().decode(readFile(files, path, 100).content));
    // The kernel also does this by itself, eventually.
    syncDirectory(files, "/d/units");
    return Promise.resolve();
  },
  outcome(disk) {
    const seen = visibleFiles(disk).get(path);
    assert(typeof seen === "object");
    assert.equal(seen.mode, 0o644);
    const text = new TextDecoder().decode(bytesOf(seen.content));
    requireWhole(text);
    return text === contents.new ? "new" : "old";
  },
  checkNothingLeft(disk) {
    const names = fileNames(disk).filter((name) => name !== "/d/units/.a.service.certswap.tmp");
    assert.deepEqual(names, [path, "/d/units/other"]);
  },
  afterwards({ files }) {
    replaceFile(files, path, { content, mode: 0o644 });
    assert.deepEqual(files.readDirectory("/d/units"), ["a.service", "other"]);
    return Promise.resolve();
  },
};

function fileNames(disk: Disk): string[] {
  return [...visibleFiles(disk)].flatMap(([name, seen]) => typeof seen === "object" ? [name] : [])
    .sort();
}

for (const mode of ["ordered", "adversarial"] as const) {
  Deno.test(`replaceFile() leaves the whole old or new content after any crashes (${mode})`, async () => {
    const { states } = await walk(scenario, { mode, expected: "succeeded" });
    assert.ok(states > 10, `only ${states} states`);
  });
}

for (const [operation, target] of [["fsync", "file"], ["fsync", "directory"]] as const) {
  Deno.test(`replaceFile() needs its ${operation} of the ${target}`, async () => {
    const mutation = () => (step: { operation: string; path: string }) =>
      step.operation === operation && (target === "directory") === (step.path === "/d/units");
    await assert.rejects(walk(scenario, { mode: "ordered", mutation }), Violation);
  });
}
