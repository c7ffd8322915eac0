import type { World } from "../../lib/cli/mod.ts";
import {
  denoFileSystem,
  type FileSystem,
  join,
  present,
  statIfPresent,
  type System,
} from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/encoding/pem.ts";
import { craftRequest, type RequestCraft } from "./requests.ts";
import { readTree, withTemporaryDirectory } from "./temporary_directory.ts";
import {
  directoryStore,
  type StoreName,
  storesUnderTest,
  type SystemOverrides,
  type TestStore,
  withTestStore,
} from "./test_store.ts";
import { type Run, runCli, testTime } from "./test_world.ts";

/** Options of running a command line. */
export interface CaRun {
  readonly now?: Date;
  readonly files?: FileSystem;
  /** Instead of `now`: called each time. */
  readonly clock?: () => Date;
  readonly isTerminal?: boolean;
  /** What a person types: see {@linkcode typing}. */
  readonly stdin?: World["stdin"];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A directory with a data directory, and space for requests. */
export interface TestCa {
  /** A directory that only this test uses. */
  readonly root: string;
  readonly dataDirectory: string;
  readonly store: StoreName;
  /** Runs `certswap ca` with these words and `--data-dir`. */
  run(words: readonly string[], options?: CaRun): Promise<Run>;
  /** {@linkcode run}, which must succeed. Returns the output. */
  done(words: readonly string[], options?: CaRun): Promise<string>;
  /** Writes a request, and returns its path. */
  request(name?: string, craft?: RequestCraft): Promise<string>;
  /** Where a certificate is, as commands print it. */
  placeOf(serial: string): string;
  /** A file with a certificate. */
  certificateFile(serial: string): Promise<string>;
  /** A certificate in PEM. */
  pem(serial: string): Promise<string>;
  /** The path of a file in the data directory. */
  path(name: string): string;
  read(name: string): string;
  /** Writes a file. `ca.toml` gets what the store needs, too. */
  write(name: string, text: string): void;
  /** Doors for functions of lib/ca: what they open is closed when the test ends. */
  system(overrides?: SystemOverrides): System;
  /** A CA in another directory of the same test, on a store of the same kind. */
  another(name: string): TestCa;
  /** Everything in the test's directory. If two trees are equal, nothing was touched in between. */
  tree(): string[];
}

const usualSubject = ["--subject", "CN=My Root CA,O=My Org,C=US"];

/** Runs `work` with a data directory that does not exist yet. */
export function withNoCa(work: (ca: TestCa) => Promise<void>): Promise<void> {
  return withTemporaryDirectory((root) => work(testCa(root)));
}

/** Runs `work` with a new CA. */
export function withCa(
  work: (ca: TestCa) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  return withNoCa(async (ca) => {
    await ca.done(["init", ...usualSubject, ...flags]);
    await work(ca);
  });
}

/** Options of a test on each store. */
export interface StoreTestOptions {
  /** More words of `ca init`. */
  readonly init?: readonly string[];
  /** The stores of which the promise is true; all of them by default. */
  readonly stores?: readonly StoreName[];
}

/** The stores that need no server. */
export const localStores: readonly StoreName[] = ["directory", "sqlite"];

/** A test with a new CA, once on each store. Serial numbers are sequential. */
export function testOnEachStore(
  name: string,
  work: (ca: TestCa) => Promise<void>,
  { init = [], stores }: StoreTestOptions = {},
): void {
  testBeforeInit(name, async (ca) => {
    await ca.done(["init", ...usualSubject, ...init]);
    await work(ca);
  }, stores);
}

/** A test with a data directory that has no CA yet, once on each store: `ca init` makes one on this store. */
export function testBeforeInit(
  name: string,
  work: (ca: TestCa) => Promise<void>,
  stores = storesUnderTest,
): void {
  for (const store of storesUnderTest.filter((one) => stores.includes(one))) {
    Deno.test(`${store}: ${name}`, () =>
      withTestStore(
        store,
        (opened) => withTemporaryDirectory((root) => work(testCa(root, "ca-data", opened))),
      ));
  }
}

/** A root, and an intermediate that it has signed. */
export interface TestHierarchy {
  readonly root: TestCa;
  readonly inter: TestCa;
  /** A CA in another directory, which does not exist yet. */
  at(name: string): TestCa;
}

/** Runs `work` with a root, and an intermediate in the same directory that does not exist yet. */
export function withRoot(work: (cas: TestHierarchy) => Promise<void>): Promise<void> {
  return withTemporaryDirectory(async (directory) => {
    const root = testCa(directory, "root");
    await root.done(["init", "--subject", "CN=Root"]);
    const at = (name: string): TestCa => testCa(directory, name);
    await work({ root, inter: at("inter"), at });
  });
}

/** Runs `work` with a root and an intermediate. */
export function withHierarchy(work: (cas: TestHierarchy) => Promise<void>): Promise<void> {
  return withRoot(async (cas) => {
    await cas.inter.done(["init", "--subject", "CN=Inter", "--signed-by", cas.root.dataDirectory]);
    await work(cas);
  });
}

/** A CA in a directory of `root`, which does not have to exist. */
export function testCa(root: string, name = "ca-data", store: TestStore = directoryStore): TestCa {
  const dataDirectory = join(root, name);
  const path = (name: string): string => join(dataDirectory, name);
  const write: TestCa["write"] = (name, text) => {
    Deno.writeTextFileSync(path(name), name === "ca.toml" ? store.settings(text) : text);
  };
  /** The words, with the store of a new CA. */
  const onStore = (words: readonly string[]): readonly string[] => {
    if (store.name === "directory" || words[0] !== "init" || words.includes("--store")) {
      return words;
    }
    Deno.mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    if (!isThere("ca.toml")) write("ca.toml", "");
    return [...words, "--store", store.name];
  };
  const run: TestCa["run"] = async (words, options = {}) => {
    const { now = testTime, files = denoFileSystem, clock = () => now } = options;
    const { isTerminal, stdin, environment } = options;
    const all = onStore(words);
    if (store.name === "postgres" && isThere("ca.toml")) await store.prepare();
    return await runCli(["ca", ...all, "--data-dir", dataDirectory], {
      system: store.system({ files, clock: { now: clock, sleep: () => Promise.resolve() } }),
      ...present({ isTerminal, stdin, environment }),
    });
  };
  const done: TestCa["done"] = async (words, options) => {
    const { exit, stdout, stderr } = await run(words, options);
    if (exit !== 0) throw new Error(`ca ${words.join(" ")} exited ${exit}: ${stderr}`);
    return stdout;
  };
  const pem = async (serial: string): Promise<string> => {
    const place = store.placeOf(dataDirectory, serial);
    if (place.endsWith(".pem")) return Deno.readTextFileSync(place);
    return JSON.parse(await done(["show", serial, "--json"])).certificate.pem;
  };
  // Some tests have a file instead of the directory.
  const isThere = (file: string): boolean =>
    statIfPresent(denoFileSystem, dataDirectory)?.kind === "directory" &&
    statIfPresent(denoFileSystem, path(file)) !== undefined;
  return {
    root,
    dataDirectory,
    store: store.name,
    run,
    done,
    path,
    placeOf: (serial) => store.placeOf(dataDirectory, serial),
    pem,
    async certificateFile(serial) {
      const place = store.placeOf(dataDirectory, serial);
      if (place.endsWith(".pem")) return place;
      const file = join(root, `${serial}.pem`);
      await Deno.writeTextFile(file, await pem(serial));
      return file;
    },
    async request(name = "device.csr", craft = {}) {
      const file = join(root, name);
      await Deno.writeTextFile(file, writePem("CERTIFICATE REQUEST", await craftRequest(craft)));
      return file;
    },
    read: (name) => Deno.readTextFileSync(path(name)),
    write,
    system: (overrides = {}) => store.system(overrides),
    another: (other) => testCa(root, other, store.another()),
    tree() {
      // What a reader leaves beside a database is no change.
      const rows = store.rows(dataDirectory);
      const lines = readTree(root);
      if (rows.length === 0) return lines;
      return [...lines.filter((line) => !line.startsWith(`${name}/ca.db`)), ...rows];
    },
  };
}
