/** The commands of the CA as scenarios on the simulated disk. */
import assert from "node:assert/strict";
import {
  CaNotInitializedError,
  check,
  generateCrl,
  init,
  isProblem,
  raiseSerial,
  repair,
  revoke,
  SerialNotFoundError,
  sign,
} from "../../../lib/ca/mod.ts";
import { DuplicateWarning } from "../../../lib/ca/errors.ts";
import { exitCodeFor } from "../../../lib/cli/exit_code.ts";
import { day, syncDirectory, type System } from "../../../lib/system/mod.ts";
import { readCrlFile } from "../../../lib/x509/read/crl.ts";
import { createRequest } from "../../../lib/x509/write/request.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { type KeySource, webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import { fixedKeys } from "../../support/fixed_keys.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, plant, type Seen, type SeenKind, visibleFiles } from "../model/disk.ts";
import { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import { simulatedNow, simulatedSystem } from "../model/simulated_system.ts";
import type { FailingScenario } from "./transaction_scenarios.ts";
import type { Outcome, Report, Scenario } from "../model/walk.ts";

/*
 * After the recovery of each walk, every invariant of a CA is checked, by the CA's own `check` and by running
 * further commands.
 */

/** Input for the scenarios: requests to sign, and keys that make the same signatures every time. */
export interface CaCast {
  readonly keys: KeySource;
  /** PEM. */
  readonly requests: readonly string[];
  /** A disk with a CA that has issued 02 and 03, revoked 02 and issued a CRL. */
  readonly grown: Disk;
  /** A backup of it from before the second certificate, and in /field what was issued since. */
  readonly restored: Disk;
  /** A disk without a CA. */
  readonly bare: Disk;
}

/** One command that changes a CA. */
interface Plot {
  readonly name: string;
  readonly initial: Disk;
  readonly run: (system: System, options: Options) => Promise<Changed>;
}

interface Options {
  readonly dataDirectory: string;
  readonly lockTimeout: number;
  readonly keys: KeySource;
}

interface Changed {
  readonly warnings: readonly unknown[];
}

const dataDirectory = "/srv/ca";
const requestPaths = ["/req/a.csr", "/req/b.csr", "/req/c.csr"];

/** Creates keys, requests, and a CA that has been in use. */
export async function makeCaCast(): Promise<CaCast> {
  const rootKey = await webCryptoKeys.generate("ecdsa-p256");
  const keys = fixedKeys({ "ecdsa-p256": rootKey });
  const requests = await Promise.all(requestPaths.map(async (_, index) => {
    const key = await webCryptoKeys.generate("ecdsa-p256");
    const subject = encodeDistinguishedName(`CN=device ${index}`);
    return writePem(
      "CERTIFICATE REQUEST",
      await createRequest({ subject, alternativeNames: undefined }, key),
    );
  }));
  const bare = plant({
    "/srv/": {},
    "/req/user.pem": "the user's own",
    ...Object.fromEntries(requestPaths.map((path, index) => [path, requests[index] ?? ""])),
  });
  const options = { dataDirectory, lockTimeout: 0, keys };
  return { keys, requests, bare, ...await grow(bare, options) };
}

async function grow(bare: Disk, options: Options): Promise<Pick<CaCast, "grown" | "restored">> {
  const files = new SimulatedFileSystem(bare);
  // A day earlier than the scenarios, so that nothing they sign is equal by accident.
  const system = simulatedSystem(files, new Date(simulatedNow.getTime() - 86_400_000));
  await init(system, { ...options, ...rootOptions });
  await sign(system, { ...options, ...signOptions(1) });
  const backup = files.disk;
  await sign(system, { ...options, ...signOptions(1), requests: requestPaths.slice(1, 2) });
  await revoke(system, { ...options, serial: "02", reason: "keyCompromise" });
  await generateCrl(system, { ...options, nextUpdate: 48 });
  const grown = files.disk;
  const content = (name: string): Uint8Array => {
    const file = visibleFiles(grown).get(`${dataDirectory}/${name}`);
    return typeof file === "object" ? bytesOf(file.content) : new Uint8Array();
  };
  const restored = plant({
    "/field/03.pem": { content: content("certs/03.pem") },
    "/field/ca.crl": { content: content("ca.crl") },
  }, backup);
  return { grown, restored };
}

const rootOptions = {
  subject: "CN=Root",
  keyType: "ecdsa-p256",
  validity: 3650 * day,
  built: undefined,
} as const;

function signOptions(count: number): {
  requests: readonly string[];
  validity: number;
  onBadRequest: "stop";
} {
  return { requests: requestPaths.slice(0, count), validity: 365 * day, onBadRequest: "stop" };
}

/** Every command that changes a CA, as scenarios. */
export async function caScenarios(cast: CaCast): Promise<readonly Scenario[]> {
  const { bare, grown, restored } = cast;
  const crl = (system: System, options: Options): Promise<Changed> =>
    generateCrl(system, { ...options, nextUpdate: 24 });
  const plots: readonly Plot[] = [
    {
      name: "ca init, in a new directory",
      initial: bare,
      run: (system, options) => init(system, { ...options, ...rootOptions }),
    },
    {
      name: "ca init, in an existing directory",
      initial: plant({ [`${dataDirectory}/certs/`]: {} }, bare),
      run: (system, options) => init(system, { ...options, ...rootOptions }),
    },
    {
      name: "ca sign, one request",
      initial: grown,
      run: (system, options) => sign(system, { ...options, ...signOptions(1) }),
    },
    {
      name: "ca sign, three requests",
      initial: grown,
      run: (system, options) => sign(system, { ...options, ...signOptions(3) }),
    },
    {
      name: "ca revoke",
      initial: grown,
      run: (system, options) => revoke(system, { ...options, serial: "3", reason: "superseded" }),
    },
    { name: "ca crl, the first", initial: without(grown, "ca.crl"), run: crl },
    { name: "ca crl, another", initial: grown, run: crl },
    { name: "ca check --repair", initial: broken(grown), run: repair },
    {
      name: "ca check --repair, after a restore",
      initial: restored,
      run: (system, options) =>
        repair(system, { ...options, since: ["/field/03.pem"], crl: "/field/ca.crl" }),
    },
    {
      name: "ca sign --renew --revoke-superseded",
      initial: grown,
      run: (system, options) =>
        sign(system, {
          ...options,
          ...signOptions(1),
          requests: requestPaths.slice(1, 2),
          renews: "03",
          revokeSuperseded: true,
        }),
    },
    {
      name: "ca serial --raise-to",
      initial: grown,
      run: (system, options) => raiseSerial(system, { ...options, next: 0x20n }),
    },
  ];
  return await Promise.all(plots.map((plot) => toScenario(plot, cast)));
}

/** Changes with a rename that fails after the commit: everything is undone except the serial number. */
export async function failingCaChanges(cast: CaCast): Promise<readonly FailingScenario[]> {
  const refusals: readonly [string, string][] = [
    ["ca init, in a new directory", ".ca.crt.certswap.tmp"],
    ["ca sign, one request", ".index.json.certswap.tmp"],
    ["ca sign, three requests", "certs/.05.pem.certswap.tmp"],
    ["ca crl, another", ".crlnumber.certswap.tmp"],
    ["ca check --repair", ".index.json.certswap.tmp"],
  ];
  const scenarios = await caScenarios(cast);
  return refusals.map(([name, refused]) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    assert.ok(scenario !== undefined, name);
    return {
      scenario: { ...scenario, name: `${name}, ${refused} refused` },
      fault: ({ operation, path }) => {
        const isHit = operation === "rename" && path === `${dataDirectory}/${refused}`;
        return isHit ? { errno: "EPERM" } : "run";
      },
    };
  });
}

