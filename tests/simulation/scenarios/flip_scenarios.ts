import assert from "node:assert/strict";
import { type PairPaths, rollback, swap } from "../../../lib/device/mod.ts";
import type { OutputSpec } from "../../../lib/device/pair/outputs/mod.ts";
import type { Attributes, System } from "../../../lib/system/mod.ts";
import type { TestPair } from "../../support/pairs.ts";
import { intern } from "../model/contents.ts";
import {
  directory,
  type Disk,
  type Planted,
  rootInode,
  type Seen,
  type SeenKind,
  visibleFiles,
} from "../model/disk.ts";
import type { Scenario } from "../model/walk.ts";
import {
  type Cast,
  type Expected,
  lockTimeout,
  type Plot,
  swapOptions,
  toScenario,
} from "./device_plot.ts";
import { certificateAttributes, combinedOf, given, keyAttributes } from "./device_scenarios.ts";
import { output, outputText } from "./output_scenarios.ts";
import type { FailingScenario } from "./transaction_scenarios.ts";

/*
 * The directory flip: at every moment `current` leads to a directory with a whole pair, and the version
 * before is whole too.
 */

/** The rights of the pair's directory, which its versions must have too. */
const directoryRights: Attributes = { uid: 0, gid: 34, mode: 0o750 };
const outputRights: Attributes = { uid: 41, gid: 42, mode: 0o640 };
const first = {
  certificate: { uid: 0, gid: 0, mode: 0o644 },
  key: { uid: 0, gid: 0, mode: 0o600 },
};

/** The number of the version that is active before. */
const number = 4;

const flip: PairPaths = {
  certificate: "/d/current/cert.pem",
  key: "/d/current/key.pem",
  shape: "flip",
};

type Files = ReadonlyMap<string, Seen | SeenKind>;

/** The number of the active version; `undefined` if there is no link. */
function currentOf(seen: Files): number | undefined {
  const link = seen.get("/d/current");
  if (link === undefined) return undefined;
  const found = /^link to versions\/(\d+)$/.exec(String(link))?.[1];
  assert.ok(found !== undefined, `/d/current is ${link}`);
  return Number(found);
}

/**
 * The files as a reader finds them through the link. What else recovery may leave is not among them: the link
 * itself, and the version before, which {@linkcode checkAlways} checks.
 */
function throughLink(seen: Files): Files {
  const current = currentOf(seen);
  const isFirst = current === undefined || current === 1;
  const before = isFirst ? "/none/" : `/d/versions/${current - 1}/`;
  const active = `/d/versions/${current}/`;
  return new Map(
    [...seen].flatMap(([path, file]) => {
      if (["/d/current", "/d/versions/", active].includes(path)) return [];
      if (path.startsWith(before)) return [];
      return [[path.replace(active, "/d/current/"), file] as const];
    }),
  );
}

/** What a version holds. */
type Version = Readonly<Record<string, Expected["new"]>>;

function versionOf(pair: TestPair, outputs: readonly OutputSpec[]): Version {
  return {
    "cert.pem": pair.chainPem,
    "key.pem": pair.keyPem,
    ...(outputs.some(({ path }) => path === "/d/current/web.both")
      ? { "web.both": combinedOf(pair) }
      : {}),
  };
}

/** What must be true at every moment of a change. */
function checkAlways(disk: Disk, versions: ReadonlyMap<number, Version>): void {
  const seen = visibleFiles(disk);
  const current = currentOf(seen);
  const lowest = Math.min(...versions.keys());
  if (current === undefined) return assert.equal(lowest, 1, "the link is gone");
  assert.ok(versions.has(current), `version ${current} is active`);
  for (const at of [current, ...(lowest < current ? [current - 1] : [])]) {
    const version = versions.get(at) ?? {};
    for (const [name, text] of Object.entries(version)) {
      const file = seen.get(`/d/versions/${at}/${name}`);
      assert.ok(typeof file === "object", `${name} of version ${at} is missing`);
      assert.ok(typeof text === "string");
      const wanted = intern(new TextEncoder().encode(text));
      assert.equal(file.content, wanted, `${name} of version ${at}`);
    }
  }
  checkRights(disk, current);
}

/** Every user who may search the pair's directory may search a version. */
function checkRights(disk: Disk, version: number): void {
  for (const path of ["versions", `versions/${version}`]) {
    const inode = ["d", ...path.split("/")].reduce(
      (parent, name) => directory(disk, parent).names.get(name) ?? rootInode,
      rootInode,
    );
    assert.deepEqual(directory(disk, inode).attributes, directoryRights, `rights of ${path}`);
  }
}

interface FlipPlot extends Omit<Plot, "paths" | "files"> {
  readonly outputs?: readonly OutputSpec[];
  /** The pair that is active before. */
  readonly from: TestPair | undefined;
  /** Further files. */
  readonly files?: readonly Expected[];
}

/** Every change of a flip, as scenarios. */
export function flipScenarios(cast: Cast): readonly Scenario[] {
  return flipPlots(cast).map((plot) => toFlipScenario(plot, cast));
}

