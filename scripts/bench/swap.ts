/**
 * Compares a swap in this process with the system calls that it needs: the same files staged, fsynced,
 * linked, renamed and removed, and nothing else. Measures the transaction alone, and the whole swap, which
 * also parses both pairs and proves both keys by a signature; then the same with four outputs.
 */
import { swap } from "../../lib/device/mod.ts";
import {
  denoSystem,
  type FileHandle,
  type FileOperation,
  type FileSystem,
} from "../../lib/system/mod.ts";
import {
  type Entry,
  type Session,
  type Site,
  takeSnapshot,
  withSession,
} from "../../lib/transaction/mod.ts";
import { makeAuthority, type TestPair } from "../../tests/support/pairs.ts";
import { watchedFileSystem } from "../../tests/support/watched_file_system.ts";
import type { OutputSpec, Part } from "../../lib/device/pair/outputs/mod.ts";
import { measure, printRatios } from "./measure.ts";

/** Measures and prints. */
export default async function benchSwap(): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "certswap-bench-" });
  try {
    await measureSwap(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function measureSwap(home: string): Promise<void> {
  const authority = await makeAuthority();
  const now = Date.now();
  const life = { notBefore: new Date(now - 1000), notAfter: new Date(now + 30 * 86_400_000) };
  const [a, b] = [await authority.issue(life), await authority.issue(life)];
  await writePair(`${home}/a`, a);
  await writePair(`${home}/b`, b);
  await Deno.mkdir(`${home}/device`);
  await swapIn(home, "a");
  let turn = 0;
  const next = (): string => ++turn % 2 === 1 ? "b" : "a";
  const transaction = "the transaction of a swap";
  const measured = await measure([
    { name: "the bare system calls", run: bareSwap(`${home}/bare`, a) },
    { name: transaction, run: transactionOf(`${home}/transaction`, [a, b]) },
    { name: "the whole swap, both keys proved", run: () => swapIn(home, next()) },
  ], { rounds: 300, warmUp: 50 });
  printRatios("A swap in this process", measured, { [transaction]: 1.3 });
  console.log(`           ${await countFsyncs(home, next())} fsyncs a swap`);
  await measureOutputs(home, a, b);
}

/** As many further files in the transaction. */
const outputCount = 4;

async function measureOutputs(home: string, a: TestPair, b: TestPair): Promise<void> {
  await Deno.mkdir(`${home}/outputs`);
  const more = { outputs: outputCount };
  const transaction = "the transaction of a swap with four outputs";
  let turn = 0;
  const next = (): string => ++turn % 2 === 1 ? "b" : "a";
  const measured = await measure([
    { name: "the bare system calls", run: bareSwap(`${home}/bare-outputs`, a, more) },
    { name: transaction, run: transactionOf(`${home}/transaction-outputs`, [a, b], more) },
    {
      name: "the whole swap with four outputs",
      run: () => swapIn(home, next(), { outputs: outputsIn(`${home}/outputs`) }),
    },
  ], { rounds: 300, warmUp: 50 });
  printRatios("A swap with four outputs in this process", measured, { [transaction]: 1.4 });
}

function outputsIn(directory: string): readonly OutputSpec[] {
  const parts: readonly (readonly Part[])[] = [["chain"], ["certificate"], ["key"], [
    "key",
    "chain",
  ]];
  return parts.map((contains, index): OutputSpec => ({
    path: `${directory}/${index}.pem`,
    contains,
    format: "pem",
    rights: {},
    profile: "modern",
  }));
}

async function writePair(directory: string, pair: TestPair): Promise<void> {
  await Deno.mkdir(directory);
  await Deno.writeTextFile(`${directory}/cert.pem`, pair.chainPem);
  await Deno.writeTextFile(`${directory}/key.pem`, pair.keyPem, { mode: 0o600 });
}

async function swapIn(
  home: string,
  name: string,
  { files = denoSystem.files, outputs }: {
    readonly files?: FileSystem;
    readonly outputs?: readonly OutputSpec[];
  } = {},
): Promise<void> {
  const device = outputs === undefined ? `${home}/device` : `${home}/outputs`;
  await swap({ ...denoSystem, files }, {
    certificate: `${device}/cert.pem`,
    key: `${device}/key.pem`,
    ...(outputs === undefined ? {} : { outputs }),
  }, {
    newPair: { certificate: `${home}/${name}/cert.pem`, key: `${home}/${name}/key.pem` },
    lockTimeout: 1000,
    keepPrevious: false,
    allowIdentityChange: false,
    allowOlder: true,
  });
}

async function countFsyncs(home: string, name: string): Promise<number> {
  let fsyncs = 0;
  const count = (operation: FileOperation): void => void (operation === "fsync" && fsyncs++);
  await swapIn(home, name, { files: watchedFileSystem(denoSystem.files, count) });
  return fsyncs;
}

/** Replaces key, certificate and state in one transaction, each time with those of the other pair. */
function transactionOf(
  directory: string,
  pairs: readonly TestPair[],
  { outputs = 0 }: { readonly outputs?: number } = {},
): () => Promise<void> {
  const site: Site = {
    stateDirectory: `${directory}/state`,
    name: "pair",
    directories: [directory],
    manages: () => true,
  };
  const encoder = new TextEncoder();
  const contents = pairs.map((pair, turn) =>
    [
      ...outputPaths(directory, outputs).map((path) =>
        [path, encoder.encode(pair.chainPem)] as const
      ),
      [`${directory}/key.pem`, encoder.encode(pair.keyPem)],
      [`${directory}/cert.pem`, encoder.encode(pair.chainPem)],
      [`${site.stateDirectory}/pair.state`, new Uint8Array(230).fill(turn)],
    ] satisfies readonly (readonly [string, Uint8Array])[]
  );
  Deno.mkdirSync(site.stateDirectory, { recursive: true, mode: 0o700 });
  for (const [path, content] of contents[0] ?? []) create(denoSystem.files, path, content, 0o600);
  let turn = 0;
  return async () => {
    const next = contents[++turn % contents.length] ?? [];
    const work = async (session: Session): Promise<void> => {
      const entries = await Promise.all(next.map(([path, content]) => replacing(path, content)));
      await session.commit(entries);
    };
    await withSession(denoSystem, site, { lockTimeout: 1000, work });
  };
}

function outputPaths(directory: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${directory}/${index}.pem`);
}

async function replacing(target: string, content: Uint8Array): Promise<Entry> {
  const old = await takeSnapshot(denoSystem.files, target, 1024 * 1024);
  if (old === undefined) throw new Error(`${target} is gone`);
  return { kind: "replace", target, content, attributes: old.snapshot, old: old.snapshot };
}

/** The system calls by which a swap changes key, certificate and state, in the same order. */
function bareSwap(
  directory: string,
  pair: TestPair,
  { outputs = 0 }: { readonly outputs?: number } = {},
): () => void {
  const { files } = denoSystem;
  const state = `${directory}/state`;
  const encoder = new TextEncoder();
  const contents: readonly [string, Uint8Array, number][] = [
    ...outputPaths(directory, outputs).map((path): [string, Uint8Array, number] => [
      path,
      encoder.encode(pair.chainPem),
      0o644,
    ]),
    [`${directory}/key.pem`, encoder.encode(pair.keyPem), 0o600],
    [`${directory}/cert.pem`, encoder.encode(pair.chainPem), 0o644],
    [`${state}/state`, new Uint8Array(230), 0o600],
  ];
  const journal = new Uint8Array(900 + 250 * outputs);
  Deno.mkdirSync(state, { recursive: true });
  for (const [path, content, mode] of contents) create(files, path, content, mode);
  return () => {
    const [main, beside] = [files.openDirectory(directory), files.openDirectory(state)];
    main.sync();
    beside.sync();
    for (const [path, content, mode] of contents) create(files, `${path}.tmp`, content, mode);
    for (const [path] of contents) {
      syncAndClose(files.openFile(path));
      files.link(path, `${path}.bak`);
    }
    main.sync();
    create(files, `${state}/journal.tmp`, journal, 0o600);
    files.rename(`${state}/journal.tmp`, `${state}/journal`);
    beside.sync();
    for (const [path] of contents) files.rename(`${path}.tmp`, path);
    main.sync();
    beside.sync();
    files.unlink(`${state}/journal`);
    beside.sync();
    for (const [path] of contents) files.unlink(`${path}.bak`);
    main.sync();
    beside.sync();
    main.close();
    beside.close();
  };
}

function create(files: FileSystem, path: string, content: Uint8Array, mode: number): void {
  const handle = files.createFile(path, mode);
  handle.write(content);
  syncAndClose(handle);
}

function syncAndClose(handle: FileHandle): void {
  handle.sync();
  handle.close();
}
