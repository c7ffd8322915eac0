/** At no moment can a user read a key, old or new, who could not read the old one before. */
import assert from "node:assert/strict";
import { bytesOf } from "./model/contents.ts";
import { type Disk, type FileAttributes, type Lacks, visibleFiles } from "./model/disk.ts";
import { type Report, type Trace, trace } from "./model/walk.ts";
import { makeCast } from "./scenarios/device_plot.ts";
import { deviceScenarios, failingSwaps } from "./scenarios/device_scenarios.ts";

/** Readers besides the owner, in the words of acl(5). */
function readersOf({ gid, mode, list }: FileAttributes): string[] {
  const byList = list?.split(",") ?? [`group::${(mode & 0o040) === 0 ? "---" : "r--"}`];
  const isMasked = (mode & 0o040) === 0;
  return [
    ...byList.filter((entry) => entry.includes(":r") && !isMasked)
      .map((entry) => entry.replace("group::r", `group:${gid}:r`)),
    ...((mode & 0o004) === 0 ? [] : ["other"]),
  ];
}

function keysOn(disk: Disk): [path: string, attributes: FileAttributes][] {
  return [...visibleFiles(disk)].flatMap(([path, file]) => {
    if (typeof file !== "object") return [];
    const text = new TextDecoder().decode(bytesOf(file.content));
    return text.includes("PRIVATE") ? [[path, file]] : [];
  });
}

Deno.test("throughout every command no key is readable by more users than the active one was", async (t) => {
  const cast = await makeCast();
  const all = [
    ...deviceScenarios(cast).map((scenario) => ({ scenario, fault: undefined })),
    ...failingSwaps(cast),
  ];
  for (const { scenario, fault } of all) {
    await t.step(scenario.name, async () => {
      const before = keysOn(scenario.initial).filter(([path]) => path.endsWith("key.pem"));
      const readers = before.filter(([path]) => /^\/[dk]\//.test(path))
        .flatMap(([, attributes]) => readersOf(attributes));
      const { disks } = await trace(scenario.initial, scenario.run, fault ? { fault } : {});
      for (const disk of disks) {
        for (const [path, attributes] of keysOn(disk)) {
          const more = readersOf(attributes).filter((reader) => !readers.includes(reader));
          assert.deepEqual(more, [], path);
        }
      }
    });
  }
});

Deno.test("a first key is refused on a file system that lets everyone read", async () => {
  const cast = await makeCast();
  const scenario = deviceScenarios(cast).find(({ name }) => name === "swap, first pair");
  assert.ok(scenario !== undefined);
  for (const chmod of ["refused", "ignored"] as const) {
    const lacks: Lacks = { modes: { given: 0o755, chmod }, links: true };
    const traced: Trace<Report> = await trace({ ...scenario.initial, lacks }, scenario.run);
    assert.equal(traced.result, "failed");
    for (const disk of traced.disks) {
      for (const [path] of keysOn(disk)) assert.match(path, /^\/(?:new|later)\//);
    }
  }
});