async function toScenario(plot: Plot, { keys }: CaCast): Promise<Scenario> {
  const { name, initial } = plot;
  const options = { dataDirectory, lockTimeout: 0, keys };
  const files = new SimulatedFileSystem(initial);
  await plot.run(simulatedSystem(files), options);
  const states = { old: caFiles(initial), new: caFiles(files.disk) };
  return {
    name,
    initial,
    run: (system) => reportOf(() => plot.run(system, options)),
    recover: (system) => startAnyCommand(system, options),
    outcome: (disk) => outcomeOf(states, disk),
    checkNothingLeft: (disk) => checkNothingLeft(states, { initial, disk }),
    afterwards: (system, outcome) => checkInvariants(system, { options, plot, outcome }),
  };
}

/** The outcome that a command reports by its exit code. */
async function reportOf(run: () => Promise<Changed>): Promise<Report> {
  try {
    // A duplicate leaves nothing for recovery to do.
    const warnings = (await run()).warnings.filter((warning) =>
      !(warning instanceof DuplicateWarning)
    );
    return warnings.length === 0 ? "succeeded" : "warned";
  } catch (error) {
    return exitCodeFor(error) === 4 ? "unknown" : "failed";
  }
}

/** Runs a command that recovers and then fails: every command that changes the CA recovers first. */
async function startAnyCommand(system: System, options: Options): Promise<void> {
  try {
    await revoke(system, { ...options, serial: "ffff", reason: "unspecified" });
  } catch (error) {
    const isExpected = error instanceof SerialNotFoundError ||
      error instanceof CaNotInitializedError;
    if (!isExpected) throw error;
  }
}

