import assert from "node:assert/strict";
import { type PairPaths, rollback, stage, swap } from "../../../lib/device/mod.ts";
import type { Attributes, System } from "../../../lib/system/mod.ts";
import { readCertificateFile, readPrivateKeyFile, writeCombined } from "../../../lib/x509/mod.ts";
import type { TestPair } from "../../support/pairs.ts";
import type { FileAttributes } from "../model/disk.ts";
import type { Scenario } from "../model/walk.ts";
import {
  type Cast,
  type Expected,
  lockTimeout,
  type Plot,
  swapOptions,
  toScenario,
} from "./device_plot.ts";
import type { FailingScenario } from "./transaction_scenarios.ts";

/*
 * The commands of a device, with real pairs, on the simulated disk.
 */

/** Owner and modes as a package may set them: different from those of a new file. */
export const certificateAttributes: Attributes = { uid: 33, gid: 34, mode: 0o644 };
/** Those of the key. */
export const keyAttributes: Attributes = { uid: 33, gid: 34, mode: 0o640 };

/** A key that one user and two groups may read, but not its own group. */
const listedKeyAttributes: FileAttributes = {
  ...keyAttributes,
  list: "user:65534:r--,group::---,group:35:r--,group:36:r--",
};

/** The attributes on a file system without modes, mounted with umask=077 for uid 0. */
const givenAttributes: Attributes = { uid: 0, gid: 0, mode: 0o700 };

/** The files of a new pair. */
export const given = { certificate: "/new/cert.pem", key: "/new/key.pem" };
const paths: PairPaths = { certificate: "/d/cert.pem", key: "/d/key.pem" };
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

/** Key and chain in one file. */
export function combinedOf({ chainPem, keyPem }: TestPair): string {
  const encoder = new TextEncoder();
  const chain = readCertificateFile(encoder.encode(chainPem));
  const key = readPrivateKeyFile(encoder.encode(keyPem));
  return new TextDecoder().decode(writeCombined(key, chain));
}
