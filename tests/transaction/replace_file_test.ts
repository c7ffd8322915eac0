/** Several runs that write the same file at the same time, and foreign files under its temporary names. */
import assert from "node:assert/strict";
import { replaceFile } from "../../lib/transaction/mod.ts";
import { fileURLToPath } from "node:url";
import { bytesOf } from "../simulation/model/contents.ts";
import { type Disk, plant, visibleFiles } from "../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../simulation/model/simulated_file_system.ts";
import { runDeno } from "../support/run_deno.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { join } from "../../lib/system/mod.ts";

const path = "/d/certswap.prom";
const staged = "/d/.certswap.prom.certswap.tmp";
const replacement = (text: string) => ({ content: new TextEncoder().encode(text), mode: 0o644 });

function textsOn(disk: Disk): Record<string, string> {
  return Object.fromEntries(
    [...visibleFiles(disk)].flatMap(([name, seen]) =>
      typeof seen === "object" ? [[name, new TextDecoder().decode(bytesOf(seen.content))]] : []
    ),
  );
}

Deno.test("replaceFile() succeeds at whichever moment another run interferes", () => {
  let moments = 0;
  let isReached = true;
  for (let moment = 0; isReached; moment++) {
    let step = -1;
    isReached = false;
    const files = new SimulatedFileSystem(plant({ [path]: "old" }), {
      fate: () => {
        step++;
        if (step === moment && !isReached) {
          isReached = true;
          moments++;
          replaceFile(files, path, replacement("theirs"));
        }
        return "run";
      },
    });
    replaceFile(files, path, replacement("ours"));
    const texts = textsOn(files.disk);
    assert.deepEqual(Object.keys(texts), [path], `moment ${moment}: something is left`);
    assert.ok(["ours", "theirs"].includes(texts[path] ?? ""), `moment ${moment}`);
  }
  assert.ok(moments > 8, `only ${moments} moments`);
});

Deno.test("replaceFile() removes what a crash left, but nothing that is locked or not a file", () => {
  const files = new SimulatedFileSystem(plant({ [path]: "old", [staged]: "torn" }));
  replaceFile(files, path, replacement("new"));
  assert.deepEqual(textsOn(files.disk), { [path]: "new" });

  const locked = new SimulatedFileSystem(plant({ [path]: "old", [staged]: "half" }));
  assert.ok(locked.openFile(staged).tryLock());
  replaceFile(locked, path, replacement("new"));
  assert.deepEqual(textsOn(locked.disk), { [path]: "new", [staged]: "half" });

  const blocked = new SimulatedFileSystem(plant({ [path]: "old", [`${staged}/x`]: "a directory" }));
  replaceFile(blocked, path, replacement("new"));
  assert.deepEqual(textsOn(blocked.disk), { [path]: "new", [`${staged}/x`]: "a directory" });
});

const child = fileURLToPath(new URL("replace_child.ts", import.meta.url));

Deno.test("six concurrent writers of one file never fail, and a reader sees it whole", async () => {
  await withTemporaryDirectory(async (directory) => {
    const file = join(directory, "certswap.prom");
    Deno.writeTextFileSync(file, "0\n".repeat(5000));
    const writers = ["1", "2", "3", "4", "5", "6"].map((word) => runDeno([child, file, word]));
    let isDone = false;
    const done = Promise.all(writers).finally(() => isDone = true);
    while (!isDone) {
      const text = Deno.readTextFileSync(file);
      assert.equal(text, `${text[0]}\n`.repeat(5000), "half a file");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (const { exit, stderr } of await done) assert.deepEqual([exit, stderr], [0, ""]);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["certswap.prom"]);
  });
});
