import assert from "node:assert/strict";
import {
  inspect,
  OutcomeUnknownError,
  RecoveryUndecidableError,
} from "../../../lib/transaction/mod.ts";
import { type Disk, keyOf, type Planted } from "../../simulation/model/disk.ts";
import {
  crashedDisk,
  hashOf,
  journalPath,
  machineWith,
  recoverOn,
  replacing,
  sealed,
  site,
  textsOn,
} from "../crashed.ts";

/*
 * What recovery does with a journal, by what it finds. First a table to read: one row, one decision. Then
 * every state that two entries can be found in, against what must hold of all of them.
 */

/** What may stand under a name: a text, or nothing. */
type Text = string | undefined;

/** One file or link of a transaction as it is found. The texts of a link are what readlink(2) returns. */
interface Found {
  readonly kind: "replace" | "create" | "remove" | "link" | "firstLink";
  readonly target: Text;
  readonly staged?: Text;
  readonly backup?: Text;
}

const names = ["a", "b", "c"] as const;

const isLink = (kind: Found["kind"]): boolean => kind === "link" || kind === "firstLink";

/** The journal's entry for a file or link that contained `old-X` and is to contain `new-X`. */
async function entryOf(kind: Found["kind"], name: string): Promise<object> {
  if (isLink(kind)) {
    const old = kind === "link" ? { old: `old-${name}` } : {};
    return { kind: "link", target: `/d/${name}`, ...old, new: `new-${name}` };
  }
  const old = kind === "create" ? {} : { old: await hashOf(`old-${name}`) };
  const next = kind === "remove" ? {} : { new: await hashOf(`new-${name}`) };
  return { kind, target: `/d/${name}`, ...old, ...next };
}

/** A disk with these files, the first named `a`, the next `b`. In texts, `?` is replaced by that name. */
async function diskWith(found: readonly Found[]): Promise<Disk> {
  const files: Record<string, Planted | string> = { "/d/user": "the user's" };
  const entries: object[] = [];
  for (const [index, { kind, target, staged, backup }] of found.entries()) {
    const name = names[index] ?? "";
    entries.push(await entryOf(kind, name));
    const at = {
      [name]: target,
      [`.${name}.certswap.tmp`]: staged,
      [`.${name}.certswap.bak`]: backup,
    };
    for (const [path, text] of Object.entries(at)) {
      if (text === undefined) continue;
      const content = text.replace("?", name);
      files[`/d/${path}`] = isLink(kind) ? { link: content } : content;
    }
  }
  const version = found.some(({ kind }) => isLink(kind)) ? 2 : 1;
  const journal = { format: "certswap journal", version, entries };
  return crashedDisk({ ...files, [journalPath]: await sealed(journal) });
}

/** What the targets hold, in order, with `?` for the name again. */
function targetsOn(disk: Disk, count: number): readonly Text[] {
  const texts = textsOn(disk);
  return names.slice(0, count).map((name) =>
    texts[`/d/${name}`]?.replace("link to ", "").replace(`-${name}`, "-?")
  );
}

interface Row {
  readonly when: string;
  readonly found: readonly Found[];
  readonly outcome: "rolled-forward" | "rolled-back" | "dropped" | "undecidable";
  /** What the targets hold then. */
  readonly targets: readonly Text[];
}

const replaced: Found = { kind: "replace", target: "new-?", backup: "old-?" };
const waiting: Found = { kind: "replace", target: "old-?", staged: "new-?", backup: "old-?" };
const undone: Found = { kind: "replace", target: "old-?" };
const created: Found = { kind: "create", target: "new-?" };
const removed: Found = { kind: "remove", target: undefined, backup: "old-?" };

const waitingLink: Found = { ...waiting, kind: "link" };
const appliedLink: Found = { ...replaced, kind: "link" };