/** A flip whose link cannot be renamed, or whose version cannot be made: everything is undone. */
export function failingFlips(cast: Cast): readonly FailingScenario[] {
  const scenarios = flipScenarios(cast);
  const refusals = [
    ["flip, replacing, with outputs", "/d/.current.certswap.tmp", "rename"],
    ["flip, replacing, with outputs", "/d/.web.chain.certswap.tmp", "rename"],
    ["flip, first pair", "/d/.current.certswap.tmp", "rename"],
    ["flip, first pair", "/d/versions/1/key.pem", "create"],
  ] as const;
  return refusals.map(([name, refused, what]) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    assert.ok(scenario !== undefined, name);
    return {
      scenario: { ...scenario, name: `${name}, ${what} of ${refused} refused` },
      fault: ({ operation, path }) =>
        path === refused && operation === what ? { errno: "EPERM" } : "run",
    };
  });
}

function flipPlots({ first: old, second }: Cast): readonly FlipPlot[] {
  const swapGiven = (system: System, of: PairPaths): ReturnType<typeof swap> =>
    swap(system, of, { ...swapOptions, newPair: given, trust: "/trust.pem" });
  const inside = output("both", "/d/current");
  const outside = (directory: string, from: TestPair | undefined): Expected => ({
    path: `${directory}/web.chain`,
    old: from && outputText("chain", from),
    new: outputText("chain", second),
    attributes: from === undefined ? first.certificate : outputRights,
  });
  const previous = (pair: TestPair): readonly Expected[] => [
    {
      path: "/d/.current.certswap.previous",
      old: undefined,
      new: pair.chainPem,
      attributes: certificateAttributes,
    },
    {
      path: "/d/.current.certswap.previouskey",
      old: undefined,
      new: pair.keyPem,
      attributes: { ...keyAttributes, mode: 0o600 },
    },
  ];
  return [
    { name: "flip, first pair", from: undefined, run: swapGiven },
    {
      name: "flip, first pair, with outputs",
      from: undefined,
      outputs: [inside, output("chain", "/o")],
      files: [outside("/o", undefined)],
      others: { "/o/": {} },
      run: swapGiven,
    },
    { name: "flip, replacing", from: old, run: swapGiven },
    {
      name: "flip, replacing, with outputs",
      from: old,
      outputs: [inside, output("chain", "/d")],
      files: [outside("/d", old)],
      run: swapGiven,
    },
    {
      name: "flip, replacing, with an output in another directory",
      from: old,
      outputs: [inside, output("chain", "/o")],
      files: [outside("/o", old)],
      others: { "/o/": {} },
      run: swapGiven,
    },
    {
      name: "flip, keeping the previous",
      from: old,
      files: previous(old),
      run: (system, of) => swap(system, of, { ...swapOptions, newPair: given, keepPrevious: true }),
    },
    {
      name: "flip, rollback",
      from: old,
      files: previous(second).map((file) => ({ ...file, old: file.new, new: undefined })),
      run: (system, of) => rollback(system, of, { lockTimeout, keepPrevious: false }),
    },
  ];
}

function toFlipScenario(
  { outputs = [], from, files = [], ...plot }: FlipPlot,
  cast: Cast,
): Scenario {
  const paths = outputs.length === 0 ? flip : { ...flip, outputs };
  const versions = new Map(
    from === undefined ? [[1, versionOf(cast.second, outputs)]] : [
      [number - 1, versionOf(cast.third, outputs)],
      [number, versionOf(from, outputs)],
      [number + 1, versionOf(cast.second, outputs)],
    ],
  );
  const rights = (name: string): Attributes => {
    if (name === "cert.pem") return from === undefined ? first.certificate : certificateAttributes;
    return from === undefined ? first.key : keyAttributes;
  };
  const planted: Record<string, Planted> = {
    "/d/": { attributes: directoryRights },
    ...(from === undefined ? {} : {
      "/d/versions/": { attributes: directoryRights },
      "/d/current": { link: `versions/${number}` },
    }),
  };
  for (const [at, version] of versions) {
    if (from === undefined || at > number) continue;
    planted[`/d/versions/${at}/`] = { attributes: directoryRights };
    for (const [name, content] of Object.entries(version)) {
      if (typeof content !== "string") continue;
      planted[`/d/versions/${at}/${name}`] = { content, attributes: rights(name) };
    }
  }
  const target = versions.get(from === undefined ? 1 : number + 1) ?? {};
  const before = versions.get(number) ?? {};
  const active = Object.entries(target).map(([name, text]): Expected => ({
    path: `/d/current/${name}`,
    old: from && before[name],
    new: text,
    attributes: rights(name),
    isPlanted: true,
  }));
  return toScenario({
    ...plot,
    paths,
    home: "/d/current",
    files: [...active, ...files],
    others: { ...planted, ...plot.others },
    view: throughLink,
    always: (disk) => checkAlways(disk, versions),
    checkAfterwards: (disk) => {
      const current = currentOf(visibleFiles(disk));
      assert.ok(current !== undefined, "the swap after it made no link");
      checkRights(disk, current);
    },
  }, cast);
}
