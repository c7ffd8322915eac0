/** Measures the commands of a CA in SQLite: with few certificates and with many, in turns. */
import { join } from "../../lib/system/mod.ts";
import { certswapCommand } from "../bench/certswap.ts";
import { measureAgainstFloor } from "../bench/floor.ts";
import { type Candidate, measure, printRatios, runProgram } from "../bench/measure.ts";
import { oneByOne } from "../bench/requests.ts";
import { makeDatabaseRivals } from "../bench/rivals.ts";
import { buildSqlite } from "./build_sqlite.ts";
import { manyName, middleName } from "./certificates.ts";

/** What to measure with. */
export interface Measurement {
  readonly home: string;
  /** Paths of a thousand requests with different names. */
  readonly requests: readonly string[];
  /** How many certificates the large CA has. */
  readonly count: number;
}

const few = 100;

/** Builds both, measures and prints. */
export async function measureSqlite({ home, requests, count }: Measurement): Promise<void> {
  const [request = ""] = requests;
  const begin = performance.now();
  const large = await buildSqlite({ home, request, count, revoked: 0 });
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  const { size } = await Deno.stat(join(large, "ca.db"));
  const megabytes = (size / 1e6).toFixed(0);
  console.log(`\nA CA of ${manyName(count)} in SQLite: ${megabytes} MB, built in ${seconds} s`);
  const small = await buildSqlite({ home, request, count: few, revoked: 0 });
  await measureSigning({ home, small, large, count, requests });
  await measureReading({ small, large, count });
  await measureThousand(home, requests);
}

interface Both {
  readonly small: string;
  readonly large: string;
  readonly count: number;
}

async function process(name: string, words: () => readonly string[]): Promise<Candidate> {
  const { program, args } = await certswapCommand();
  return { name, run: () => runProgram(program, [...args, ...words()]) };
}

async function measureSigning(
  { home, small, large, count, requests }: Both & Measurement,
): Promise<void> {
  const next = oneByOne(requests.slice(1));
  const signIn = (directory: string) => () => ["ca", "sign", next(), "--data-dir", directory];
  const candidates = [
    await process(`with ${manyName(few)} issued`, signIn(small)),
    await process(`with ${manyName(count)} issued`, signIn(large)),
  ];
  printRatios(
    "One signature as a whole process, in SQLite",
    await measure(candidates, { rounds: 15, warmUp: 2 }),
    { [`with ${manyName(count)} issued`]: 1.2 },
  );
  const [request = ""] = requests;
  const rivals = await makeDatabaseRivals(join(home, "rivals"), count);
  const beside = [
    await process(`certswap, with ${manyName(count)} issued, in SQLite`, signIn(large)),
    ...rivals.map(({ name, signOne }) => ({ name, run: () => signOne(request) })),
  ];
  printRatios(
    "One signature as a whole process, beside other programs",
    await measure(beside, { rounds: 7, warmUp: 1 }),
  );
}

async function measureReading({ large, count }: Both): Promise<void> {
  const own = ["--data-dir", large];
  const list = "ca list --expiring 30d --limit 50";
  const show = "ca show NAME";
  const candidates = [
    await process("--version", () => ["--version"]),
    await process(list, () => [...list.split(" "), ...own]),
    await process(show, () => ["ca", "show", middleName(count), ...own]),
  ];
  printRatios(
    `Looking something up among ${manyName(count)}, in SQLite`,
    await measure(candidates, { rounds: 15, warmUp: 2 }),
    { [list]: 3, [show]: 3 },
  );
}

/** A thousand requests against their verifications and signatures alone, both in this process. */
async function measureThousand(home: string, requests: readonly string[]): Promise<void> {
  const [request = ""] = requests;
  await measureAgainstFloor({
    requests,
    name: "ca sign in SQLite, in this process",
    makeCa: async (index) => {
      const parent = join(home, `thousand-${index}`);
      await Deno.mkdir(parent);
      return await buildSqlite({ home: parent, request, count: 0, revoked: 0 });
    },
    rounds: 5,
    goal: 1.3,
  });
}