const table: readonly Row[] = [
  {
    when: "a link was applied, and a file was not",
    found: [appliedLink, waiting],
    outcome: "rolled-forward",
    targets: ["new-?", "new-?"],
  },
  {
    when: "a file was applied, and a link was not",
    found: [replaced, waitingLink],
    outcome: "rolled-forward",
    targets: ["new-?", "new-?"],
  },
  {
    when: "a first link is still to be made",
    found: [replaced, { kind: "firstLink", target: undefined, staged: "new-?" }],
    outcome: "rolled-forward",
    targets: ["new-?", "new-?"],
  },
  {
    when: "undoing had begun with a link",
    found: [appliedLink, undone],
    outcome: "rolled-back",
    targets: ["old-?", "old-?"],
  },
  {
    when: "undoing had begun with a first link",
    found: [{ kind: "firstLink", target: "new-?" }, undone],
    outcome: "rolled-back",
    targets: [undefined, "old-?"],
  },
  {
    when: "a staged link leads elsewhere, and nothing was applied",
    found: [waiting, { ...waitingLink, staged: "theirs" }],
    outcome: "rolled-back",
    targets: ["old-?", "old-?"],
  },
  {
    when: "someone else made a link lead elsewhere, and nothing was applied",
    found: [waiting, { ...waitingLink, target: "theirs" }],
    outcome: "dropped",
    targets: ["old-?", "theirs"],
  },
  {
    when: "someone else made a link lead elsewhere, and another target was applied",
    found: [replaced, { ...waitingLink, target: "theirs" }],
    outcome: "undecidable",
    targets: ["new-?", "theirs"],
  },
  {
    when: "a link is gone, and with it all that it could be made of",
    found: [waiting, { kind: "link", target: undefined }],
    outcome: "undecidable",
    targets: ["old-?", undefined],
  },
  {
    when: "nothing was applied yet",
    found: [waiting, waiting],
    outcome: "rolled-forward",
    targets: ["new-?", "new-?"],
  },
  {
    when: "one of two was applied",
    found: [replaced, waiting],
    outcome: "rolled-forward",
    targets: ["new-?", "new-?"],
  },
  {
    when: "all was applied",
    found: [replaced, replaced],
    outcome: "rolled-forward",
    targets: ["new-?", "new-?"],
  },
  {
    when: "all was applied, and the backups are gone",
    found: [{ ...replaced, backup: undefined }, created],
    outcome: "rolled-forward",
    targets: ["new-?", "new-?"],
  },
  {
    when: "a file is still to be made, and one to be removed",
    found: [{ kind: "create", target: undefined, staged: "new-?" }, {
      ...removed,
      target: "old-?",
    }],
    outcome: "rolled-forward",
    targets: ["new-?", undefined],
  },
  {
    when: "undoing had begun: the staged file is used up, the target old again",
    found: [replaced, undone],
    outcome: "rolled-back",
    targets: ["old-?", "old-?"],
  },
  {
    when: "undoing had begun with a file that was made",
    found: [created, undone],
    outcome: "rolled-back",
    targets: [undefined, "old-?"],
  },
  {
    when: "undoing had begun with a file that was removed",
    found: [removed, undone],
    outcome: "rolled-back",
    targets: ["old-?", "old-?"],
  },
  {
    when: "a staged file is torn, and nothing was applied",
    found: [waiting, { ...waiting, staged: "new" }],
    outcome: "rolled-back",
    targets: ["old-?", "old-?"],
  },
  {
    when: "someone else changed a target, and nothing was applied",
    found: [waiting, { ...waiting, target: "theirs" }],
    outcome: "dropped",
    targets: ["old-?", "theirs"],
  },
  {
    when: "someone else removed a target, and nothing was applied",
    found: [waiting, { ...waiting, target: undefined }],
    outcome: "dropped",
    targets: ["old-?", undefined],
  },
  {
    when: "someone else made the file that was to be made",
    found: [waiting, { kind: "create", target: "theirs", staged: "new-?" }],
    outcome: "dropped",
    targets: ["old-?", "theirs"],
  },
  {
    when: "someone else changed a target, and another one was applied",
    found: [replaced, { ...waiting, target: "theirs" }],
    outcome: "undecidable",
    targets: ["new-?", "theirs"],
  },
  {
    when: "someone else changed a target after it was applied, and another one was applied",
    found: [replaced, { ...replaced, target: "theirs" }],
    outcome: "undecidable",
    targets: ["new-?", "theirs"],
  },
  {
    when: "a target is gone, and with it all that it could be made of: it may lie on another disk",
    found: [waiting, { kind: "replace", target: undefined }],
    outcome: "undecidable",
    targets: ["old-?", undefined],
  },
  {
    when: "one staged file is gone, and so is the backup of what was applied",
    found: [{ ...replaced, backup: undefined }, undone],
    outcome: "undecidable",
    targets: ["new-?", "old-?"],
  },
  {
    when: "one staged file is gone, and the backup of what was applied is torn",
    found: [{ ...replaced, backup: "old" }, undone],
    outcome: "undecidable",
    targets: ["new-?", "old-?"],
  },
];

