/** The steps of `ca rollover` as scenarios on the simulated disk, which has two CAs. */
import assert from "node:assert/strict";
import { createToken } from "../../../lib/ca/enrol/mod.ts";
import { check, init, isProblem, list, revoke, sign } from "../../../lib/ca/mod.ts";
import {
  cancelRollover,
  finishRollover,
  rolloverStatus,
  startRollover,
  switchBack,
  switchRollover,
} from "../../../lib/ca/rollover/mod.ts";
import { openStore } from "../../../lib/ca/store/mod.ts";
import type { RolloverPhase } from "../../../lib/ca/succession/mod.ts";
import { day, hour, type System } from "../../../lib/system/mod.ts";
import { peerCertificates } from "../../../lib/ca/hierarchy/mod.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { createRequest } from "../../../lib/x509/write/request.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import { fixedKeys } from "../../support/fixed_keys.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, plant, visibleFiles } from "../model/disk.ts";
import { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import { simulatedNow, simulatedSystem } from "../model/simulated_system.ts";
import type { Scenario } from "../model/walk.ts";

const oldDirectory = "/srv/old";
const nextDirectory = "/srv/next";

/** What a step leads to. */
interface Plot {
  readonly name: string;
  readonly initial: Disk;
  readonly run: (system: System) => Promise<{ readonly warnings: readonly unknown[] }>;
  readonly phase: RolloverPhase;
  /** How many certificates clients of the old data directory get in the end. */
  readonly served: number;
}

/** Every step of a rollover, on disks on which it can be made. */
export async function rolloverScenarios(): Promise<readonly Scenario[]> {
  const [oldKey, nextKey, leafKey] = await Promise.all([
    webCryptoKeys.generate("ecdsa-p256"),
    webCryptoKeys.generate("ecdsa-p384"),
    webCryptoKeys.generate("ecdsa-p256"),
  ]);
  const keys = fixedKeys({ "ecdsa-p256": oldKey, "ecdsa-p384": nextKey });
  const old = { dataDirectory: oldDirectory, lockTimeout: 0, keys };
  const next = { ...old, dataDirectory: nextDirectory };
  const terms = { subject: encodeDistinguishedName("CN=device"), alternativeNames: undefined };
  const request = writePem("CERTIFICATE REQUEST", await createRequest(terms, leafKey));
  const signLeaf = (system: System) =>
    sign(system, {
      ...old,
      requests: ["/req/device.csr"],
      validity: 90 * day,
      onBadRequest: "stop",
    });
  const start = (system: System) =>
    startRollover(system, {
      ...old,
      next: nextDirectory,
      subject: "CN=Root G2",
      keyType: "ecdsa-p384",
      validity: 3650 * day,
      store: undefined,
      built: undefined,
      crossFile: undefined,
    });
  const after = async (
    disk: Disk,
    hoursAgo: number,
    work: (system: System) => Promise<unknown>,
  ): Promise<Disk> => {
    const files = new SimulatedFileSystem(disk);
    await work(simulatedSystem(files, new Date(simulatedNow.getTime() - hoursAgo * hour)));
    return files.disk;
  };
  const empty = plant({
    "/srv/": {},
    "/req/device.csr": request,
    "/req/user.pem": "the user's own",
  });
  const alone = await after(empty, 9, async (system) => {
    const root = { subject: "CN=Root", keyType: "ecdsa-p256", validity: 3650 * day } as const;
    await init(system, { ...old, ...root, built: undefined });
    await signLeaf(system);
    const token = { names: undefined, profile: undefined, validity: 30 * day };
    await createToken(system, { ...old, ...token });
  });
  const started = await after(alone, 8, start);
  const switched = await after(started, 7, (system) => switchRollover(system, old));
  const moved = await after(switched, 6, signLeaf);
  const unused = await after(switched, 6, (system) => switchBack(system, old));
  const end = { ...old, leaveBehind: undefined };
  const plots: readonly Plot[] = [
    { name: "ca rollover start", initial: alone, run: start, phase: "started", served: 4 },
    {
      name: "ca rollover switch",
      initial: started,
      run: (system) => switchRollover(system, old),
      phase: "switched",
      served: 4,
    },
    {
      name: "ca rollover switch --back",
      initial: moved,
      run: (system) => switchBack(system, old),
      phase: "started",
      served: 4,
    },
    {
      name: "ca rollover finish",
      initial: moved,
      run: (system) => finishRollover(system, end),
      phase: "finished",
      served: 1,
    },
    {
      name: "ca rollover cancel",
      initial: unused,
      run: (system) => cancelRollover(system, { ...end, isNextLost: false }),
      phase: "cancelled",
      served: 1,
    },
  ];
  return await Promise.all(plots.map(async (plot): Promise<Scenario> => {
    const { name, initial } = plot;
    const files = new SimulatedFileSystem(initial);
    await plot.run(simulatedSystem(files));
    const wanted = caFiles(files.disk);
    const known = new Set([...wanted.keys(), ...caFiles(initial).keys()]);
    return {
      name,
      initial,
      run: async (system) =>
        (await plot.run(system)).warnings.length === 0 ? "succeeded" : "warned",
      async recover(system) {
        for (const options of [old, next]) {
          try {
            await revoke(system, { ...options, serial: "ffff", reason: "unspecified" });
          } catch (error) {
            const expected = ["serial-not-found", "ca-not-initialized"];
            if (!expected.includes((error as { code?: string }).code ?? "")) throw error;
          }
        }
      },
      outcome: (disk) => areEqual(caFiles(disk), wanted) ? "new" : "old",
      checkNothingLeft(disk) {
        const extra = [...caFiles(disk).keys()].filter((path) => !known.has(path));
        assert.deepEqual(extra, [], "left behind");
        assert.equal(textOf(disk, "/req/user.pem"), "the user's own");
        for (const [path, file] of visibleFiles(disk)) {
          const isKey = path.includes("ca.key") && typeof file === "object";
          if (isKey) assert.equal(file.mode & 0o077, 0, `${path} can be read by others`);
        }
      },
      async afterwards(system) {
        // The same command leads to the end.
        await plot.run(system);
        const status = await rolloverStatus(system, old);
        assert.equal(status?.record.phase, plot.phase);
        const { certificates } = await peerCertificates(system, old);
        assert.equal(certificates.length, plot.served);
        const isEnded = plot.phase === "cancelled";
        for (const options of [old, next]) {
          const { findings, outlook } = await check(system, options);
          assert.deepEqual(findings.filter(isProblem), []);
          assert.equal(outlook.outcome, "clean");
          const crosses = (await list(system, options)).certificates
            .filter(({ record: { subject } }) => subject !== "CN=device");
          assert.equal(crosses.length, 1, "each root certifies the other one once");
          assert.equal(crosses[0]?.status, isEnded ? "revoked" : "active");
        }
        const isNext = plot.phase === "switched" || plot.phase === "finished";
        const tokens = await Promise.all(
          [old, next].map(async (one) =>
            (await (await openStore(system, one)).enrolments("token")).size
          ),
        );
        assert.deepEqual(tokens, isNext ? [0, 1] : [1, 0], "the secret is with the CA that issues");
        const { issued: [leaf] } = await signLeaf(system);
        assert.ok(leaf?.path.startsWith(isNext ? nextDirectory : oldDirectory));
      },
    };
  }));
}

type CaFiles = ReadonlyMap<string, string>;

/** The files of both CAs, without state directories. */
function caFiles(disk: Disk): CaFiles {
  const found = new Map<string, string>();
  for (const [path, file] of visibleFiles(disk)) {
    const isCa = [oldDirectory, nextDirectory].some((directory) =>
      path.startsWith(`${directory}/`)
    );
    if (!isCa || path.endsWith("/") || path.includes("/.certswap/")) continue;
    found.set(path, typeof file === "object" ? bytesOf(file.content).toHex() : file);
  }
  return found;
}

function textOf(disk: Disk, path: string): string | undefined {
  const file = visibleFiles(disk).get(path);
  return typeof file === "object" ? new TextDecoder().decode(bytesOf(file.content)) : file;
}

function areEqual(a: CaFiles, b: CaFiles): boolean {
  return a.size === b.size && [...a].every(([path, content]) => b.get(path) === content);
}
