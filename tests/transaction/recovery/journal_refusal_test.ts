import assert from "node:assert/strict";
import {
  inspect,
  JournalRefusedError,
  recover,
  type Site,
  withSession,
} from "../../../lib/transaction/mod.ts";
import { exitCodeFor } from "../../../lib/cli/exit_code.ts";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { join } from "../../../lib/system/mod.ts";
import { type Disk, keyOf, type Planted } from "../../simulation/model/disk.ts";
import { readTree, withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { testSystem } from "../../support/test_world.ts";
import {
  crashedDisk,
  journalPath,
  type Machine,
  machineWith,
  recoverOn,
  replacing,
  sealed,
  site,
} from "../crashed.ts";

/*
 * A journal is obeyed as written, or refused with a reason: then nothing is touched.
 */

/** A transaction that was cut in the midst of being applied, with this journal. */
function halfApplied(journal: Planted | string): Disk {
  return crashedDisk({
    "/d/a": "new-a",
    "/d/.a.certswap.bak": "old-a",
    "/d/b": "old-b",
    "/d/.b.certswap.tmp": "new-b",
    "/d/.b.certswap.bak": "old-b",
    [journalPath]: journal,
  });
}

/** Each way to come by a journal. */
const readers: Readonly<Record<string, (machine: Machine) => Promise<unknown>>> = {
  "recover()": (machine) => recoverOn(machine),
  "recover() with a person's word": (machine) => recoverOn(machine, "old"),
  "inspect()": ({ system }) => inspect(system, site),
  "a changing command": ({ system }) =>
    withSession(system, site, {
      lockTimeout: 0,
      work: () => assert.fail("it began to work"),
    }),
};

async function isRefused(
  journal: Planted | string,
  reason: JournalRefusedError["reason"],
  detail?: string,
): Promise<void> {
  const disk = halfApplied(journal);
  for (const [name, read] of Object.entries(readers)) {
    const machine = machineWith(disk);
    await assert.rejects(read(machine), (error) => {
      assert.ok(error instanceof JournalRefusedError, `${name}: ${error}`);
      assert.deepEqual(
        { path: error.path, reason: error.reason, detail: error.detail },
        { path: journalPath, reason, detail },
        name,
      );
      return true;
    });
    assert.equal(keyOf(machine.files.disk), keyOf(disk), `${name} touched something`);
  }
}

const entry = {
  kind: "replace",
  target: "/d/a",
  old: "0".repeat(64),
  new: "1".repeat(64),
} as const;
const journal = { format: "certswap journal", version: 1, entries: [entry] } as const;

Deno.test("the journal that the other tests damage is obeyed if it is intact", async () => {
  const machine = machineWith(halfApplied(await replacing("/d/a", "/d/b")));
  assert.equal((await recoverOn(machine)).outcome, "rolled-forward");
});

Deno.test("a journal is refused as torn if it is truncated at any byte", async () => {
  const whole = await replacing("/d/a", "/d/b");
  for (let length = 0; length < whole.length; length++) {
    await isRefused(whole.slice(0, length), "torn");
  }
});

Deno.test("a journal is refused as torn if any byte is changed", async () => {
  const whole = new TextEncoder().encode(await replacing("/d/a", "/d/b"));
  for (let index = 0; index < whole.length; index++) {
    const content = whole.slice();
    content[index] = (whole[index] ?? 0) ^ (1 << (index % 8));
    await isRefused({ content }, "torn");
  }
});

Deno.test("a journal is refused as torn if it ends in NUL bytes, from any byte on", async () => {
  const whole = new TextEncoder().encode(await replacing("/d/a"));
  for (const from of [0, 1, whole.length >> 1, whole.length - 65, whole.length - 1]) {
    await isRefused({ content: whole.slice().fill(0, from) }, "torn");
  }
});

const torn: Readonly<Record<string, () => Promise<string>>> = {
  "has something after its checksum": async () => await sealed(journal) + "\n",
  "has another journal after it": async () => await sealed(journal) + await sealed(journal),
  "has a byte order mark": async () => "\ufeff" + await sealed(journal),
  "has line ends of another system": async () => (await sealed(journal)).replaceAll("\n", "\r\n"),
  "has an upper-case checksum": async () =>
    (await sealed(journal)).replace(/[0-9a-f]{64}\n$/, (sum) => sum.toUpperCase()),
  "is of another format": () => sealed({ ...journal, format: "someone's journal" }),
  "has no version": () => sealed({ format: journal.format, entries: [entry] }),
  "has a version that is no number": () => sealed({ ...journal, version: "1" }),
  "has no entries": () => sealed({ ...journal, entries: [] }),
  "has a member that is unknown": () => sealed({ ...journal, rollback: true }),
  "is no object": () => sealed([journal]),
  "is no JSON": () => sealed("certswap journal\n"),
  "is empty but for its checksum": () => sealed("\n"),
  "has an entry of an unknown kind": () => sealed(withEntry({ ...entry, kind: "chmod" })),
  "has an entry with an unknown member": () => sealed(withEntry({ ...entry, content: "x" })),
  "has an entry without its old content's hash": () =>
    sealed(withEntry({ kind: "replace", target: "/d/a", new: entry.new })),
  "has an entry with a hash that is none": () => sealed(withEntry({ ...entry, new: "1234" })),
  "has an entry with an upper-case hash": () =>
    sealed(withEntry({ ...entry, new: "A".repeat(64) })),
  "has a mode beyond the permission bits": () =>
    sealed(withEntry({ kind: "makeDirectory", target: "/d/a", mode: 0o10755 })),
  "has a link, and is of version 1": () => sealed({ ...withLink({}), version: 1 }),
  "has a link without a new content": () =>
    sealed({ ...journal, version: 2, entries: [{ kind: "link", target: "/d/b", old: "1" }] }),
  "has a link with a hash and a mode": () => sealed(withLink({ mode: 0o777 })),
  "has a mode that is no whole number": () =>
    sealed(withEntry({ kind: "makeDirectory", target: "/d/a", mode: 1.5 })),
};

const link = { kind: "link", target: "/d/b", old: "versions/1", new: "versions/2" } as const;
const withLink = (changed: object): object => ({
  ...journal,
  version: 2,
  entries: [entry, { ...link, ...changed }],
});

Deno.test("the journal with a link that the other tests damage is obeyed if it is intact", async () => {
  const machine = machineWith(crashedDisk({
    "/d/a": "old-a",
    "/d/b": { link: "versions/1" },
    "/d/.b.certswap.tmp": { link: "versions/2" },
    [journalPath]: await sealed({ ...journal, version: 2, entries: [link] }),
  }));
  assert.equal((await recoverOn(machine)).outcome, "rolled-forward");
  assert.equal(machine.files.readLink("/d/b"), "versions/2");
});

Deno.test("a journal of version 2 without a link is obeyed as one of version 1", async () => {
  const content = (await replacing("/d/a", "/d/b")).replace('"version": 1', '"version": 2');
  const text = content.slice(0, content.indexOf("sha256 "));
  const machine = machineWith(halfApplied(await sealed(text)));
  assert.equal((await recoverOn(machine)).outcome, "rolled-forward");
});

const badContents: Readonly<Record<string, unknown>> = {
  "is empty": "",
  "is absolute": "/etc",
  "leads up": "../elsewhere",
  "leads down and up again": "versions/../../elsewhere",
  "leads to the directory itself": ".",
  "has an empty name in it": "versions//2",
  "ends in a slash": "versions/",
  "has a NUL in it": "versions/2\0",
  "has 256 bytes": "\u00e9".repeat(128),
  "is not Unicode": "\ud800",
  "is no text": 2,
};

for (const [what, content] of Object.entries(badContents)) {
  Deno.test(`a journal is refused as torn if a link's content ${what}`, async () => {
    await isRefused(await sealed(withLink({ new: content })), "torn");
    await isRefused(await sealed(withLink({ old: content })), "torn");
  });
}

function withEntry(changed: object): object {
  return { ...journal, entries: [entry, changed] };
}

for (const [what, make] of Object.entries(torn)) {
  Deno.test(`a journal is refused as torn when it ${what}`, async () => {
    await isRefused(await make(), "torn");
  });
}

Deno.test("a journal of another version is refused, and the version is named", async () => {
  for (const version of [0, 3, 17]) {
    await isRefused(await sealed({ ...journal, version }), "version", String(version));
    // A later version may have any other fields.
    await isRefused(
      await sealed({ format: journal.format, version, steps: [] }),
      "version",
      String(version),
    );
  }
});

Deno.test("a journal is refused if any of its targets is not the site's", async () => {
  const forged = [
    "/etc/passwd",
    "/d/d",
    "/d/a/",
    "/d//a",
    "/d/../d/a",
    "d/a",
    "",
    "/d/.certswap/a.journal",
    "/d/.a.certswap.bak",
  ];
  for (const target of forged) {
    await isRefused(await sealed(withEntry({ ...entry, target })), "foreign-target", target);
  }
});

Deno.test("a journal of a disk that was mounted elsewhere is refused, with a hint", async () => {
  const target = "/mnt/old/a";
  const content = await sealed(withEntry({ ...entry, target }));
  await isRefused(content, "moved-target", target);
  const refusal = new JournalRefusedError(journalPath, "moved-target", { detail: target });
  const { message, hint } = describe(refusal);
  assert.equal(message, `the journal ${journalPath} names a file in another directory: ${target}`);
  assert.match(hint ?? "", /mount it at \/mnt\/old again .* 'certswap recover'/);
  assert.equal(exitCodeFor(refusal), 4);
});

Deno.test("a target in a forged journal cannot leave the base directory of its site", async () => {
  const based: Site = { ...site, base: "/d" };
  for (const target of ["/etc/passwd", "../etc/passwd", "x/../a", "./a"]) {
    const forged = halfApplied(await sealed({ ...journal, entries: [{ ...entry, target }] }));
    const { system, files } = machineWith(forged);
    await assert.rejects(
      recover(system, based, { lockTimeout: 0 }),
      (error) => error instanceof JournalRefusedError && error.reason === "foreign-target",
    );
    assert.equal(keyOf(files.disk), keyOf(forged));
  }
});

Deno.test("a journal is refused if users other than the caller or root could have written it", async () => {
  const content = await replacing("/d/a", "/d/b");
  await isRefused({ content, attributes: { uid: 1000 } }, "owner");
  for (const mode of [0o620, 0o602, 0o666, 0o777]) {
    await isRefused({ content, attributes: { mode } }, "writable-by-others");
  }
});

Deno.test("an ordinary user obeys only journals of the same user and of root", async () => {
  const content = await replacing("/d/a", "/d/b");
  for (const [uid, isObeyed] of [[1000, true], [0, true], [1001, false]] as const) {
    const machine = machineWith(halfApplied({ content, attributes: { uid, mode: 0o600 } }));
    const processes = { ...machine.system.processes, userId: () => 1000 };
    const recovered = recoverOn({ ...machine, system: { ...machine.system, processes } });
    if (isObeyed) assert.equal((await recovered).outcome, "rolled-forward");
    else await assert.rejects(recovered, { reason: "owner" });
  }
});

Deno.test("a link instead of a journal is refused, even a link to a journal", async () => {
  await isRefused({ link: "/d/elsewhere" }, "not-a-file", "link");
  const disk = crashedDisk({
    "/d/a": "old-a",
    "/d/elsewhere": await replacing("/d/a"),
    [journalPath]: { link: "/d/elsewhere" },
  });
  const machine = machineWith(disk);
  await assert.rejects(recoverOn(machine), { reason: "not-a-file" });
  assert.equal(keyOf(machine.files.disk), keyOf(disk));
});

/** A real directory, in which something else stands where the journal should. */
async function isRefusedOnDisk(
  reason: JournalRefusedError["reason"],
  put: (path: string) => void,
): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const stateDirectory = join(directory, ".certswap");
    Deno.mkdirSync(stateDirectory, { mode: 0o700 });
    Deno.writeTextFileSync(join(stateDirectory, "a.lock"), "", { mode: 0o600 });
    Deno.writeTextFileSync(join(directory, "a"), "old-a");
    Deno.writeTextFileSync(join(directory, ".a.certswap.tmp"), "new-a");
    put(join(stateDirectory, "a.journal"));
    const before = namesAndSizes(directory);
    const real: Site = { ...site, stateDirectory, directories: [directory] };
    const refused = { code: "journal-refused", reason };
    await assert.rejects(recover(testSystem(), real, { lockTimeout: 0 }), refused);
    await assert.rejects(inspect(testSystem(), real), refused);
    assert.deepEqual(namesAndSizes(directory), before);
  });
}