for (const { when, found, outcome, targets } of table) {
  Deno.test(`recover() ends ${outcome} when ${when}`, async () => {
    const disk = await diskWith(found);
    const machine = machineWith(disk);
    assert.equal((await inspect(machine.system, site)).outcome, outcome);
    if (outcome === "undecidable") {
      await assert.rejects(recoverOn(machine), RecoveryUndecidableError);
      assert.equal(keyOf(machine.files.disk), keyOf(disk), "something was touched");
    } else {
      const report = await recoverOn(machine);
      assert.equal(report.outcome, outcome);
      assert.deepEqual(report.targets, found.map((_, index) => `/d/${names[index]}`));
      assert.deepEqual(Object.keys(textsOn(machine.files.disk)).filter(isTemporary), []);
    }
    assert.deepEqual(targetsOn(machine.files.disk, found.length), targets);
  });
}

function isTemporary(path: string): boolean {
  return path.includes(".certswap.") || path.endsWith(".journal");
}

Deno.test("recover() reports the state of each target of an undecidable transaction", async () => {
  const found: readonly Found[] = [
    replaced,
    { ...waiting, target: "theirs" },
    { ...undone, target: undefined },
  ];
  const machine = machineWith(await diskWith(found));
  await assert.rejects(recoverOn(machine), {
    journal: journalPath,
    findings: [
      { target: "/d/a", found: "new", canBeOld: true, canBeNew: true },
      { target: "/d/b", found: "foreign", canBeOld: true, canBeNew: true },
      { target: "/d/c", found: "missing", canBeOld: false, canBeNew: false },
    ],
  });
});

Deno.test("recover() with --keep settles an undecidable transaction that way", async () => {
  const found = [replaced, { ...waiting, target: "theirs" }];
  for (
    const [keep, outcome, targets] of [
      ["old", "rolled-back", ["old-?", "old-?"]],
      ["new", "rolled-forward", ["new-?", "new-?"]],
    ] as const
  ) {
    const machine = machineWith(await diskWith(found));
    const report = await recoverOn(machine, keep);
    assert.equal(report.outcome, outcome);
    assert.deepEqual(report.foreign, ["/d/b"], "what it overwrote is named");
    assert.deepEqual(targetsOn(machine.files.disk, 2), targets);
    assert.deepEqual(Object.keys(textsOn(machine.files.disk)).filter(isTemporary), []);
  }
});

Deno.test("recover() with a --keep that is impossible touches nothing", async () => {
  const cannotBeOld = [{ ...replaced, backup: undefined }, { ...waiting, target: "theirs" }];
  const cannotBeNew = [replaced, { ...waiting, staged: undefined, target: "theirs" }];
  for (const [keep, found] of [["old", cannotBeOld], ["new", cannotBeNew]] as const) {
    const disk = await diskWith(found);
    const machine = machineWith(disk);
    await assert.rejects(recoverOn(machine, keep), RecoveryUndecidableError);
    assert.equal(keyOf(machine.files.disk), keyOf(disk));
  }
});

Deno.test("recover() decides by itself if it can, regardless of --keep", async () => {
  for (const keep of ["old", "new"] as const) {
    const machine = machineWith(await diskWith([replaced, waiting]));
    assert.equal((await recoverOn(machine, keep)).outcome, "rolled-forward");
  }
});

Deno.test("recover() undoes a half-finished change if the rest is refused", async () => {
  const disk = await diskWith([waiting, waiting]);
  const machine = machineWith(disk, {
    fate: ({ operation, path }) =>
      operation === "rename" && path === "/d/.b.certswap.tmp" ? { errno: "EPERM" } : "run",
  });
  assert.equal((await recoverOn(machine)).outcome, "rolled-back");
  assert.deepEqual(targetsOn(machine.files.disk, 2), ["old-?", "old-?"]);
});

Deno.test("recover() reports an unknown outcome if an fsync fails, and leaves the journal", async () => {
  const machine = machineWith(await diskWith([replaced, waiting]), {
    fate: ({ operation, path }) =>
      operation === "fsync" && path === "/d" && machine.files.disk !== before
        ? { errno: "EIO" }
        : "run",
  });
  const before = machine.files.disk;
  await assert.rejects(recoverOn(machine), OutcomeUnknownError);
  assert.ok(Object.keys(textsOn(machine.files.disk)).includes(journalPath));
});

