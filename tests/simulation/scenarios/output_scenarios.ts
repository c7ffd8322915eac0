import type { Account } from "../../../lib/device/accounts/mod.ts";
import { type PairPaths, rollback, swap } from "../../../lib/device/mod.ts";
import type { OutputSpec } from "../../../lib/device/pair/outputs/mod.ts";
import type { Attributes, System } from "../../../lib/system/mod.ts";
import { readCertificateFile, writePem } from "../../../lib/x509/mod.ts";
import type { TestPair } from "../../support/pairs.ts";
import type { Planted } from "../model/disk.ts";
import type { Mode } from "../model/power_cut.ts";
import type { Scenario } from "../model/walk.ts";
import {
  type Cast,
  type Expected,
  lockTimeout,
  makeCast,
  type Plot,
  swapOptions,
  toScenario,
} from "./device_plot.ts";
import { certificateAttributes, combinedOf, given, keyAttributes } from "./device_scenarios.ts";
import { holdsPair, password, sealed, withFixedSalts } from "./opened_pkcs12.ts";

/*
 * What a pair is delivered in besides its two files: outputs, a combined file as its only home, and owners
 * and modes that the configuration demands.
 */

/** The pairs of the scenarios, and a PKCS#12 file with the first. */
export interface OutputCast extends Cast {
  readonly firstSealed: Uint8Array;
}

/** Makes the pairs. */
export async function makeOutputCast(): Promise<OutputCast> {
  const cast = await makeCast();
  return { ...cast, firstSealed: await sealed(cast.first) };
}

/** A scenario, and in which modes it is walked in which time. */
export interface SampledScenario {
  readonly scenario: Scenario;
  /** In which modes tests walk it. */
  readonly inTests: readonly Mode[];
  /** In which modes all scenarios are walked: of many files, in any order, only if it is named. */
  readonly inAll: readonly Mode[];
}

const both: readonly Mode[] = ["ordered", "adversarial"];
const ordered: readonly Mode[] = ["ordered"];

const passwordFile = "/secret/password";
const secrets: Readonly<Record<string, Planted>> = {
  [passwordFile]: { content: `${password}\n`, attributes: { mode: 0o600 } },
};
const ownRights: Attributes = { uid: 0, gid: 0, mode: 0o600 };
const publicRights: Attributes = { uid: 0, gid: 0, mode: 0o644 };
const outputRights: Attributes = { uid: 41, gid: 42, mode: 0o640 };

const paths: PairPaths = { certificate: "/d/cert.pem", key: "/d/key.pem" };
const home: PairPaths = { certificate: "/d/web.pem", key: "/d/web.pem", shape: "combined" };

type Kind = "chain" | "leaf" | "both" | "sealed";

const specs: Readonly<Record<Kind, Omit<OutputSpec, "path" | "rights" | "profile">>> = {
  chain: { contains: ["chain"], format: "pem" },
  leaf: { contains: ["certificate"], format: "der" },
  both: { contains: ["key", "chain"], format: "pem" },
  sealed: { contains: ["key", "chain"], format: "pkcs12", passwordFile },
};

/** One output in this directory. */
export function output(kind: Kind, directory: string): OutputSpec {
  const path = `${directory}/web.${kind}`;
  return { ...specs[kind], path, rights: {}, profile: "modern" };
}

const kinds: readonly Kind[] = ["chain", "leaf", "both", "sealed"];

/** The four outputs of a pair, all in one directory. */
const four = (directory: string): readonly OutputSpec[] =>
  kinds.map((kind) => output(kind, directory));

/** All but the PKCS#12 file, whose keys take long to derive. */
const three = (directory: string): readonly OutputSpec[] =>
  four(directory).filter(({ format }) => format !== "pkcs12");

/** What an output with this pair holds. */
export function outputText(kind: Exclude<Kind, "sealed">, pair: TestPair): string | Uint8Array {
  if (kind === "both") return combinedOf(pair);
  if (kind === "leaf") return pair.certificateDer;
  return chainOf(pair);
}

function chainOf({ chainPem }: TestPair): string {
  const { leaf, chain } = readCertificateFile(new TextEncoder().encode(chainPem));
  return [leaf, ...chain].map(({ der }) => writePem("CERTIFICATE", der)).join("");
}