/** Without the contents: a FIFO has none to read. */
function namesAndSizes(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = join(directory, name);
    const { size, ino, mtime } = Deno.lstatSync(path);
    // A lock file holds a note of who has the lock, or had it last.
    const facts = name.endsWith(".lock") ? "" : ` ${size} ${mtime}`;
    return [`${path} ${ino}${facts}`, ...isDirectory ? namesAndSizes(path) : []];
  }).sort();
}

Deno.test("a journal over the size limit is refused before it is read", async () => {
  await isRefusedOnDisk("too-large", (path) => {
    Deno.writeTextFileSync(path, "", { mode: 0o600 });
    // Sparse: it takes no space.
    Deno.truncateSync(path, 100 * 1024 ** 3);
  });
});

Deno.test("a directory, FIFO or dangling link instead of a journal is refused without waiting", async () => {
  await isRefusedOnDisk("not-a-file", (path) => Deno.mkdirSync(path));
  await isRefusedOnDisk("not-a-file", (path) => Deno.symlinkSync("nowhere", path));
  await isRefusedOnDisk("not-a-file", (path) => {
    assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  });
});

Deno.test("a refused journal is kept, and obeyed once the reason is gone", async () => {
  await withTemporaryDirectory(async (directory) => {
    const stateDirectory = join(directory, ".certswap");
    const target = join(directory, "a");
    const real: Site = { ...siteFor(target), stateDirectory, directories: [directory] };
    Deno.mkdirSync(stateDirectory, { mode: 0o700 });
    Deno.writeTextFileSync(target, "old-a");
    Deno.writeTextFileSync(join(directory, ".a.certswap.tmp"), "new-a");
    const path = join(stateDirectory, "a.journal");
    Deno.writeTextFileSync(path, await replacing(target));
    Deno.chmodSync(path, 0o660);
    await assert.rejects(recover(testSystem(), real, { lockTimeout: 0 }), {
      reason: "writable-by-others",
    });
    Deno.chmodSync(path, 0o600);
    const { outcome } = await recover(testSystem(), real, { lockTimeout: 0 });
    assert.equal(outcome, "rolled-forward");
    assert.deepEqual(readTree(directory).map((line) => line.split(" ")[0]), [
      ".certswap",
      ".certswap/a.lock",
      "a",
    ]);
    assert.equal(Deno.readTextFileSync(target), "new-a");
  });
});

function siteFor(target: string): Site {
  return { ...site, manages: (path) => path === target };
}