/** What is no file, at a path: a directory, or a link to a file that holds what is wanted. */
const noFiles: Readonly<Record<string, (path: string) => Record<string, Planted>>> = {
  "a directory": (path) => ({ [`${path}/`]: {} }),
  "a link to a file with the right content": (path) => ({
    "/e/elsewhere": { content: "new-b" },
    [path]: { link: "/e/elsewhere" },
  }),
};

for (const [what, put] of Object.entries(noFiles)) {
  Deno.test(`recover() treats ${what} at a target's path as foreign, and leaves it alone`, async () => {
    const journal = { [journalPath]: await replacing("/d/a", "/d/b") };
    const others = { "/d/.a.certswap.bak": "old-a", ...put("/d/b") };
    const untouched = machineWith(
      crashedDisk({ ...journal, ...others, "/d/a": "old-a", "/d/.a.certswap.tmp": "new-a" }),
    );
    const report = await recoverOn(untouched);
    assert.deepEqual([report.outcome, report.foreign], ["dropped", ["/d/b"]]);
    assert.equal(textsOn(untouched.files.disk)["/d/a"], "old-a");

    for (const keep of [undefined, "old", "new"] as const) {
      const disk = crashedDisk({ ...journal, ...others, "/d/a": "new-a" });
      const halfApplied = machineWith(disk);
      await assert.rejects(recoverOn(halfApplied, keep), RecoveryUndecidableError);
      assert.equal(keyOf(halfApplied.files.disk), keyOf(disk));
    }
  });

  Deno.test(`recover() does not accept ${what} as a staged file`, async () => {
    const machine = machineWith(crashedDisk({
      [journalPath]: await replacing("/d/a", "/d/b"),
      "/d/a": "new-a",
      "/d/.a.certswap.bak": "old-a",
      "/d/b": "old-b",
      ...put("/d/.b.certswap.tmp"),
    }));
    assert.equal((await recoverOn(machine)).outcome, "rolled-back");
    assert.deepEqual(targetsOn(machine.files.disk, 2), ["old-?", "old-?"]);
    // A directory under a name of certswap's own is not removed: a person put it there.
    const isKept = Object.hasOwn(textsOn(machine.files.disk), "/d/.b.certswap.tmp/");
    assert.equal(isKept, what === "a directory");
  });
}

/** What is no link, at a link's path: a file with the right content as its text, a FIFO, a directory. */
const noLinks: Readonly<Record<string, (path: string) => Record<string, Planted>>> = {
  "a file": (path) => ({ [path]: { content: "new-b" } }),
  "a FIFO": (path) => ({ [path]: { isFifo: true } }),
  "a directory": (path) => ({ [`${path}/`]: {} }),
};

for (const [what, put] of Object.entries(noLinks)) {
  const journal = async () => ({
    [journalPath]: await sealed({
      format: "certswap journal",
      version: 2,
      entries: [await entryOf("replace", "a"), await entryOf("link", "b")],
    }),
    "/d/.a.certswap.bak": "old-a",
  });

  Deno.test(`recover() treats ${what} at a link's path as foreign, and leaves it alone`, async () => {
    const dropped = machineWith(
      crashedDisk({ ...await journal(), ...put("/d/b"), "/d/a": "old-a" }),
    );
    const report = await recoverOn(dropped);
    assert.deepEqual([report.outcome, report.foreign], ["dropped", ["/d/b"]]);

    for (const keep of [undefined, "old", "new"] as const) {
      const disk = crashedDisk({
        ...await journal(),
        ...put("/d/b"),
        "/d/a": "new-a",
        "/d/.b.certswap.bak": { link: "old-b" },
        "/d/.b.certswap.tmp": { link: "new-b" },
      });
      const halfApplied = machineWith(disk);
      await assert.rejects(recoverOn(halfApplied, keep), RecoveryUndecidableError);
      assert.equal(keyOf(halfApplied.files.disk), keyOf(disk));
    }
  });

  Deno.test(`recover() does not accept ${what} as a staged link`, async () => {
    const machine = machineWith(crashedDisk({
      ...await journal(),
      "/d/a": "new-a",
      "/d/b": { link: "old-b" },
      ...put("/d/.b.certswap.tmp"),
    }));
    assert.equal((await recoverOn(machine)).outcome, "rolled-back");
    assert.deepEqual(targetsOn(machine.files.disk, 2), ["old-?", "old-?"]);
  });

  Deno.test(`recover() does not accept ${what} as the backup of a link`, async () => {
    const disk = crashedDisk({
      ...await journal(),
      "/d/a": "old-a",
      "/d/b": { link: "new-b" },
      ...put("/d/.b.certswap.bak"),
    });
    const machine = machineWith(disk);
    await assert.rejects(recoverOn(machine), RecoveryUndecidableError);
    assert.equal(keyOf(machine.files.disk), keyOf(disk));
  });
}

