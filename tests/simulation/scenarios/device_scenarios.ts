import assert from "node:assert/strict";
import { exitCodeFor } from "../../../lib/cli/exit_code.ts";
import {
  type PairPaths,
  recoverPair,
  rollback,
  stage,
  swap,
  type SwapOptions,
} from "../../../lib/device/mod.ts";
import { type Attributes, CertswapError, type System } from "../../../lib/system/mod.ts";
import { readCertificateFile, readPrivateKeyFile, writeCombined } from "../../../lib/x509/mod.ts";
import { makeAuthority, type TestPair } from "../../support/pairs.ts";
import { intern } from "../model/contents.ts";
import {
  type Disk,
  type FileAttributes,
  type Lacks,
  plant,
  type Planted,
  visibleFiles,
} from "../model/disk.ts";
import type { FailingScenario } from "./transaction_scenarios.ts";
import type { Outcome, Report, Scenario } from "../model/walk.ts";

/*
 * The commands of a device, with real pairs, on the simulated disk.
 */

/** The pairs of the scenarios: each a different key and certificate for the same device. */
export interface Cast {
  readonly first: TestPair;
  readonly second: TestPair;
  readonly third: TestPair;
  readonly trust: string;
}

/** Makes the pairs, valid at the simulated time. */
export async function makeCast(): Promise<Cast> {
  const authority = await makeAuthority();
  const issue = (day: string): Promise<TestPair> =>
    authority.issue({
      notBefore: new Date(`2030-05-${day}T00:00:00Z`),
      notAfter: new Date("2030-09-01T00:00:00Z"),
    });
  return {
    first: await issue("01"),
    second: await issue("02"),
    third: await issue("03"),
    trust: authority.certificatePem,
  };
}

/** Owner and modes as a package may set them: different from those of a new file. */
const certificateAttributes: Attributes = { uid: 33, gid: 34, mode: 0o644 };
const keyAttributes: Attributes = { uid: 33, gid: 34, mode: 0o640 };

/** A key that one user and two groups may read, but not its own group. */
const listedKeyAttributes: FileAttributes = {
  ...keyAttributes,
  list: "user:65534:r--,group::---,group:35:r--,group:36:r--",
};

/** The attributes on a file system without modes, mounted with umask=077 for uid 0. */
const givenAttributes: Attributes = { uid: 0, gid: 0, mode: 0o700 };

/** The files of a scenario, and their contents before and after. */
interface Plot {
  readonly name: string;
  readonly paths: PairPaths;
  readonly files: readonly Expected[];
  readonly run: (
    system: System,
    paths: PairPaths,
  ) => Promise<{ readonly warnings: readonly unknown[] }>;
  /** Further files that must stay as they are. */
  readonly others?: Readonly<Record<string, Planted>>;
  /** What the file system does not support. */
  readonly lacks?: Lacks;
}

/** A file before and after: its content, `undefined` for no file. */
interface Expected {
  readonly path: string;
  readonly old: string | undefined;
  readonly new: string | undefined;
  readonly attributes?: FileAttributes;
}

const lockTimeout = 0;
const given = { certificate: "/new/cert.pem", key: "/new/key.pem" };
const later = { certificate: "/later/cert.pem", key: "/later/key.pem" };
const paths: PairPaths = { certificate: "/d/cert.pem", key: "/d/key.pem" };
const swapOptions: SwapOptions & { lockTimeout: number } = {
  lockTimeout,
  keepPrevious: false,
  allowIdentityChange: false,
  allowOlder: false,
};

