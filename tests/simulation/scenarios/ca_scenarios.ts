/** The commands of the CA as scenarios on the simulated disk. */
import assert from "node:assert/strict";
import {
  CaNotInitializedError,
  changePassphrase,
  check,
  decryptKey,
  encryptKey,
  generateCrl,
  init,
  isProblem,
  publishCrl,
  raiseSerial,
  refreshCrl,
  repair,
  revoke,
  SerialNotFoundError,
  sign,
} from "../../../lib/ca/mod.ts";
import { DuplicateWarning } from "../../../lib/ca/errors.ts";
import { importCa } from "../../../lib/ca/import/mod.ts";
import { exitCodeFor } from "../../../lib/cli/exit_code.ts";
import { enrol } from "../../../lib/ca/enrol/mod.ts";
import { createSecret } from "../../../lib/ca/enrol/token.ts";
import { checkRequest } from "../../../lib/ca/issue/mod.ts";
import { readSettings } from "../../../lib/ca/settings/mod.ts";
import { openStore } from "../../../lib/ca/store/mod.ts";
import { readRequest } from "../../../lib/x509/read/request.ts";
import {
  day,
  readGivenFile,
  sha256Hex,
  syncDirectory,
  type System,
} from "../../../lib/system/mod.ts";
import { readCrlFile } from "../../../lib/x509/read/crl.ts";
import { createRequest } from "../../../lib/x509/write/request.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { readPem, writePem } from "../../../lib/x509/encoding/pem.ts";
import { type KeySource, webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import type { EncryptionTerms } from "../../../lib/protocol/pbes2/mod.ts";
import { fixedKeys } from "../../support/fixed_keys.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, plant, type Seen, type SeenKind, visibleFiles } from "../model/disk.ts";
import { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import { simulatedNow, simulatedSystem } from "../model/simulated_system.ts";
import { encryptionTerms, type KeyKept, passphrase, plainKeys } from "./key_kept.ts";
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
  /** How the key of `grown` is kept. */
  readonly keyKept: KeyKept;
}

/** One command that changes a CA. */
interface Plot {
  readonly name: string;
  readonly initial: Disk;
  readonly run: (system: System, options: Options) => Promise<Changed>;
  /** What opens the key after the change, if it is another passphrase. */
  readonly passphraseAfter?: Options["passphrase"];
  /** Whether no file may contain the key unencrypted, not even before recovery. */
  readonly isNeverPlain?: boolean;
}

interface Options {
  readonly dataDirectory: string;
  readonly lockTimeout: number;
  readonly keys: KeySource;
  readonly passphrase: () => Promise<Uint8Array<ArrayBuffer>>;
  readonly encryptionTerms: () => EncryptionTerms;
}

interface Changed {
  readonly warnings: readonly unknown[];
}

const dataDirectory = "/srv/ca";
const requestPaths = ["/req/a.csr", "/req/b.csr", "/req/c.csr"];

const otherPassphrase: typeof passphrase = () =>
  Promise.resolve(new TextEncoder().encode("battery staple"));

/** Creates keys, requests, and a CA that has been in use. */
export async function makeCaCast(keyKept: KeyKept = "plain"): Promise<CaCast> {
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
  const { grown, restored } = await grow(bare, optionsOf(keys));
  const kept = async (disk: Disk): Promise<Disk> =>
    keyKept === "plain" ? disk : await locked(disk, keys);
  return {
    keys,
    requests,
    grown: await kept(grown),
    restored: await kept(restored),
    bare,
    keyKept,
  };
}

function optionsOf(keys: KeySource): Options {
  return { dataDirectory, lockTimeout: 0, keys, passphrase, encryptionTerms };
}

/** The disk after the key of its CA was encrypted. */
async function locked(disk: Disk, keys: KeySource): Promise<Disk> {
  const files = new SimulatedFileSystem(disk);
  await encryptKey(simulatedSystem(files), { ...optionsOf(keys), newPassphrase: passphrase });
  return files.disk;
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
  const content = contentOf(grown);
  const restored = plant({
    "/field/03.pem": { content: content("certs/03.pem") },
    "/field/ca.crl": { content: content("ca.crl") },
  }, backup);
  return { grown, restored };
}

/** Each command on the disk draws the same numbers, and has to find new ones. */
const settings = `serial = "random"
[profile.meter]
subject = "O=Fleet"
names.subject = "CN=device *,O=Fleet"
`;

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
  const { bare, grown, restored, keyKept } = cast;
  const isEncrypted = keyKept === "encrypted";
  const initOptions = isEncrypted ? { ...rootOptions, newPassphrase: passphrase } : rootOptions;
  const crl = (system: System, options: Options): Promise<Changed> =>
    generateCrl(system, { ...options, nextUpdate: 24 });
  const plots: readonly Plot[] = [
    {
      name: "ca init, in a new directory",
      initial: bare,
      run: (system, options) => init(system, { ...options, ...initOptions }),
    },
    {
      name: "ca init, in an existing directory",
      initial: plant({ [`${dataDirectory}/certs/`]: {} }, bare),
      run: (system, options) => init(system, { ...options, ...initOptions }),
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
      name: "ca sign, two requests, random serial numbers and a profile",
      initial: plant({ [`${dataDirectory}/ca.toml`]: settings }, grown),
      run: (system, options) => sign(system, { ...options, ...signOptions(2), profile: "meter" }),
    },
    {
      name: "ca revoke",
      initial: grown,
      run: (system, options) => revoke(system, { ...options, serial: "3", reason: "superseded" }),
    },
    { name: "ca crl, the first", initial: without(grown, "ca.crl", "ca.crl.der"), run: crl },
    { name: "ca crl, another", initial: grown, run: crl },
    {
      name: "ca crl --if-due, after an older version",
      initial: without(grown, "ca.crl.der"),
      run: (system, options) => refreshCrl(system, options),
    },
    { name: "ca crl, published", initial: grown, run: publish },
    {
      name: "ca crl, published again",
      initial: plant({ [`${dataDirectory}/crlpublished`]: "07\n" }, grown),
      run: publish,
    },
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
      name: "ca serve, two enrolments with secrets in one change",
      initial: plant({ [`${dataDirectory}/enrolments.json`]: twoSecrets.file }, grown),
      run: enrolTwo,
    },
    {
      name: "ca serial --raise-to",
      initial: grown,
      run: (system, options) => raiseSerial(system, { ...options, next: 0x20n }),
    },
    {
      name: "ca import",
      initial: elsewhere(grown, bare),
      run: (system, options) =>
        importCa(system, {
          ...options,
          source: {
            kind: "openssl",
            directory: "/old",
            certificates: undefined,
            crl: undefined,
            chain: undefined,
          },
        }),
    },
    // With an encrypted key, they would start from the same disk.
    ...(isEncrypted ? [] : keyPlots({ plain: grown, encrypted: await locked(grown, cast.keys) })),
  ];
  return await Promise.all(
    plots.map((plot) => toScenario(isEncrypted ? { ...plot, isNeverPlain: true } : plot, cast)),
  );
}

