/** Intermediates and renewals of CAs as scenarios on the simulated disk, which has two CAs. */
import assert from "node:assert/strict";
import { addToBundle } from "../../../lib/ca/bundle/mod.ts";
import {
  activate,
  crossCertify,
  initRequest,
  initSigned,
  renewRoot,
} from "../../../lib/ca/hierarchy/mod.ts";
import {
  check,
  generateCrl,
  init,
  isProblem,
  list,
  revoke,
  sign,
  verify,
} from "../../../lib/ca/mod.ts";
import { exitCodeFor } from "../../../lib/cli/exit_code.ts";
import { day, type System } from "../../../lib/system/mod.ts";
import { keyIdentifierOf } from "../../../lib/x509/key/key_identifier.ts";
import { readPublicKeyInfo } from "../../../lib/x509/key/public_key.ts";
import { type GeneratedKey, type KeySource, webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { issueRoot } from "../../../lib/x509/write/certificate.ts";
import { createRequest } from "../../../lib/x509/write/request.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { fixedKeys } from "../../support/fixed_keys.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, plant, visibleFiles } from "../model/disk.ts";
import { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import { simulatedNow, simulatedSystem } from "../model/simulated_system.ts";
import type { Outcome, Report, Scenario } from "../model/walk.ts";
import { encryptionTerms, type KeyKept, passphrase, plainKeys } from "./key_kept.ts";
import type { FailingScenario } from "./transaction_scenarios.ts";

const rootDirectory = "/srv/root";
const interDirectory = "/srv/inter";
const copyOfRequest = "/req/inter.csr";
/** The certificate of another root. */
const otherRoot = "/req/other-root.pem";

/** Input for the scenarios. */
export interface HierarchyCast {
  readonly keys: KeySource;
  /** How the keys of both CAs are kept. */
  readonly keyKept: KeyKept;
  /** A root that has issued 02, and nothing else. */
  readonly alone: Disk;
  /** The same, and an intermediate that waits for its certificate. */
  readonly waiting: Disk;
  /** The same, and the root has signed it as 03. */
  readonly signed: Disk;
  /** The same, and the intermediate has it, and has issued 01 and 02, revoked 01 and issued a CRL. */
  readonly complete: Disk;
  /** The same, and the root has signed a newer certificate for it, as 04. */
  readonly renewed: Disk;
}

interface Changed {
  readonly warnings: readonly unknown[];
}

interface Plot {
  readonly name: string;
  readonly initial: Disk;
  readonly run: (system: System) => Promise<Changed>;
  /** Disks that a crash may leave besides the old and the new one: the same command continues. */
  readonly between?: readonly Disk[];
  /** What the operator does next, if the command has succeeded. */
  readonly next?: (system: System) => Promise<unknown>;
}

const interKey = "ecdsa-p384";

/** The commands of the cast, on both CAs. */
function commandsWith({ keys, keyKept }: Pick<HierarchyCast, "keys" | "keyKept">) {
  const opening = { lockTimeout: 0, keys, passphrase, encryptionTerms };
  const root = { ...opening, dataDirectory: rootDirectory };
  const inter = { ...opening, dataDirectory: interDirectory };
  const newKey = keyKept === "encrypted" ? { newPassphrase: passphrase } : {};
  const terms = { subject: "CN=Inter", keyType: interKey, ...newKey } as const;
  const activated = (system: System, serial: string): Promise<Changed> =>
    activate(system, {
      ...inter,
      file: `${rootDirectory}/certs/${serial}.pem`,
      chainFile: `${rootDirectory}/ca.crt`,
    });
  return {
    root,
    inter,
    newKey,
    initSigned: (system: System) =>
      initSigned(system, {
        ...inter,
        ...terms,
        signerPassphrase: passphrase,
        signedBy: rootDirectory,
        profile: "intermediate",
        validity: undefined,
      }),
    initRequest: (system: System) =>
      initRequest(system, { ...inter, ...terms, file: copyOfRequest }),
    signInter: (system: System) =>
      sign(system, {
        ...root,
        requests: ["/req/known.csr"],
        profile: "intermediate",
        validity: 1825 * day,
        onBadRequest: "stop",
      }),
    activated,
    signLeaf: (system: System, name = "a") =>
      sign(system, {
        ...inter,
        requests: [`/req/${name}.csr`],
        validity: 90 * day,
        onBadRequest: "stop",
      }),
    crl: (system: System) => generateCrl(system, { ...inter, nextUpdate: 240 }),
    renewRoot: (system: System) =>
      renewRoot(system, { ...root, validity: 4000 * day, built: undefined }),
  };
}

/** Creates keys, requests and CAs. */
export async function makeHierarchyCast(keyKept: KeyKept = "plain"): Promise<HierarchyCast> {
  const [rootKey, ownKey, leafKey] = await Promise.all([
    webCryptoKeys.generate("ecdsa-p256"),
    webCryptoKeys.generate(interKey),
    webCryptoKeys.generate("ecdsa-p256"),
  ]);
  const keys = fixedKeys({ "ecdsa-p256": rootKey, [interKey]: ownKey });
  const request = async (subject: string, key: typeof rootKey): Promise<string> => {
    const terms = { subject: encodeDistinguishedName(subject), alternativeNames: undefined };
    return writePem("CERTIFICATE REQUEST", await createRequest(terms, key));
  };
  const empty = plant({
    "/srv/": {},
    "/req/user.pem": "the user's own",
    "/req/a.csr": await request("CN=device a", leafKey),
    "/req/b.csr": await request("CN=device b", leafKey),
    [otherRoot]: writePem("CERTIFICATE", await makeOtherRoot(ownKey)),
    "/req/known.csr": await request("CN=Inter", ownKey),
  });
  const commands = commandsWith({ keys, keyKept });
  // Each step on a day of its own, before the scenarios, so that nothing is equal by accident.
  const start = simulatedNow.getTime();
  const after = async (
    disk: Disk,
    daysAgo: number,
    work: (system: System) => Promise<unknown>,
  ): Promise<Disk> => {
    const files = new SimulatedFileSystem(disk);
    await work(simulatedSystem(files, new Date(start - daysAgo * day)));
    return files.disk;
  };
  const alone = await after(empty, 6, async (system) => {
    const subject = "CN=Root";
    const terms = { subject, keyType: "ecdsa-p256", validity: 3650 * day } as const;
    await init(system, { ...commands.root, ...terms, ...commands.newKey, built: undefined });
    const leaf = { requests: ["/req/b.csr"], validity: 90 * day, onBadRequest: "stop" } as const;
    await sign(system, { ...commands.root, ...leaf });
  });
  const waiting = await after(alone, 5, commands.initRequest);
  const signed = await after(waiting, 4, commands.signInter);
  const complete = await after(signed, 3, async (system) => {
    await commands.activated(system, "03");
    await commands.signLeaf(system, "a");
    await commands.signLeaf(system, "b");
    await revoke(system, { ...commands.inter, serial: "01", reason: "superseded" });
    await commands.crl(system);
  });
  const renewed = await after(complete, 2, commands.signInter);
  return { keys, keyKept, alone, waiting, signed, complete, renewed };
}

async function makeOtherRoot(key: GeneratedKey): Promise<Uint8Array> {
  return await issueRoot({
    serial: 1n,
    subject: encodeDistinguishedName("CN=Root G2"),
    notBefore: new Date(simulatedNow.getTime() - day),
    notAfter: new Date(simulatedNow.getTime() + 2000 * day),
    publicKeyInfo: key.publicKey,
    keyIdentifier: await keyIdentifierOf(readPublicKeyInfo(key.publicKey)),
  }, key);
}

/** Every command that makes or renews an intermediate or a root, and those that an intermediate shares. */
export async function hierarchyScenarios(cast: HierarchyCast): Promise<readonly Scenario[]> {
  const commands = commandsWith(cast);
  const { inter } = commands;
  const now = async (disk: Disk, work: (system: System) => Promise<unknown>): Promise<Disk> => {
    const files = new SimulatedFileSystem(disk);
    await work(simulatedSystem(files));
    return files.disk;
  };
  // What `ca init --signed-by` leaves after each of its changes.
  const waitingNow = await now(cast.alone, commands.initRequest);
  const signedNow = await now(waitingNow, commands.signInter);
  const signedLater = await now(cast.waiting, commands.signInter);
  const plots: readonly Plot[] = [
    {
      name: "ca init --signed-by",
      initial: cast.alone,
      run: commands.initSigned,
      between: [waitingNow, signedNow],
    },
    {
      name: "ca init --signed-by, continued",
      initial: cast.waiting,
      run: commands.initSigned,
      between: [signedLater],
    },
    {
      name: "ca init --signed-by, continued after the signature",
      initial: cast.signed,
      run: commands.initSigned,
    },
    {
      name: "ca init --request",
      initial: cast.alone,
      run: commands.initRequest,
      next: async (system) => {
        await commands.signInter(system);
        await commands.activated(system, "03");
      },
    },
    {
      name: "ca activate",
      initial: cast.signed,
      run: (system) => commands.activated(system, "03"),
    },
    {
      name: "ca activate, a newer certificate",
      initial: cast.renewed,
      run: (system) => commands.activated(system, "04"),
    },
    { name: "ca sign, of an intermediate", initial: cast.complete, run: commands.signLeaf },
    {
      name: "ca revoke, of an intermediate",
      initial: cast.complete,
      run: (system) => revoke(system, { ...inter, serial: "02", reason: "keyCompromise" }),
    },
    { name: "ca crl, of an intermediate", initial: cast.complete, run: commands.crl },
    { name: "ca root renew", initial: cast.complete, run: commands.renewRoot },
    {
      name: "ca root renew, again",
      initial: await now(cast.complete, commands.renewRoot),
      run: (system) =>
        renewRoot(system, { ...commands.root, validity: 4100 * day, built: undefined }),
    },
    {
      name: "ca cross-certify",
      initial: cast.complete,
      run: (system) =>
        crossCertify(system, { ...commands.root, file: otherRoot, validity: undefined }),
    },
    {
      name: "ca bundle add",
      initial: cast.complete,
      run: (system) => addToBundle(system, { ...commands.root, file: otherRoot }),
    },
  ];
  return await Promise.all(plots.map((plot) => toScenario(plot, { commands, cast })));
}

/** Changes with a rename that fails after a commit. */
export async function failingHierarchyChanges(
  cast: HierarchyCast,
): Promise<readonly (FailingScenario & { readonly expected: Report })[]> {
  const refusals: readonly [string, string, Report][] = [
    ["ca init --request", `${interDirectory}/.ca.csr.certswap.tmp`, "failed"],
    ["ca init --signed-by", `${interDirectory}/.ca.csr.certswap.tmp`, "failed"],
    ["ca init --signed-by", `${rootDirectory}/.index.json.certswap.tmp`, "failed"],
    // The root has signed: that is not taken back.
    ["ca init --signed-by", `${interDirectory}/.ca.crt.certswap.tmp`, "unknown"],
    ["ca init --signed-by, continued", `${rootDirectory}/.index.json.certswap.tmp`, "failed"],
    ["ca activate", `${interDirectory}/.ca.crt.certswap.tmp`, "failed"],
    ["ca activate, a newer certificate", `${interDirectory}/.ca.crt.certswap.tmp`, "failed"],
    ["ca root renew", `${rootDirectory}/.ca.crt.certswap.tmp`, "failed"],
  ];
  const scenarios = await hierarchyScenarios(cast);
  return refusals.map(([name, refused, expected]) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    assert.ok(scenario !== undefined, name);
    return {
      expected,
      scenario: { ...scenario, name: `${name}, ${refused} refused` },
      fault: ({ operation, path }) =>
        operation === "rename" && path === refused ? { errno: "EPERM" } : "run",
    };
  });
}