/** Every command that changes a device, as scenarios. */
export function deviceScenarios(cast: Cast): readonly Scenario[] {
  const { first, second } = cast;
  const pending = (name: "cert" | "key", pair: TestPair | undefined): Expected => ({
    path: `/d/.${name}.pem.certswap.pending`,
    old: undefined,
    new: pair && pemOf(name, pair),
    attributes: copyAttributesOf(name),
  });
  const usedUp = (name: "cert" | "key"): Expected => ({
    ...pending(name, undefined),
    old: pemOf(name, second),
  });
  const previous = (name: "cert" | "key"): Expected => ({
    path: `/d/.${name}.pem.certswap.previous`,
    old: undefined,
    new: pemOf(name, first),
    attributes: copyAttributesOf(name),
  });
  const active = (name: "cert" | "key", directory = "/d"): Expected => ({
    path: `${directory}/${name}.pem`,
    old: pemOf(name, first),
    new: pemOf(name, second),
    attributes: attributesOf(name),
  });
  const unchanged = (name: "cert" | "key"): Expected => ({
    ...active(name),
    new: pemOf(name, first),
  });
  const swapGiven = (system: System, of: PairPaths): ReturnType<typeof swap> =>
    swap(system, of, { ...swapOptions, newPair: given, trust: "/trust.pem" });
  const swapPending = (system: System, of: PairPaths): ReturnType<typeof swap> =>
    swap(system, of, swapOptions);
  const plots: readonly Plot[] = [
    {
      name: "stage",
      paths,
      files: [unchanged("cert"), unchanged("key"), pending("key", second), pending("cert", second)],
      run: (system, of) => stage(system, of, { ...swapOptions, newPair: given }),
    },
    {
      name: "swap, first pair",
      paths,
      files: [
        { ...active("cert"), old: undefined, attributes: { uid: 0, gid: 0, mode: 0o644 } },
        { ...active("key"), old: undefined, attributes: { uid: 0, gid: 0, mode: 0o600 } },
      ],
      run: swapGiven,
    },
    {
      name: "swap, replacing, in one go",
      paths,
      files: [active("cert"), active("key")],
      run: swapGiven,
    },
    {
      name: "swap, replacing, from the pending pair",
      paths,
      files: [active("cert"), active("key"), usedUp("key"), usedUp("cert")],
      run: swapPending,
    },
    {
      name: "swap, with a combined file",
      paths: { ...paths, combined: "/d/combined.pem" },
      files: [active("cert"), active("key"), {
        path: "/d/combined.pem",
        old: combinedOf(first),
        new: combinedOf(second),
        attributes: keyAttributes,
      }],
      run: swapGiven,
    },
    {
      name: "swap, keeping the previous",
      paths,
      files: [active("cert"), active("key"), previous("cert"), previous("key")],
      run: (system, of) => swap(system, of, { ...swapOptions, newPair: given, keepPrevious: true }),
    },
    {
      name: "swap, key in another directory",
      paths: { certificate: "/d/cert.pem", key: "/k/key.pem" },
      files: [active("cert"), active("key", "/k")],
      run: swapGiven,
    },
    {
      name: "swap, through links",
      paths: { certificate: "/etc/cert.pem", key: "/etc/key.pem" },
      files: [active("cert"), active("key")],
      others: {
        "/etc/cert.pem": { link: "/d/cert.pem" },
        "/etc/key.pem": { link: "../d/key.pem" },
      },
      run: swapGiven,
    },
    {
      name: "rollback",
      paths,
      files: [active("cert"), active("key"), {
        ...previous("cert"),
        old: pemOf("cert", second),
        new: undefined,
      }, { ...previous("key"), old: pemOf("key", second), new: undefined }],
      run: (system, of) => rollback(system, of, { lockTimeout, keepPrevious: false }),
    },
    {
      name: "swap, a key with an access control list, backed up by a copy",
      paths: { ...paths, combined: "/d/combined.pem" },
      lacks: { links: true },
      files: [
        active("cert"),
        { ...active("key"), attributes: listedKeyAttributes },
        previous("cert"),
        previous("key"),
        {
          path: "/d/combined.pem",
          old: undefined,
          new: combinedOf(second),
          attributes: listedKeyAttributes,
        },
      ],
      run: (system, of) => swap(system, of, { ...swapOptions, newPair: given, keepPrevious: true }),
    },
    {
      name: "swap, in a directory with a default access control list",
      paths,
      // The certificate is readable by every user, and may have the list.
      files: [
        { path: paths.certificate, old: first.chainPem, new: second.chainPem },
        active("key"),
      ],
      others: { "/d/": { defaultList: "user:65534:r--,group::r--" } },
      run: swapGiven,
    },
    ...(["refused", "ignored"] as const).map((chmod) => ({
      name: `swap, on a file system without modes and hard links, chmod ${chmod}`,
      paths,
      files: [active("cert"), active("key"), previous("cert"), previous("key")]
        .map((file) => ({ ...file, attributes: givenAttributes })),
      lacks: { modes: { given: givenAttributes.mode, chmod }, links: true } as const,
      run: (system: System, of: PairPaths) =>
        swap(system, of, { ...swapOptions, newPair: given, keepPrevious: true }),
    })),
  ];
  return plots.map((plot) => toScenario(plot, cast));
}

/** Swaps with one rename refused after the commit: everything is undone, and a pending pair is removed. */
export function failingSwaps(cast: Cast): readonly FailingScenario[] {
  const refusals: readonly [string, string][] = [
    ["swap, replacing, in one go", "/d/.cert.pem.certswap.tmp"],
    ["swap, replacing, from the pending pair", "/d/.cert.pem.certswap.tmp"],
    ["swap, with a combined file", "/d/.cert.pem.certswap.tmp"],
    ["swap, keeping the previous", "/d/..key.pem.certswap.previous.certswap.tmp"],
    ["swap, key in another directory", "/d/.cert.pem.certswap.tmp"],
    [
      "swap, a key with an access control list, backed up by a copy",
      "/d/.cert.pem.certswap.tmp",
    ],
  ];
  const scenarios = deviceScenarios(cast);
  return refusals.map(([name, refused]) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    assert.ok(scenario !== undefined, name);
    return {
      scenario: { ...scenario, name: `${name}, ${refused} refused` },
      fault: ({ operation, path }) => {
        const isHit = path === refused && ["rename", "unlink"].includes(operation);
        return isHit ? { errno: "EPERM" } : "run";
      },
    };
  });
}

