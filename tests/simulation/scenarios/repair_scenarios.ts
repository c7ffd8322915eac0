import assert from "node:assert/strict";
import { exitCode, exitCodeOf } from "../../../lib/cli/exit_code.ts";
import { decodeState } from "../../../lib/device/pair/state_reader.ts";
import type { PairState } from "../../../lib/device/pair/state.ts";
import type { RotationResult } from "../../../lib/device/rotation/mod.ts";
import type { Attributes, System } from "../../../lib/system/mod.ts";
import { readCertificateFile, readPrivateKeyFile, writeCombined } from "../../../lib/x509/mod.ts";
import {
  beginning,
  configured,
  day,
  ended,
  reloads,
  RotationWorld,
  servedPath,
} from "../../support/rotation_world.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, visibleFiles } from "../model/disk.ts";
import type { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import type { Report, Scenario } from "../model/walk.ts";
import { type Cast, type Expected, type Plot, toScenario } from "./device_plot.ts";
import { output } from "./output_scenarios.ts";
import type { RotationCast } from "./rotation_scenarios.ts";

/*
 * A rotation with nothing due that repairs what is made from the pair: in one transaction, and then the
 * service is told.
 */

const certificateAttributes: Attributes = { uid: 33, gid: 34, mode: 0o644 };
const keyAttributes: Attributes = { uid: 33, gid: 34, mode: 0o640 };
const statePath = "/tls/.certswap/cert.pem.state";

/** Every repair, as scenarios. */
export function repairScenarios(cast: Cast, rotation: RotationCast): readonly Scenario[] {
  const { old } = rotation;
  const chain = readCertificateFile(encode(old.certificate));
  const both = new TextDecoder().decode(writeCombined(readPrivateKeyFile(encode(old.key)), chain));
  const paths = configured.paths;
  const pair = (key = keyAttributes): readonly Expected[] => [
    {
      path: paths.certificate,
      old: old.certificate,
      new: old.certificate,
      attributes: certificateAttributes,
    },
    {
      path: paths.key,
      old: old.key,
      new: old.key,
      oldAttributes: keyAttributes,
      attributes: key,
    },
  ];
  const plots: readonly (Pick<Plot, "name" | "paths" | "files">)[] = [
    {
      name: "repair of a missing output, and of one with another pair",
      paths: { ...paths, outputs: [output("both", "/tls"), output("leaf", "/tls")] },
      files: [
        ...pair(),
        { path: "/tls/web.both", old: undefined, new: both, attributes: keyAttributes },
        {
          path: "/tls/web.leaf",
          old: cast.first.certificateDer,
          new: chain.leaf.der,
          attributes: certificateAttributes,
        },
      ],
    },
    {
      name: "repair of a combined file with another pair",
      paths: { ...paths, combined: "/tls/both.pem" },
      files: [
        ...pair(),
        {
          path: "/tls/both.pem",
          old: cast.first.chainPem + cast.first.keyPem,
          new: both,
          attributes: keyAttributes,
        },
      ],
    },
    {
      name: "repair of owners and modes",
      paths: {
        ...paths,
        rights: { certificate: {}, key: { owner: { name: "web", id: 50 }, mode: 0o600 } },
      },
      files: pair({ uid: 50, gid: 34, mode: 0o600 }),
    },
  ];
  return plots.map((plot) => toRepair(plot, cast, rotation));
}

function toRepair(
  { name, paths, files }: Pick<Plot, "name" | "paths" | "files">,
  cast: Cast,
  { signer, old }: RotationCast,
): Scenario {
  const { leaf } = readCertificateFile(encode(old.certificate));
  const rotate = async (system: System, days: number): Promise<RotationResult> => {
    const world = new RotationWorld(signer, system.files as SimulatedFileSystem);
    world.configuration = { ...configured, paths, probes: [] };
    world.now = new Date(beginning.getTime() + days * day);
    world.issuer = () => ended(1);
    world.hook = reloads;
    return await world.rotate();
  };
  const base = toScenario({
    name,
    paths,
    files,
    home: paths.certificate,
    others: {
      "/tls/": {},
      "/trust.pem": { content: signer.trust },
      "/tls/.certswap/": { attributes: { mode: 0o700 } },
    },
    changes: {
      "/tls/.certswap/cert.pem.rotation.lock": undefined,
      [statePath]: { content: old.state, attributes: { mode: 0o600 } },
      [servedPath]: { content: "what it read before" },
    },
    run: () => Promise.reject(new Error("is run below")),
  }, cast);
  /** Either the service was told, or it is recorded that it must be. */
  const checkNothingForgotten = (disk: Disk): void => {
    if (stateOf(disk).owed?.hook === true) return;
    assert.deepEqual(contentOf(disk, servedPath), leaf.der, "the service was not told");
  };
  return {
    ...base,
    run: async (system) => reportOf(await rotate(system, 10)),
    outcome: (disk) => {
      const outcome = base.outcome(disk);
      if (outcome === "new") checkNothingForgotten(disk);
      return outcome;
    },
    afterwards: async (system) => {
      await rotate(system, 12);
      const { disk } = system.files as SimulatedFileSystem;
      assert.equal(base.outcome(disk), "new", "the run after it repaired nothing");
      assert.equal(stateOf(disk).owed, undefined);
      assert.deepEqual(contentOf(disk, servedPath), leaf.der, "the service was not told");
      assert.equal((await rotate(system, 12.5)).outcome, "idle", "there is still something to do");
    },
  };
}

function reportOf(result: RotationResult): Report {
  if (exitCodeOf(result) === exitCode.needsPerson) return "unknown";
  if ((result.repaired ?? []).length === 0) return "failed";
  const isWell = result.outcome === "repaired" && result.warnings.length === 0;
  return isWell ? "succeeded" : "warned";
}

function stateOf(disk: Disk): PairState {
  const decoded = decodeState(contentOf(disk, statePath) ?? new Uint8Array(), new Date(0));
  assert.ok(decoded !== undefined, "the state file is corrupt");
  return decoded.state;
}

function contentOf(disk: Disk, path: string): Uint8Array | undefined {
  const file = visibleFiles(disk).get(path);
  return typeof file === "object" ? bytesOf(file.content) : undefined;
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
