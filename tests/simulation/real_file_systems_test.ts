import assert from "node:assert/strict";
import { type FileSystem, writeAll } from "../../lib/system/mod.ts";
import { bytesOf } from "./model/contents.ts";
import { plant, type Planted, visibleFiles } from "./model/disk.ts";
import { powerCuts } from "./model/power_cut.ts";
import { SimulatedFileSystem } from "./model/simulated_file_system.ts";

/*
 * States that were seen after power cuts on real file systems. The simulated disk must be able to show each
 * of them, otherwise it is too kind.
 */

interface Observation {
  readonly seen: string;
  readonly before: Readonly<Record<string, string | Planted>>;
  readonly work: (files: FileSystem) => void;
  /** What was found after the power cut: content by path, `undefined` for no file. */
  readonly after: Readonly<Record<string, string | undefined>>;
}

const observations: readonly Observation[] = [
  {
    seen: "ext4: a file renamed without fsync has its full length, all NUL",
    before: { "/d/cert": "old" },
    work(files): void {
      write(files, "/d/tmp", "new!");
      files.rename("/d/tmp", "/d/cert");
    },
    after: { "/d/cert": "\0\0\0\0" },
  },
  {
    seen: "xfs, btrfs: a file renamed without fsync is empty",
    before: { "/d/cert": "old" },
    work(files): void {
      write(files, "/d/tmp", "new!");
      files.rename("/d/tmp", "/d/cert");
    },
    after: { "/d/cert": "" },
  },
  {
    seen:
      "ext4: the fsync of the second staged file makes the first rename durable, which tears a pair",
    before: { "/d/cert": "old-cert", "/d/key": "old-key" },
    work(files): void {
      write(files, "/d/tmp1", "new-cert", "fsync");
      files.rename("/d/tmp1", "/d/cert");
      write(files, "/d/tmp2", "new-key", "fsync");
      files.rename("/d/tmp2", "/d/key");
    },
    after: { "/d/cert": "new-cert", "/d/key": "old-key" },
  },
  {
    seen:
      "ext4, xfs, btrfs: a rename without the directory's fsync is lost, though the file was fsynced",
    before: { "/d/cert": "old" },
    work(files): void {
      write(files, "/d/tmp", "new", "fsync");
      files.rename("/d/tmp", "/d/cert");
    },
    after: { "/d/cert": "old", "/d/tmp": "new" },
  },
  {
    seen: "ext4: a new file exists without its content",
    before: {},
    work: (files) => write(files, "/d/key", "secret"),
    after: { "/d/key": "" },
  },
  {
    seen: "ext4, xfs, btrfs: a link is renamed over another one, and lost without the fsync",
    before: { "/d/current": { link: "versions/1" } },
    work(files): void {
      files.makeLink("versions/2", "/d/tmp");
      files.rename("/d/tmp", "/d/current");
    },
    after: { "/d/current": "link to versions/1", "/d/tmp": undefined },
  },
];

function write(files: FileSystem, path: string, text: string, sync?: "fsync"): void {
  const handle = files.createFile(path, 0o600);
  writeAll(handle, new TextEncoder().encode(text));
  if (sync === "fsync") handle.sync();
  handle.close();
}

for (const { seen, before, work, after } of observations) {
  Deno.test(`the simulated disk can show what was seen on a real one: ${seen}`, () => {
    const files = new SimulatedFileSystem(plant({ "/d/": {}, ...before }));
    work(files);
    const states = [...powerCuts(files.disk, "adversarial")].map((disk) => {
      const found = visibleFiles(disk);
      return Object.keys(after).map((path) => {
        const file = found.get(path);
        return typeof file === "object" ? new TextDecoder().decode(bytesOf(file.content)) : file;
      });
    });
    const wanted = JSON.stringify(Object.values(after));
    assert.ok(states.some((state) => JSON.stringify(state) === wanted));
  });
}

Deno.test("what was fsynced, content and name, survives every power cut of the simulated disk", () => {
  const files = new SimulatedFileSystem(plant({ "/d/": {} }));
  write(files, "/d/key", "secret", "fsync");
  const directory = files.openDirectory("/d");
  directory.sync();
  for (const disk of powerCuts(files.disk, "adversarial")) {
    const key = visibleFiles(disk).get("/d/key");
    assert.ok(typeof key === "object");
    assert.equal(new TextDecoder().decode(bytesOf(key.content)), "secret");
  }
});

Deno.test("a link that a power cut leaves on the simulated disk has its content", () => {
  const files = new SimulatedFileSystem(plant({ "/d/": {} }));
  files.makeLink("versions/1", "/d/current");
  const left = [...powerCuts(files.disk, "adversarial")]
    .map((disk) => visibleFiles(disk).get("/d/current"));
  assert.deepEqual(left, [undefined, "link to versions/1"]);
});
