/** The commands of a device whose key or certificate is on a disk of its own, which may be missing. */
import assert from "node:assert/strict";
import { recoverPair, rollback, stage, swap, type SwapOptions } from "../../../lib/device/mod.ts";
import { decodeState } from "../../../lib/device/pair/state_reader.ts";
import { CertswapError, type System } from "../../../lib/system/mod.ts";
import type { TestPair } from "../../support/pairs.ts";
import { bytesOf } from "../model/contents.ts";
import {
  type Disk,
  plant,
  rootDevice,
  type Seen,
  type SeenKind,
  visibleFiles,
} from "../model/disk.ts";
import { isMounted, mounted, namesBelow, unmounted, withFileSystem } from "../model/mounts.ts";
import { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import { simulatedSystem } from "../model/simulated_system.ts";
import type { Outcome, Report, Scenario } from "../model/walk.ts";
import type { Cast } from "./device_plot.ts";

const lockTimeout = 0;
const paths = { certificate: "/d/cert.pem", key: "/k/key.pem" };
const files = {
  active: paths,
  pending: { certificate: "/d/.cert.pem.certswap.pending", key: "/k/.key.pem.certswap.pending" },
  previous: { certificate: "/d/.cert.pem.certswap.previous", key: "/k/.key.pem.certswap.previous" },
};
const given = { certificate: "/new/cert.pem", key: "/new/key.pem" };
const later = { certificate: "/later/cert.pem", key: "/later/key.pem" };
const options: SwapOptions & { lockTimeout: number } = {
  lockTimeout,
  keepPrevious: false,
  allowIdentityChange: false,
  allowOlder: false,
};

/** A disk that is missing at the next start, with its device numbers before and after. */
interface MissingDisk {
  readonly mountPoint: "/k" | "/d";
  readonly numbers: readonly [number, number];
}

const disks: readonly MissingDisk[] = [
  { mountPoint: "/k", numbers: [7, 8] },
  { mountPoint: "/d", numbers: [7, 8] },
  // A bind mount of the file system that holds the certificate.
  { mountPoint: "/k", numbers: [rootDevice, rootDevice] },
];

/** Which pair is where. */
type Place = Readonly<Partial<Record<keyof typeof files, TestPair>>>;

interface Plot {
  readonly name: string;
  /** What certswap did before: this is what it knows about the pair. */
  readonly before: (system: System) => Promise<unknown>;
  readonly run: (system: System) => Promise<{ readonly warnings: readonly unknown[] }>;
  readonly old: Place;
  readonly new: Place;
}

/** Every command that changes a pair on two disks, without either of them. */
export async function mountScenarios(cast: Cast): Promise<readonly Scenario[]> {
  const { first, second } = cast;
  const swapGiven = (system: System, newPair = given): ReturnType<typeof swap> =>
    swap(system, paths, { ...options, newPair });
  const plots: readonly Plot[] = [
    {
      name: "swap, first pair",
      before: () => Promise.resolve(),
      run: (system) => swapGiven(system),
      old: {},
      new: { active: second },
    },
    {
      name: "stage",
      before: activateFirst,
      run: (system) => stage(system, paths, { ...options, newPair: given }),
      old: { active: first },
      new: { active: first, pending: second },
    },
    {
      name: "swap, replacing, in one go",
      before: activateFirst,
      run: (system) => swapGiven(system),
      old: { active: first },
      new: { active: second },
    },
    {
      name: "swap, from the pending pair, keeping the previous",
      before: async (system) => {
        await activateFirst(system);
        await stage(system, paths, { ...options, newPair: given });
      },
      run: (system) => swap(system, paths, { ...options, keepPrevious: true }),
      old: { active: first, pending: second },
      new: { active: second, previous: first },
    },
    {
      name: "rollback",
      before: async (system) => {
        await activateFirst(system);
        await swap(system, paths, { ...options, newPair: given, keepPrevious: true });
      },
      run: (system) => rollback(system, paths, { lockTimeout, keepPrevious: false }),
      old: { active: second, previous: first },
      new: { active: first },
    },
  ];
  return await Promise.all(
    plots.flatMap((plot) => disks.map((disk) => toScenario(plot, { cast, ...disk }))),
  );
}

async function activateFirst(system: System): Promise<void> {
  const newPair = { certificate: "/first/cert.pem", key: "/first/key.pem" };
  await swap(system, paths, { ...options, newPair });
}

/** The disk with everything on it durable. */
function settled(disk: Disk): Disk {
  const nodes = new Map(disk.nodes);
  for (const [inode, node] of disk.nodes) {
    if (node.kind !== "directory") continue;
    nodes.set(inode, { ...node, durableNames: node.names, pending: [] });
  }
  return { ...disk, nodes };
}

async function toScenario(
  plot: Plot,
  { cast, mountPoint, numbers }: MissingDisk & { readonly cast: Cast },
): Promise<Scenario> {
  const { first, second, third } = cast;
  const pem = (name: string, pair: TestPair) => ({
    [`/${name}/cert.pem`]: pair.chainPem,
    [`/${name}/key.pem`]: { content: pair.keyPem, attributes: { mode: 0o600 } },
  });
  const empty = withFileSystem(
    plant({
      "/d/": {},
      "/k/": {},
      ...pem("first", first),
      ...pem("new", second),
      ...pem("later", third),
    }),
    mountPoint,
    numbers[0],
  );
  const system = simulatedSystem(new SimulatedFileSystem(empty));
  await plot.before(system);
  const initial = settled((system.files as SimulatedFileSystem).disk);
  return {
    name: `${plot.name}, and a recovery without ${mountPoint}${
      numbers[0] === rootDevice ? ", a bind mount" : ""
    }`,
    initial,
    run: (system) => reportOf(() => plot.run(system)),
    recover: (system) => recoverWithoutDisk(system, { mountPoint, numbers }),
    outcome: (disk) => outcomeOf(disk, plot),
    checkNothingLeft: (disk) => checkNothingLeft(disk, mountPoint),
    afterwards: async (system) => {
      const { proposal } = await swap(system, paths, { ...options, newPair: later });
      assert.ok(proposal.isChange, "the swap after it changed nothing");
      const simulated = system.files as SimulatedFileSystem;
      // By now the pair is known on both disks: without one of them every command refuses.
      simulated.exchange(unmounted(simulated.disk, mountPoint));
      await assert.rejects(swap(system, paths, { ...options, newPair: given }), {
        code: "not-mounted",
      });
    },
  };
}

/** The disk is missing at the first start, and mounted at the second, with another device number. */
async function recoverWithoutDisk(
  system: System,
  { mountPoint, numbers }: MissingDisk,
): Promise<void> {
  const simulated = system.files as SimulatedFileSystem;
  simulated.exchange(unmounted(simulated.disk, mountPoint));
  const isKnown = knows(simulated.disk, mountPoint);
  const commands = [
    () => recoverPair(system, paths, { lockTimeout }),
    () => swap(system, paths, options),
    () => rollback(system, paths, { lockTimeout, keepPrevious: false }),
    // If no pair is known yet, a first one may be written there.
    ...(isKnown
      ? [
        () => stage(system, paths, { ...options, newPair: later }),
        () => swap(system, paths, { ...options, newPair: later }),
      ]
      : []),
  ];
  for (const command of commands) {
    try {
      await command();
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
    }
    if (isKnown) checkNothingBelow(simulated.disk, mountPoint);
  }
  simulated.exchange(mounted(simulated.disk, mountPoint, numbers[1]));
  await recoverPair(system, paths, { lockTimeout });
}

/** Whether the remaining disk has a record of a complete pair, or of one that is being completed. */
function knows(disk: Disk, mountPoint: string): boolean {
  const seen = visibleFiles(disk);
  const path = mountPoint === "/k" ? "/d/.certswap/cert.pem.state" : "/k/.key.pem.certswap.known";
  const file = seen.get(path);
  if (typeof file !== "object") return false;
  if (mountPoint === "/d") {
    return new TextDecoder().decode(bytesOf(file.content)).includes(": true");
  }
  const state = decodeState(bytesOf(file.content), new Date(0))?.state;
  return state?.lastChange !== undefined && state.lastKnown !== undefined;
}

function checkNothingBelow(disk: Disk, mountPoint: string): void {
  const below = namesBelow(disk, mountPoint);
  assert.deepEqual(below, [], `written under the mount point: ${below.join()}`);
}

async function reportOf(
  run: () => Promise<{ readonly warnings: readonly unknown[] }>,
): Promise<Report> {
  try {
    return (await run()).warnings.length === 0 ? "succeeded" : "warned";
  } catch (error) {
    return error instanceof CertswapError && error.code !== "outcome-unknown"
      ? "failed"
      : "unknown";
  }
}

function outcomeOf(disk: Disk, plot: Plot): Outcome {
  const seen = visibleFiles(disk);
  const holds = (place: Place): boolean =>
    Object.entries(files).every(([name, { certificate, key }]) => {
      const pair = place[name as keyof typeof files];
      return textOf(seen.get(certificate)) === pair?.chainPem &&
        textOf(seen.get(key)) === pair?.keyPem;
    });
  if (holds(plot.new)) return "new";
  if (holds(plot.old)) return "old";
  throw new Error("neither old nor new but a mix");
}

function textOf(seen: Seen | SeenKind | undefined): string | undefined {
  return typeof seen === "object" ? new TextDecoder().decode(bytesOf(seen.content)) : undefined;
}

function checkNothingLeft(disk: Disk, mountPoint: string): void {
  assert.ok(isMounted(disk, mountPoint));
  const left = [...visibleFiles(disk).keys()].filter((path) => /\.(?:tmp|bak|journal)$/.test(path));
  assert.deepEqual(left, [], `left behind: ${left.join()}`);
}
