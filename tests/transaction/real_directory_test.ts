import assert from "node:assert/strict";
import {
  denoFileSystem,
  type FileOperation,
  type FileSystem,
  FileSystemError,
  join,
  largeContent,
} from "../../lib/system/mod.ts";
import {
  OutcomeUnknownError,
  recover,
  type Site,
  snapshotWithoutContent,
  TargetChangedError,
  withSession,
} from "../../lib/transaction/mod.ts";
import { plant } from "../simulation/model/disk.ts";
import { type Change, runTransaction } from "../simulation/scenarios/transaction_scenarios.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { testSystem } from "../support/test_world.ts";
import { watchedFileSystem } from "../support/watched_file_system.ts";
import { machineWith, textsOn } from "./crashed.ts";

/*
 * The same transaction on a real directory: the real file system is held against the simulated one, and
 * refused at every single operation.
 */

const owner = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 };
const mode = 0o640;

/**
 * A file that is made, one that is replaced, one that is removed, one in another directory, and links: one
 * that is made, and one that is replaced.
 */
function changesIn(root: string, attributes = { ...owner, mode }): readonly Change[] {
  return [
    { path: join(root, "d/b"), old: undefined, new: "new-b", attributes },
    { path: join(root, "d/a"), old: "old-a", new: "new-a", attributes },
    { path: join(root, "d/c"), old: "old-c", new: undefined },
    { path: join(root, "d/current"), isLink: true, old: "versions/1", new: "versions/2" },
    { path: join(root, "e/first"), isLink: true, old: undefined, new: "versions/2" },
    { path: join(root, "e/f"), old: "old-f", new: "new-f", attributes },
  ];
}

function siteIn(root: string): Site {
  const targets = changesIn(root).map(({ path }) => path);
  return {
    stateDirectory: join(root, "d/.certswap"),
    name: "a",
    directories: [join(root, "d"), join(root, "e")],
    manages: (target) => targets.includes(target),
  };
}

/** A directory with the files of the transaction as they are before it. */
async function withFiles(work: (root: string) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    for (const name of ["d", "e"]) Deno.mkdirSync(join(root, name));
    for (const { path, old, isLink } of changesIn(root)) {
      if (old === undefined) continue;
      if (isLink) {
        Deno.symlinkSync(old, path);
        continue;
      }
      Deno.writeTextFileSync(path, old);
      Deno.chmodSync(path, mode);
    }
    await work(root);
  });
}

/** Every file below `root` with its content, mode and owner. */
function filesIn(root: string, prefix = ""): Record<string, string> {
  return Object.assign(
    {},
    ...[...Deno.readDirSync(root)].map(({ name, isDirectory, isSymlink }) => {
      const path = join(root, name);
      if (isSymlink) return { [`${prefix}${name}`]: `link to ${Deno.readLinkSync(path)}` };
      if (isDirectory) return filesIn(path, `${prefix}${name}/`);
      const { mode, uid, gid } = denoFileSystem.stat(path);
      const text = name.endsWith(".lock") ? "" : Deno.readTextFileSync(path);
      return { [`${prefix}${name}`]: `${text} ${mode.toString(8)} ${uid}:${gid}` };
    }),
  );
}

const facts = `${mode.toString(8)} ${owner.uid}:${owner.gid}`;
const lock = { "d/.certswap/a.lock": ` 600 ${owner.uid}:${owner.gid}` };
const before: Record<string, string> = {
  "d/a": `old-a ${facts}`,
  "d/c": `old-c ${facts}`,
  "d/current": "link to versions/1",
  "e/f": `old-f ${facts}`,
};
const after: Record<string, string> = {
  "d/a": `new-a ${facts}`,
  "d/b": `new-b ${facts}`,
  "d/current": "link to versions/2",
  "e/first": "link to versions/2",
  "e/f": `new-f ${facts}`,
};

function run(files: FileSystem, root: string): Promise<unknown> {
  return runTransaction(testSystem({ files }), siteIn(root), changesIn(root));
}

Deno.test("a transaction does the same in a real directory as in simulation", async () => {
  await withFiles(async (root) => {
    const real: string[] = [];
    const files = watchedFileSystem(denoFileSystem, (operation, path) => {
      real.push(`${operation} ${path.replace(root, "")}`);
    });
    await run(files, root);
    assert.deepEqual(filesIn(root), { ...after, ...lock });

    const simulated: string[] = [];
    const changes = changesIn("", { uid: 0, gid: 0, mode });
    const planted = changes.flatMap(({ path, old, isLink }) =>
      old === undefined
        ? []
        : [[path, isLink ? { link: old } : { content: old, attributes: { mode } }]]
    );
    const machine = machineWith(plant({ "/d/": {}, "/e/": {}, ...Object.fromEntries(planted) }), {
      fate({ operation, path }) {
        simulated.push(`${operation} ${path}`);
        return "run";
      },
    });
    await runTransaction(machine.system, siteIn(""), changes);
    assert.deepEqual(comparable(real), comparable(simulated));
    const texts = textsOn(machine.files.disk);
    for (const { path, new: text, isLink } of changes) {
      assert.equal(texts[path], isLink ? `link to ${text}` : text);
    }
  });
});