async function toScenario(
  plot: Plot,
  { commands, cast: { keyKept } }: {
    readonly commands: ReturnType<typeof commandsWith>;
    readonly cast: HierarchyCast;
  },
): Promise<Scenario> {
  const { name, initial, between = [] } = plot;
  const files = new SimulatedFileSystem(initial);
  await plot.run(simulatedSystem(files));
  const old = caFiles(initial);
  const states: States = { old, new: caFiles(files.disk), between: between.map(caFiles) };
  return {
    name: keyKept === "plain" ? name : `${name} (encrypted keys)`,
    initial,
    run: (system) => reportOf(plot, { system, states }),
    recover: async (system) => {
      // Not in a leftover either, and not before recovery.
      if (keyKept === "encrypted") assert.deepEqual(plainKeys(diskOf(system)), []);
      await recoverBoth(system, commands);
    },
    outcome: (disk) => stateOf(states, disk) === "new" ? "new" : "old",
    checkNothingLeft: (disk) => checkNothingLeft(states, { initial, disk }),
    afterwards: (system, outcome) => checkBoth(system, { plot, outcome, commands }),
  };
}

/** What a command reports by its exit code. If it failed, nothing may have changed. */
async function reportOf(
  { run }: Plot,
  { system, states }: { readonly system: System; readonly states: States },
): Promise<Report> {
  try {
    return (await run(system)).warnings.length === 0 ? "succeeded" : "warned";
  } catch (error) {
    if (exitCodeFor(error) === 4) return "unknown";
    const isInterrupted = hasJournal(diskOf(system));
    if (!isInterrupted) assert.equal(stateOf(states, diskOf(system)), "old", "exit 1, but changed");
    return "failed";
  }
}