/** Every state that one file, or link, of a transaction can be found in. */
function everyState(of: "file" | "link"): readonly Found[] {
  const staged = ["new-?", "new", undefined];
  const backups = ["old-?", "old", undefined];
  if (of === "link") {
    return [
      ...cross(["old-?", "new-?", "theirs", undefined], staged, backups, "link"),
      ...cross(["new-?", "theirs", undefined], staged, [undefined], "firstLink"),
    ];
  }
  return [
    ...cross(["old-?", "new-?", "theirs", undefined], staged, backups, "replace"),
    ...cross(["new-?", "theirs", undefined], staged, [undefined], "create"),
    ...cross(["old-?", "theirs", undefined], [undefined], backups, "remove"),
  ];
}

function cross(
  targets: readonly Text[],
  staged: readonly Text[],
  backups: readonly Text[],
  kind: Found["kind"],
): readonly Found[] {
  return targets.flatMap((target) =>
    staged.flatMap((tmp) => backups.map((backup) => ({ kind, target, staged: tmp, backup })))
  );
}

const oldText = ({ kind }: Found): Text =>
  kind === "create" || kind === "firstLink" ? undefined : "old-?";
const newText = ({ kind }: Found): Text => kind === "remove" ? undefined : "new-?";
const isForeign = (found: Found): boolean =>
  found.target !== oldText(found) && found.target !== newText(found);

/** A foreign file where none should be is never removed, regardless of `--keep`. */
function settledText(found: Found, wanted: Text): Text {
  return wanted === undefined && isForeign(found) ? found.target : wanted;
}

/** What has to be true of the targets after any recovery that did not refuse. */
function checkSettled(
  found: readonly Found[],
  outcome: string,
  targets: readonly Text[],
): void {
  switch (outcome) {
    case "rolled-forward":
      return assert.deepEqual(targets, found.map((file) => settledText(file, newText(file))));
    case "rolled-back":
      return assert.deepEqual(targets, found.map((file) => settledText(file, oldText(file))));
    case "dropped":
      return assert.deepEqual(targets, found.map(({ target }) => target));
    default:
      assert.fail(`recovery ended ${outcome}`);
  }
}

for (const keep of [undefined, "old", "new"] as const) {
  const word = keep === undefined ? "" : ` told to keep the ${keep} state`;
  Deno.test(`recover()${word} leaves all new, all old or as found, in any state of 2 targets`, async () => {
    const outcomes = new Map<string, number>();
    const files = everyState("file");
    for (const first of files) {
      for (const second of [...files, ...everyState("link")]) {
        const found = [first, second];
        const disk = await diskWith(found);
        const machine = machineWith(disk);
        const outlook = (await inspect(machine.system, site)).outcome;
        const outcome = await recoverOn(machine, keep).then(
          (report) => report.outcome,
          (error) => {
            assert.ok(error instanceof RecoveryUndecidableError, String(error));
            return "undecidable" as const;
          },
        );
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        const now = machine.files.disk;
        if (outcome === "undecidable") {
          assert.equal(outlook, "undecidable");
          assert.equal(keyOf(now), keyOf(disk), `touched: ${JSON.stringify(found)}`);
          continue;
        }
        checkSettled(found, outcome, targetsOn(now, 2));
        assert.deepEqual(Object.keys(textsOn(now)).filter(isTemporary), []);
        assert.equal(textsOn(now)["/d/user"], "the user's");
        if (outlook !== "undecidable") assert.equal(outcome, outlook);
        // What someone else wrote is overwritten on a person's word alone.
        else {assert.ok(
            keep !== undefined && outcome === (keep === "old" ? "rolled-back" : "rolled-forward"),
          );}
        if (keep === undefined && found.some(isForeign)) assert.equal(outcome, "dropped");
      }
    }
    console.log([...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", "));
    assert.ok(outcomes.size >= 3);
  });
}
