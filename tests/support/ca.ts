import { DatabaseSync } from "node:sqlite";
import type { World } from "../../lib/cli/mod.ts";
import {
  denoFileSystem,
  type FileSystem,
  join,
  present,
  statIfPresent,
} from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/encoding/pem.ts";
import { craftRequest, type RequestCraft } from "./requests.ts";
import { readTree, withTemporaryDirectory } from "./temporary_directory.ts";
import { type Run, runCli, testSystem, testTime } from "./test_world.ts";

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
  /** The path of a file in the data directory. */
  path(name: string): string;
  read(name: string): string;
  write(name: string, text: string): void;
  /** Everything in the test's directory. If two trees are equal, nothing was touched in between. */
  tree(): string[];
}

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
    await ca.done(["init", "--subject", "CN=My Root CA,O=My Org,C=US", ...flags]);
    await work(ca);
  });
}

/** The stores that need no server. */
const localStores = ["directory", "sqlite"] as const;

/** A test with a new CA, once on each store that needs no server. Serial numbers are sequential on both. */
export function testOnEachStore(name: string, work: (ca: TestCa) => Promise<void>): void {
  for (const store of localStores) {
    Deno.test(`${store}: ${name}`, () =>
      withCa(async (ca) => {
        if (store === "sqlite") ca.write("ca.toml", 'serial = "sequential"\n');
        await work(ca);
      }, ["--store", store]));
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

/** Everything that can be read from a database, in JSON: where a row is in the file does not matter. */
function rowsIn(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const all = (sql: string): unknown[] => database.prepare(sql).all();
    const schema = all("SELECT name, sql FROM sqlite_schema ORDER BY name");
    const tables = all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    return [
      JSON.stringify([all("PRAGMA application_id"), all("PRAGMA user_version"), schema]),
      ...(tables as { name: string }[]).map(({ name }) =>
        JSON.stringify([name, all(`SELECT * FROM "${name}"`)])
      ),
    ];
  } finally {
    database.close();
  }
}

/** A CA in a directory of `root`, which does not have to exist. */
export function testCa(root: string, name = "ca-data"): TestCa {
  const dataDirectory = join(root, name);
  const path = (name: string): string => join(dataDirectory, name);
  const run: TestCa["run"] = (words, options = {}) => {
    const { now = testTime, files = denoFileSystem, clock = () => now } = options;
    const { isTerminal, stdin, environment } = options;
    const system = testSystem({ files });
    return runCli(["ca", ...words, "--data-dir", dataDirectory], {
      system: { ...system, clock: { ...system.clock, now: clock } },
      ...present({ isTerminal, stdin, environment }),
    });
  };
  const done: TestCa["done"] = async (words, options) => {
    const { exit, stdout, stderr } = await run(words, options);
    if (exit !== 0) throw new Error(`ca ${words.join(" ")} exited ${exit}: ${stderr}`);
    return stdout;
  };
  const isInDatabase = (): boolean => statIfPresent(denoFileSystem, path("ca.db")) !== undefined;
  return {
    root,
    dataDirectory,
    run,
    done,
    path,
    placeOf: (serial) => path(isInDatabase() ? `ca.db#${serial}` : `certs/${serial}.pem`),
    async certificateFile(serial) {
      if (!isInDatabase()) return path(`certs/${serial}.pem`);
      const { certificate } = JSON.parse(await done(["show", serial, "--json"]));
      const file = join(root, `${serial}.pem`);
      await Deno.writeTextFile(file, certificate.pem);
      return file;
    },
    async request(name = "device.csr", craft = {}) {
      const file = join(root, name);
      await Deno.writeTextFile(file, writePem("CERTIFICATE REQUEST", await craftRequest(craft)));
      return file;
    },
    read: (name) => Deno.readTextFileSync(path(name)),
    write: (name, text) => Deno.writeTextFileSync(path(name), text),
    tree() {
      const lines = readTree(root);
      const content = lines.find((line) => line.startsWith(`${name}/ca.db 100`));
      if (!content?.includes('"SQLite format 3')) return lines;
      // What a reader leaves beside the database is no change.
      const others = lines.filter((line) => !line.startsWith(`${name}/ca.db`));
      return [...others, ...rowsIn(path("ca.db"))];
    },
  };
}