function toScenario(plot: Plot, cast: Cast): Scenario {
  const initial = stageSet(plot, cast);
  return {
    name: plot.name,
    initial,
    run: (system) => reportOf(() => plot.run(system, plot.paths)),
    recover: async (system) => void await recoverPair(system, plot.paths, { lockTimeout }),
    outcome: (disk) => outcomeOf(plot, disk),
    checkNothingLeft: (disk) => checkNothingLeft(plot, initial, disk),
    afterwards: async (system) => {
      const options = { ...swapOptions, newPair: later, trust: "/trust.pem" };
      const { proposal } = await swap(system, plot.paths, options);
      assert.ok(proposal.isChange, "the swap after it changed nothing");
    },
  };
}

function stageSet({ files, others = {}, lacks }: Plot, cast: Cast): Disk {
  const planted: Record<string, Planted | string> = {
    "/d/": {},
    "/new/cert.pem": cast.second.chainPem,
    "/new/key.pem": { content: cast.second.keyPem, attributes: { mode: 0o600 } },
    "/later/cert.pem": cast.third.chainPem,
    "/later/key.pem": { content: cast.third.keyPem, attributes: { mode: 0o600 } },
    "/trust.pem": cast.trust,
    "/d/cert.pem.bak": "the user's own",
    ...others,
  };
  for (const { path, old, attributes = {} } of files) {
    if (old !== undefined) planted[path] = { content: old, attributes };
  }
  const disk = plant(planted);
  return lacks === undefined ? disk : { ...disk, lacks };
}

/** What a command reports with its exit code. */
async function reportOf(
  run: () => Promise<{ readonly warnings: readonly unknown[] }>,
): Promise<Report> {
  try {
    return (await run()).warnings.length === 0 ? "succeeded" : "warned";
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return exitCodeFor(error) === 4 ? "unknown" : "failed";
  }
}

function outcomeOf({ files }: Plot, disk: Disk): Outcome {
  const seen = visibleFiles(disk);
  const states = files.map((expected) => {
    const file = seen.get(expected.path);
    assert.ok(file === undefined || typeof file === "object", `${expected.path} is not a file`);
    if (file !== undefined && expected.attributes !== undefined) {
      const { content: _content, inode: _inode, ...attributes } = file;
      assert.deepEqual(
        attributes,
        expected.attributes,
        `owner or mode of ${expected.path}`,
      );
    }
    return { expected, content: file?.content };
  });
  const holds = (text: string | undefined, content: number | undefined): boolean =>
    text === undefined ? content === undefined : content === internText(text);
  if (states.every(({ expected, content }) => holds(expected.new, content))) return "new";
  const isOld = states.every(({ expected, content }) => holds(expected.old, content));
  const withoutPending = states.every(({ expected, content }) =>
    expected.path.endsWith(".pending") ? content === undefined : holds(expected.old, content)
  );
  if (isOld || withoutPending) return "old";
  const found = states.map(({ expected, content }) =>
    `${expected.path}: ${
      holds(expected.new, content) ? "new" : holds(expected.old, content) ? "old" : "neither"
    }`
  );
  throw new Error(`neither old nor new but a mix: ${found.join(", ")}`);
}

/** Of certswap's files only its state directory is left, and no file of the user's is touched. */
function checkNothingLeft({ files }: Plot, initial: Disk, disk: Disk): void {
  const seen = visibleFiles(disk);
  const before = visibleFiles(initial);
  const own = ["", "cert.pem.lock", "cert.pem.state"].map((name) => `/d/.certswap/${name}`);
  const targets = files.map(({ path }) => path);
  const extra = [...seen.keys()].filter((path) =>
    !own.includes(path) && !targets.includes(path) && !before.has(path)
  );
  assert.deepEqual(extra, [], `left behind: ${extra.join()}`);
  for (const [path, was] of before) {
    if (!targets.includes(path)) assert.deepEqual(seen.get(path), was, `${path} was touched`);
  }
}

function pemOf(name: "cert" | "key", pair: TestPair): string {
  return name === "cert" ? pair.chainPem : pair.keyPem;
}

function attributesOf(name: "cert" | "key"): Attributes {
  return name === "cert" ? certificateAttributes : keyAttributes;
}

/** Attributes of the pending and the previous pair: only their owner has access. */
function copyAttributesOf(name: "cert" | "key"): Attributes {
  return name === "cert" ? certificateAttributes : { ...keyAttributes, mode: 0o600 };
}

function combinedOf({ chainPem, keyPem }: TestPair): string {
  const encoder = new TextEncoder();
  const chain = readCertificateFile(encoder.encode(chainPem));
  const key = readPrivateKeyFile(encoder.encode(keyPem));
  return new TextDecoder().decode(writeCombined(key, chain));
}

const internedTexts = new Map<string, number>();

function internText(text: string): number {
  const known = internedTexts.get(text);
  if (known !== undefined) return known;
  const id = intern(new TextEncoder().encode(text));
  internedTexts.set(text, id);
  return id;
}