/** Two one-time secrets: what is kept of them, and what devices send. */
const twoSecrets = await makeSecrets(2);

/** Makes secrets, and the file of a CA that has given them out. */
async function makeSecrets(
  count: number,
): Promise<{ readonly file: { content: string; mode: number }; readonly secrets: string[] }> {
  const made = await Promise.all(
    Array.from(
      { length: count },
      () => createSecret({ bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) }),
    ),
  );
  const times = { created: "2026-01-01T00:00:00Z", expires: "2099-01-01T00:00:00Z" };
  const tokens = made.map(({ id, hash }) =>
    [id, { hash, profile: "device", createdBy: "a test", ...times }] as const
  );
  const content = JSON.stringify({ tokens: Object.fromEntries(tokens), requests: {} });
  return { file: { content, mode: 0o600 }, secrets: made.map(({ secret }) => secret) };
}

/** What the server does for requests that arrive together: the group commit. */
async function enrolTwo(system: System, options: Options): Promise<Changed> {
  const store = await openStore(system, options);
  const current = await readSettings(system, options);
  const applications = await Promise.all(twoSecrets.secrets.map(async (secret, index) => {
    const { content } = await readGivenFile(system.files, requestPaths[index] ?? "", 10_000);
    const [{ der }] = readPem(content, { limit: 10_000 });
    const checked = await checkRequest(readRequest(der), "request");
    const hash = await sha256Hex(der);
    const proof = { by: "token", secret } as const;
    return { checked, der, hash, profile: undefined, proof, client: "192.0.2.1" };
  }));
  return await store.change({
    lockTimeout: 0,
    async work(change) {
      const results = await enrol(change, applications, {
        settings: current,
        random: system.random,
        keys: options.keys,
        passphrase: options.passphrase,
        now: simulatedNow,
      });
      assert.deepEqual(results.map(({ is }) => is), ["issued", "issued"]);
    },
  });
}