type CaFiles = ReadonlyMap<string, Seen | SeenKind>;

/** The files of the CA, without its state directory and lock. */
function caFiles(disk: Disk): CaFiles {
  return new Map(
    [...visibleFiles(disk)].filter(([path]) =>
      path.startsWith(`${dataDirectory}/`) && path !== `${dataDirectory}/` &&
      path !== `${dataDirectory}/.certswap/` && path !== `${dataDirectory}/.certswap/ca.lock`
    ),
  );
}

interface States {
  readonly old: CaFiles;
  readonly new: CaFiles;
}

function outcomeOf(states: States, disk: Disk): Outcome {
  const found = caFiles(disk);
  if (differences(found, states.new, states).length === 0) return "new";
  const fromOld = differences(found, states.old, states);
  const serial = `${dataDirectory}/serial`;
  // A serial number that was taken stays taken: in the old state, only the counter may be the new one.
  const hasTakenNumber = fromOld.every((path) => path === serial) &&
    states.old.has(serial) && isSame(found.get(serial), states.new.get(serial));
  if (fromOld.length === 0 || hasTakenNumber) return "old";
  throw new Error(`a mix of old and new: ${fromOld.join(", ")} are not old`);
}

/** Differences in files that either state has. Other files are up to `checkNothingLeft`. */
function differences(found: CaFiles, wanted: CaFiles, states: States): string[] {
  return [...new Set([...states.old.keys(), ...states.new.keys()])]
    .filter((path) => !isSame(found.get(path), wanted.get(path)));
}

function isSame(
  a: Seen | SeenKind | undefined,
  b: Seen | SeenKind | undefined,
): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return a.content === b.content && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

/** Checks that there are no extra files, no key that others can read, and no changes to the user's files. */
function checkNothingLeft(
  states: States,
  { initial, disk }: { readonly initial: Disk; readonly disk: Disk },
): void {
  const found = caFiles(disk);
  const extra = [...found.keys()].filter((path) => !states.old.has(path) && !states.new.has(path));
  assert.deepEqual(extra, [], `left behind: ${extra.join()}`);
  const now = visibleFiles(disk);
  for (const [path, was] of visibleFiles(initial)) {
    if (!path.startsWith(dataDirectory)) {
      assert.deepEqual(now.get(path), was, `${path} was touched`);
    }
  }
}