/** Without what the one has and the other need not have: closing, and how many writes a content takes. */
function comparable(operations: readonly string[]): readonly string[] {
  return operations.filter((operation, index) =>
    !operation.startsWith("close ") &&
    !(operation.startsWith("write ") && operation === operations[index - 1])
  );
}

Deno.test("a reader of a real link finds the old or the new one before every operation", async () => {
  await withFiles(async (root) => {
    const seen = new Set<string>();
    let looks = 0;
    const files = watchedFileSystem(denoFileSystem, () => {
      looks++;
      seen.add(Deno.readLinkSync(join(root, "d/current")));
    });
    await run(files, root);
    assert.deepEqual([...seen], ["versions/1", "versions/2"]);
    assert.ok(looks > 100, `only ${looks} looks`);
  });
});

/** Fails the operation of a number, once. Closing cannot fail; giving up a lock has no other way. */
function failingAt(number: number, operations: FileOperation[]): FileSystem {
  return watchedFileSystem(denoFileSystem, (operation, path) => {
    if (operation === "close") return;
    if (operations.push(operation) === number) throw new FileSystemError("EIO", operation, path);
  });
}

Deno.test("after any error a real directory is old or new, and recovery succeeds", async () => {
  const whole: FileOperation[] = [];
  await withFiles(async (root) => void await run(failingAt(0, whole), root));
  const ends = { old: 0, new: 0, unknown: 0 };
  for (let number = 1; number <= whole.length; number++) {
    await withFiles(async (root) => {
      const error = await run(failingAt(number, []), root).then(
        () => undefined,
        (thrown) => thrown,
      );
      const isUnknown = error instanceof OutcomeUnknownError;
      const expected = error === undefined ? after : before;
      const at = `operation ${number}, ${whole[number - 1]}: ${error}`;
      if (!isUnknown) {
        const found = filesIn(root);
        for (const name of Object.keys({ ...before, ...after })) {
          assert.equal(found[name], expected[name], at);
        }
      }
      await recover(testSystem(), siteIn(root), { lockTimeout: 0 });
      const { ["d/.certswap/a.lock"]: _, ...found } = filesIn(root);
      if (isUnknown) assert.ok(found["d/a"] === after["d/a"] || found["d/a"] === before["d/a"], at);
      assert.deepEqual(found, isUnknown && found["d/a"] === after["d/a"] ? after : expected, at);
      ends[isUnknown ? "unknown" : error === undefined ? "new" : "old"]++;
    });
  }
  assert.ok(ends.old > 50 && ends.new > 3 && ends.unknown > 0, JSON.stringify(ends));
});

for (const isChanged of [false, true]) {
  const what = isChanged ? "and is refused if one byte was changed" : "and may be replaced";
  Deno.test(`a file that is too large to be in memory is compared too, ${what}`, async () => {
    await withFiles(async (root) => {
      const target = join(root, "d/a");
      const content = new Uint8Array(largeContent + 100).fill(1);
      Deno.writeFileSync(target, content);
      const old = await snapshotWithoutContent(denoFileSystem, target, content.length);
      assert.ok(old !== undefined && old.size === content.length);
      content[content.length - 1] = 2;
      if (isChanged) Deno.writeFileSync(target, content);
      const replaced = withSession(testSystem({ files: denoFileSystem }), siteIn(root), {
        lockTimeout: 1000,
        work: ({ commit }) =>
          commit([{
            kind: "replace",
            target,
            content: new TextEncoder().encode("new-a"),
            attributes: { ...owner, mode },
            old,
          }]),
      });
      if (isChanged) await assert.rejects(replaced, TargetChangedError);
      else await replaced;
      const now = Deno.readFileSync(target);
      assert.deepEqual(now.length, isChanged ? content.length : "new-a".length);
    });
  });
}

Deno.test("of a large file that is not there, there is no snapshot", async () => {
  await withFiles(async (root) => {
    const missing = join(root, "d/missing");
    assert.equal(await snapshotWithoutContent(denoFileSystem, missing, 100), undefined);
  });
});