/** Every command that changes how the key is kept. */
function keyPlots(
  { plain, encrypted }: { readonly plain: Disk; readonly encrypted: Disk },
): readonly Plot[] {
  return [
    {
      name: "ca key encrypt",
      initial: plain,
      run: (system, options) => encryptKey(system, { ...options, newPassphrase: passphrase }),
    },
    {
      name: "ca key change",
      initial: encrypted,
      run: (system, options) =>
        changePassphrase(system, { ...options, newPassphrase: otherPassphrase }),
      passphraseAfter: otherPassphrase,
      isNeverPlain: true,
    },
    { name: "ca key decrypt", initial: encrypted, run: decryptKey },
  ];
}

/** Changes with a rename that fails after the commit: everything is undone except the serial number. */
export async function failingCaChanges(cast: CaCast): Promise<readonly FailingScenario[]> {
  const refusals: readonly [string, string][] = [
    ["ca init, in a new directory", ".ca.crt.certswap.tmp"],
    ["ca sign, one request", ".index.json.certswap.tmp"],
    ["ca sign, three requests", "certs/.05.pem.certswap.tmp"],
    ["ca crl, another", ".crlnumber.certswap.tmp"],
    ["ca crl, another", ".ca.crl.der.certswap.tmp"],
    ["ca crl, published again", ".crlpublished.certswap.tmp"],
    ["ca check --repair", ".index.json.certswap.tmp"],
    ["ca import", ".ca.key.certswap.tmp"],
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
  const options = optionsOf(keys);
  const files = new SimulatedFileSystem(initial);
  await plot.run(simulatedSystem(files), options);
  const states = { old: caFiles(initial), new: caFiles(files.disk) };
  return {
    name,
    initial,
    run: (system) => reportOf(() => plot.run(system, options)),
    recover: async (system) => {
      if (plot.isNeverPlain) assert.deepEqual(plainKeys(diskOf(system)), []);
      await startAnyCommand(system, options);
    },
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
      path !== `${dataDirectory}/.certswap/` && !/\/\.certswap\/(?:ca|publish)\.lock$/.test(path)
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
  // An import stages into certs/ before it commits: a crash may leave it, empty.
  const hasOnlyEmptyDirectory = !states.old.has(`${dataDirectory}/certs/`) &&
    fromOld.every((path) => path === `${dataDirectory}/certs/`);
  if (fromOld.length === 0 || hasTakenNumber || hasOnlyEmptyDirectory) return "old";
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
  // Neither a leftover nor a backup of a key that is encrypted now.
  assert.deepEqual(plainKeys(disk).filter((path) => path !== `${dataDirectory}/ca.key`), []);
  for (const [path, was] of visibleFiles(initial)) {
    if (!path.startsWith(dataDirectory)) {
      assert.deepEqual(now.get(path), was, `${path} was touched`);
    }
  }
}

function diskOf({ files }: System): Disk {
  return (files as SimulatedFileSystem).disk;
}

/** Checks the invariants of a CA, by its own `check` and by running further commands. */
async function checkInvariants(
  system: System,
  { options: given, plot, outcome }: {
    readonly options: Options;
    readonly plot: Plot;
    readonly outcome: Outcome;
  },
): Promise<void> {
  const after = outcome === "new" ? plot.passphraseAfter : undefined;
  const options = { ...given, passphrase: after ?? given.passphrase };
  const isNeeded = /^ca (?:init|import|check --repair)/.test(plot.name);
  if (outcome === "old" && isNeeded) {
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
  if (plot.run === publish) await requirePublished(system, options);
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

/** A publication that was cut off is owed, and the next run makes up for it. */
async function requirePublished(system: System, options: Options): Promise<void> {
  await publish(system, options);
  const { crlNumber } = numbersOf(system);
  assert.equal(publishedNumberOf(system), crlNumber);
}

async function requireSound(system: System, options: Options): Promise<void> {
  const { findings, outlook } = await check(system, options);
  const isChecked = !findings.some(({ code }) => code === "key-not-checked");
  assert.ok(isChecked, "the passphrase opens the key");
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
function numbersOf(system: System): Numbers {
  const seen = visibleFiles(diskOf(system));
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

function publishedNumberOf({ files }: System): bigint {
  const file = visibleFiles((files as SimulatedFileSystem).disk).get(
    `${dataDirectory}/crlpublished`,
  );
  const text = typeof file === "object" ? new TextDecoder().decode(bytesOf(file.content)) : "";
  return BigInt(`0x${text.trim()}`);
}

function crlNumberOf(pem: string): bigint {
  return pem === "" ? 0n : readCrlFile(new TextEncoder().encode(pem)).number ?? 0n;
}

/** Runs a publish hook that succeeds. */
async function publish(system: System, options: Options): Promise<Changed> {
  const done = {
    end: { kind: "exit", code: 0 },
    output: new Uint8Array(),
    errorOutput: new Uint8Array(),
  } as const;
  const processes = { ...system.processes, run: () => Promise.resolve(done) };
  const hook = { command: ["/usr/bin/put-crl"], timeLimit: 1000 } as const;
  const publication = await publishCrl({ ...system, processes }, { ...options, hook });
  if (publication.is === "owed") throw publication.error;
  return { warnings: publication.is === "published" ? publication.warnings : [] };
}

/** The disk after files of the CA were removed, durably. */
function without(disk: Disk, ...names: readonly string[]): Disk {
  const files = new SimulatedFileSystem(disk);
  for (const name of names) files.unlink(`${dataDirectory}/${name}`);
  syncDirectory(files, dataDirectory);
  return files.disk;
}

/** Reads files of the CA by name; one that is not there is empty. */
function contentOf(disk: Disk): (name: string) => string {
  const seen = visibleFiles(disk);
  return (name) => {
    const file = seen.get(`${dataDirectory}/${name}`);
    return typeof file === "object" ? new TextDecoder().decode(bytesOf(file.content)) : "";
  };
}

/** A disk on which a CA has the layout of `openssl ca`, in /old. */
function elsewhere(disk: Disk, bare: Disk): Disk {
  const content = contentOf(disk);
  return plant({
    "/old/cacert.pem": content("ca.crt"),
    "/old/private/cakey.pem": content("ca.key"),
    "/old/crl.pem": content("ca.crl"),
    "/old/newcerts/02.pem": content("certs/02.pem"),
    "/old/newcerts/03.pem": content("certs/03.pem"),
    "/old/index.txt": "R\t300101000000Z\t251201000000Z,keyCompromise\t02\tunknown\t/CN=device 0\n" +
      "V\t300101000000Z\t\t03\tunknown\t/CN=device 1\n",
    "/old/serial": "04\n",
    "/old/crlnumber": "02\n",
  }, bare);
}

/** A CA with a lost index entry, wrong details, a counter from an old backup, and a key that all can read. */
function broken(disk: Disk): Disk {
  const content = contentOf(disk);
  const [first] = JSON.parse(content("index.json"));
  const index = `${JSON.stringify([{ ...first, subject: "CN=someone else" }], undefined, 2)}\n`;
  const details = content("details.jsonl");
  return plant({
    [`${dataDirectory}/index.json`]: index,
    [`${dataDirectory}/details.jsonl`]: `${details}{"serial":"03","names":["DNS:wrong.example"]}\n`,
    [`${dataDirectory}/serial`]: "02\n",
    [`${dataDirectory}/ca.key`]: { content: content("ca.key"), attributes: { mode: 0o644 } },
  }, disk);
}