/** Checks the invariants of a CA, by its own `check` and by running further commands. */
async function checkInvariants(
  system: System,
  { options, plot, outcome }: {
    readonly options: Options;
    readonly plot: Plot;
    readonly outcome: Outcome;
  },
): Promise<void> {
  const isRepair = plot.name.startsWith("ca check --repair");
  if (outcome === "old" && (plot.name.startsWith("ca init") || isRepair)) {
    // The same command must succeed now.
    await plot.run(system, options);
  }
  await requireSound(system, options);
  const before = numbersOf(system);
  const { issued } = await sign(system, { ...options, ...signOptions(2) });
  for (const { serial } of issued) {
    // Invariants 1 and 2.
    assert.ok(!before.serials.has(BigInt(`0x${serial}`)), `serial number ${serial} was used twice`);
    assert.ok(BigInt(`0x${serial}`) >= before.nextSerial, "serial numbers went back");
  }
  const [first] = issued;
  await revoke(system, { ...options, serial: first?.serial ?? "", reason: "unspecified" });
  const { number } = await generateCrl(system, { ...options, nextUpdate: 24 });
  // Invariant 4.
  assert.ok(number > before.crlNumber, `CRL number ${number} after ${before.crlNumber}`);
  assert.ok(number >= before.nextCrlNumber, "CRL numbers went back");
  // Invariant 7.
  await assert.rejects(init(system, { ...options, ...rootOptions }), {
    code: "ca-already-initialized",
  });
  await requireSound(system, options);
}

async function requireSound(system: System, options: Options): Promise<void> {
  const { findings, outlook } = await check(system, options);
  assert.deepEqual(findings.filter(isProblem), []);
  assert.equal(outlook.outcome, "clean");
}

interface Numbers {
  readonly serials: ReadonlySet<bigint>;
  readonly nextSerial: bigint;
  readonly crlNumber: bigint;
  readonly nextCrlNumber: bigint;
}

/** Reads the numbers without the CA's own code. */
function numbersOf({ files }: System): Numbers {
  const { disk } = files as SimulatedFileSystem;
  const seen = visibleFiles(disk);
  const text = (name: string): string => {
    const file = seen.get(`${dataDirectory}/${name}`);
    return typeof file === "object" ? new TextDecoder().decode(bytesOf(file.content)) : "";
  };
  const names = [...seen.keys()].flatMap((path) =>
    /\/certs\/([0-9a-f]+)\.pem$/.exec(path)?.[1] ?? []
  );
  const entries = JSON.parse(text("index.json")).map((entry: { serial: string }) => entry.serial);
  assert.deepEqual(new Set(entries), new Set(names), "index.json and certs/ differ");
  const nextCrlNumber = BigInt(`0x${text("crlnumber").trim()}`);
  return {
    serials: new Set(["01", ...names].map((serial) => BigInt(`0x${serial}`))),
    nextSerial: BigInt(`0x${text("serial").trim()}`),
    crlNumber: crlNumberOf(text("ca.crl")),
    nextCrlNumber,
  };
}

function crlNumberOf(pem: string): bigint {
  return pem === "" ? 0n : readCrlFile(new TextEncoder().encode(pem)).number ?? 0n;
}

/** The disk after one file of the CA was removed, durably. */
function without(disk: Disk, name: string): Disk {
  const files = new SimulatedFileSystem(disk);
  files.unlink(`${dataDirectory}/${name}`);
  syncDirectory(files, dataDirectory);
  return files.disk;
}

/** A CA with a lost index entry, wrong details, a counter from an old backup, and a key that all can read. */
function broken(disk: Disk): Disk {
  const seen = visibleFiles(disk);
  const content = (name: string): Uint8Array => {
    const file = seen.get(`${dataDirectory}/${name}`);
    return typeof file === "object" ? bytesOf(file.content) : new Uint8Array();
  };
  const [first] = JSON.parse(new TextDecoder().decode(content("index.json")));
  const index = `${JSON.stringify([{ ...first, subject: "CN=someone else" }], undefined, 2)}\n`;
  const details = new TextDecoder().decode(content("details.jsonl"));
  return plant({
    [`${dataDirectory}/index.json`]: index,
    [`${dataDirectory}/details.jsonl`]: `${details}{"serial":"03","names":["DNS:wrong.example"]}\n`,
    [`${dataDirectory}/serial`]: "02\n",
    [`${dataDirectory}/ca.key`]: { content: content("ca.key"), attributes: { mode: 0o644 } },
  }, disk);
}