/** Whether recovery is due: then the files are not as they will be. */
function hasJournal(disk: Disk): boolean {
  return [...visibleFiles(disk).keys()].some((path) => path.endsWith(".journal"));
}

/** Every command that changes a CA recovers it first. */
async function recoverBoth(
  system: System,
  { root, inter }: ReturnType<typeof commandsWith>,
): Promise<void> {
  for (const options of [root, inter]) {
    try {
      await revoke(system, { ...options, serial: "ffff", reason: "unspecified" });
    } catch (error) {
      const expected = ["serial-not-found", "ca-not-initialized", "ca-incomplete"];
      if (!expected.includes((error as { code?: string }).code ?? "")) throw error;
    }
  }
}

type CaFiles = ReadonlyMap<string, string>;

/** The files of both CAs, without state directories: their content, owner and mode as text. */
function caFiles(disk: Disk): CaFiles {
  const found = new Map<string, string>();
  for (const [path, file] of visibleFiles(disk)) {
    const isCa = [rootDirectory, interDirectory].some((directory) =>
      path.startsWith(`${directory}/`) && path !== `${directory}/`
    );
    if (!isCa || path.includes("/.certswap/")) continue;
    const { content, mode, uid, gid } = typeof file === "object"
      ? { ...file, content: bytesOf(file.content).toHex() }
      : { content: file, mode: 0, uid: 0, gid: 0 };
    found.set(path, [content, mode, uid, gid].join());
  }
  return found;
}