const keyOf = ({ pkcs8 }: TestPair): string => writePem("PRIVATE KEY", pkcs8);

const account = (name: string, id: number): Account => ({ name, id });

/** A combined file that is the pair's only home. */
const inHome = (from: TestPair, to: TestPair): Expected => ({
  path: "/d/web.pem",
  old: combinedOf(from),
  new: combinedOf(to),
  attributes: keyAttributes,
});

const active = (
  { first, second }: Cast,
  { from = first, attributes }: {
    readonly from?: TestPair | undefined;
    readonly attributes?: readonly [certificate: Attributes, key: Attributes];
  } = {},
): readonly Expected[] => {
  const [certificate, key] = attributes ?? [certificateAttributes, keyAttributes];
  return [
    { path: "/d/cert.pem", old: from.chainPem, new: second.chainPem, attributes: certificate },
    { path: "/d/key.pem", old: from.keyPem, new: second.keyPem, attributes: key },
  ];
};

const firstActive = ({ second }: Cast): readonly Expected[] => [
  { path: "/d/cert.pem", old: undefined, new: second.chainPem, attributes: publicRights },
  { path: "/d/key.pem", old: undefined, new: second.keyPem, attributes: ownRights },
];

/** The previous pair, kept beside a combined file. */
const keptOf = (pair: TestPair): Readonly<Record<"certificate" | "key", Expected>> => {
  const attributes = { ...keyAttributes, mode: 0o600 };
  const path = "/d/.web.pem.certswap.previous";
  return {
    certificate: { path, old: undefined, new: chainOf(pair), attributes },
    key: { path: `${path}key`, old: undefined, new: keyOf(pair), attributes },
  };
};

/** A file that is used up. */
const reversed = (file: Expected): Expected => ({ ...file, old: file.new, new: file.old });