interface States {
  readonly old: CaFiles;
  readonly new: CaFiles;
  readonly between: readonly CaFiles[];
}

/** The files that some state has. Other files are up to `checkNothingLeft`. */
function knownFiles(states: States): ReadonlySet<string> {
  const all = [states.old, states.new, ...states.between];
  return new Set(all.flatMap((state) => [...state.keys()]));
}

/** @throws Error for a mix of them. */
function stateOf(states: States, disk: Disk): "old" | "new" | "between" {
  const known = knownFiles(states);
  const found = new Map([...caFiles(disk)].filter(([path]) => known.has(path)));
  if (differences(found, states.new).length === 0) return "new";
  if (isLike(found, states.old, states)) return "old";
  if (states.between.some((state) => isLike(found, state, states))) return "between";
  throw new Error(`a mix: ${differences(found, states.old).join(", ")} are not old`);
}

/** Whether the files are as in a state, except for serial numbers that were taken, and stay taken. */
function isLike(found: CaFiles, state: CaFiles, states: States): boolean {
  return differences(found, state).every((path) =>
    path.endsWith("/serial") && state.has(path) &&
    [states.new, ...states.between].some((later) => later.get(path) === found.get(path))
  );
}

function differences(a: CaFiles, b: CaFiles): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
}

function checkNothingLeft(
  states: States,
  { initial, disk }: { readonly initial: Disk; readonly disk: Disk },
): void {
  const known = knownFiles(states);
  const extra = [...caFiles(disk).keys()].filter((path) => !known.has(path));
  assert.deepEqual(extra, [], "left behind");
  const now = visibleFiles(disk);
  for (const [path, was] of visibleFiles(initial)) {
    const isUsers = !path.startsWith("/srv/") && path !== copyOfRequest;
    if (isUsers) assert.deepEqual(now.get(path), was, `${path} was touched`);
  }
  for (const [path, file] of now) {
    const isKey = path.includes("ca.key") && typeof file === "object";
    if (isKey) assert.equal(file.mode & 0o077, 0, `${path} can be read by others`);
  }
}

/** Checks both CAs by their own `check`, and by using the intermediate. */
async function checkBoth(
  system: System,
  { plot, outcome, commands }: {
    readonly plot: Plot;
    readonly outcome: Outcome;
    readonly commands: ReturnType<typeof commandsWith>;
  },
): Promise<void> {
  const { root, inter } = commands;
  // The same command succeeds now, or continues.
  if (outcome === "old") await plot.run(system);
  await plot.next?.(system);
  for (const options of [root, inter]) {
    const { findings, outlook } = await check(system, options);
    assert.deepEqual(findings.filter(isProblem), []);
    assert.equal(outlook.outcome, "clean");
  }
  const known = (await list(system, root)).certificates.map(({ record }) => record.subject);
  const wanted = plot.name === "ca activate, a newer certificate" ? 2 : 1;
  assert.equal(known.filter((subject) => subject === "CN=Inter").length, wanted, "signed once");
  const before = (await list(system, inter)).certificates.map(({ record }) => record.serial);
  const { issued: [leaf] } = await commands.signLeaf(system, "b");
  assert.ok(leaf !== undefined && !before.includes(leaf.serial), "a number was used twice");
  await commands.crl(system);
  const report = await verify(system, { ...inter, file: leaf.path });
  assert.deepEqual([report.isValid, report.chain], [true, { is: "ok" }]);
  await assert.rejects(commands.initSigned(system), { code: "ca-already-initialized" });
}

function diskOf({ files }: System): Disk {
  return (files as SimulatedFileSystem).disk;
}