/** Every command that changes the files made from a pair. */
export function outputScenarios(cast: OutputCast): readonly SampledScenario[] {
  const { first, second, firstSealed } = cast;
  const held = (kind: Kind, pair: TestPair): Expected["new"] =>
    kind === "sealed" ? holdsPair(pair) : outputText(kind, pair);
  const replaced = (directory: string): readonly Expected[] =>
    kinds.map((kind) => ({
      path: `${directory}/web.${kind}`,
      old: kind === "sealed" ? { ...holdsPair(first), planted: firstSealed } : held(kind, first),
      new: held(kind, second),
      attributes: outputRights,
    }));
  /** Those with the key are like the key's file. */
  const created = (directory: string, key: Attributes): readonly Expected[] =>
    kinds.map((kind) => ({
      path: `${directory}/web.${kind}`,
      old: undefined,
      new: held(kind, second),
      attributes: ["both", "sealed"].includes(kind) ? key : publicRights,
    }));
  const swapGiven = (system: System, of: PairPaths): ReturnType<typeof swap> =>
    withFixedSalts(() => swap(system, of, { ...swapOptions, newPair: given, trust: "/trust.pem" }));
  const swapKeeping = (system: System, of: PairPaths): ReturnType<typeof swap> =>
    swap(system, of, { ...swapOptions, newPair: given, keepPrevious: true });
  const withOutputs = (directory: string): Pick<Plot, "paths" | "opens" | "others"> => ({
    paths: { ...paths, outputs: four(directory) },
    opens: [`${directory}/web.sealed`],
    others: { ...secrets, "/o/": {} },
  });
  const plots: readonly (Plot & Partial<SampledScenario>)[] = [
    {
      ...withOutputs("/d"),
      name: "swap, first pair, with four outputs",
      files: [...firstActive(cast), ...created("/d", ownRights)],
      afterwardsAs: { ...paths, outputs: three("/d") },
      run: swapGiven,
      inAll: ordered,
    },
    {
      ...withOutputs("/d"),
      name: "swap, replacing, with four outputs",
      files: [...active(cast), ...replaced("/d")],
      recoverAs: paths,
      afterwardsAs: { ...paths, outputs: three("/d") },
      run: swapGiven,
      inAll: ordered,
    },
    {
      ...withOutputs("/o"),
      name: "swap, replacing, with four outputs in another directory",
      inTests: [],
      files: [...active(cast), ...replaced("/o")],
      afterwardsAs: { ...paths, outputs: three("/o") },
      run: swapGiven,
      inAll: ordered,
    },
    {
      ...withOutputs("/o"),
      name: "swap, replacing, with four outputs in another directory that only it is told",
      inTests: [],
      files: [...active(cast), ...created("/o", keyAttributes)],
      recoverAs: paths,
      afterwardsAs: paths,
      run: swapGiven,
      inAll: ordered,
    },
    {
      name: "swap, with one output that only it is told",
      paths: { ...paths, outputs: [output("both", "/o")] },
      others: { "/o/": {} },
      files: [
        ...active(cast),
        ...created("/o", keyAttributes).filter(({ path }) => path === "/o/web.both"),
      ],
      recoverAs: paths,
      run: swapGiven,
    },
    {
      name: "swap, first pair, in a combined file only",
      inTests: both,
      paths: home,
      home: "/d/web.pem",
      files: [{
        path: "/d/web.pem",
        old: undefined,
        new: combinedOf(second),
        attributes: ownRights,
      }],
      run: swapGiven,
    },
    {
      name: "swap, replacing, in a combined file only",
      inTests: both,
      paths: home,
      home: "/d/web.pem",
      files: [inHome(first, second)],
      run: swapGiven,
    },
    {
      name: "swap, in a combined file only, keeping the previous",
      paths: { ...home, outputs: [output("leaf", "/d")] },
      home: "/d/web.pem",
      files: [
        inHome(first, second),
        keptOf(first).certificate,
        keptOf(first).key,
        ...replaced("/d").filter(({ path }) => path === "/d/web.leaf"),
      ],
      recoverAs: home,
      run: swapKeeping,
    },
    {
      name: "rollback, in a combined file only",
      paths: home,
      home: "/d/web.pem",
      files: [
        inHome(first, second),
        reversed(keptOf(second).certificate),
        reversed(keptOf(second).key),
      ],
      run: (system, of) => rollback(system, of, { lockTimeout, keepPrevious: false }),
    },
    {
      name: "swap, of a pair that is only in its combined file, keeping the previous",
      paths: { ...paths, combined: "/d/both.pem" },
      files: [
        ...firstActive(cast),
        {
          path: "/d/both.pem",
          old: combinedOf(first),
          new: combinedOf(second),
          attributes: keyAttributes,
        },
        {
          path: "/d/.cert.pem.certswap.previous",
          old: undefined,
          new: first.chainPem,
          attributes: ownRights,
        },
        {
          path: "/d/.key.pem.certswap.previous",
          old: undefined,
          new: first.keyPem,
          attributes: ownRights,
        },
      ],
      run: swapKeeping,
    },
    {
      name: "swap, of the same pair, to other owners and modes",
      paths: {
        ...paths,
        rights: {
          certificate: { group: account("tls", 51), mode: 0o640 },
          key: { owner: account("root", 0), group: account("tls", 51), mode: 0o640 },
        },
        outputs: [{
          ...output("both", "/d"),
          rights: { owner: account("web", 50), mode: 0o600 },
        }],
      },
      files: [
        {
          path: "/d/cert.pem",
          old: second.chainPem,
          new: second.chainPem,
          oldAttributes: certificateAttributes,
          attributes: { uid: 33, gid: 51, mode: 0o640 },
        },
        {
          path: "/d/key.pem",
          old: second.keyPem,
          new: second.keyPem,
          oldAttributes: keyAttributes,
          attributes: { uid: 0, gid: 51, mode: 0o640 },
        },
        {
          path: "/d/web.both",
          old: combinedOf(second),
          new: combinedOf(second),
          oldAttributes: outputRights,
          attributes: { uid: 50, gid: 42, mode: 0o600 },
        },
      ],
      recoverAs: paths,
      run: swapGiven,
    },
  ];
  return plots.map(({ inAll = both, inTests = ordered, ...plot }) => ({
    scenario: toScenario(plot, cast),
    inAll,
    inTests,
  }));
}
