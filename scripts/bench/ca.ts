/**
 * Compares the mini CA with `openssl ca`, `easyrsa` and `cfssl`, in turns: one signature as a whole process,
 * a thousand requests, and one signature after 100,000 certificates have been issued. All keys are P-256.
 * One signature is also compared with an empty script, and a thousand with their verifications and signatures
 * alone.
 *
 * The programs do not do the same work: only certswap fsyncs what it writes, and checks before signing that
 * the next serial number has never been used.
 */
import { generateCrl, init } from "../../lib/ca/mod.ts";
import { day, denoSystem, formatTime, join } from "../../lib/system/mod.ts";
import { certswapCommand } from "./certswap.ts";
import { measureAgainstFloor, signAll } from "./floor.ts";
import { emptyScript } from "./processes.ts";
import { type Candidate, measure, printRatios, runProgram } from "./measure.ts";
import { oneByOne, writeRequests } from "./requests.ts";
import { makeRivals, type Rival } from "./rivals.ts";

const thousand = 1000;
const many = 100_000;

/** Measures and prints. */
export default async function benchCa(): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "certswap-bench-" });
  try {
    const requests = await writeRequests(join(home, "requests"), thousand);
    await benchFloor(home, requests);
    const rivals = await makeRivals(home);
    await benchWholeProcess(home, { requests, rivals });
    await benchThousand(home, { requests, rivals });
    await benchMany(home, { requests, rivals });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

interface Given {
  readonly requests: readonly string[];
  readonly rivals: readonly Rival[];
}

async function makeCa(dataDirectory: string): Promise<void> {
  const options = { dataDirectory, lockTimeout: 1000, validity: 3650 * day, built: undefined };
  await init(denoSystem, { ...options, subject: "CN=Bench", keyType: "ecdsa-p256" });
  await generateCrl(denoSystem, { dataDirectory, lockTimeout: 1000, nextUpdate: 24 });
}

/** A new CA for each measurement: with one CA, all requests but the first would be duplicates. */
async function makeCas(parent: string, count: number): Promise<() => string> {
  await Deno.mkdir(parent);
  const directories = Array.from({ length: count }, (_, index) => join(parent, `${index}`));
  for (const directory of directories) await makeCa(directory);
  return oneByOne(directories);
}

/** How much longer it takes than verifying and signing alone. */
async function benchFloor(home: string, requests: readonly string[]): Promise<void> {
  const rounds = 7;
  const parent = join(home, "floor");
  await Deno.mkdir(parent);
  await measureAgainstFloor({
    requests,
    name: "ca sign in this process, files and fsyncs included",
    makeCa: async (index) => {
      const directory = join(parent, `${index}`);
      await makeCa(directory);
      return directory;
    },
    rounds,
    goal: 1.5,
  });
}

async function certswapCandidate(
  dataDirectory: () => string,
  words: () => readonly string[],
): Promise<Candidate> {
  const { program, args, name } = await certswapCommand();
  const run = (): Promise<void> =>
    runProgram(program, [...args, "ca", "sign", ...words(), "--data-dir", dataDirectory()]);
  return { name, run };
}

/** The next request each time, as words of a command line. */
function eachOf(requests: readonly string[]): () => readonly string[] {
  const next = oneByOne(requests);
  return () => [next()];
}

async function benchWholeProcess(home: string, { requests, rivals }: Given): Promise<void> {
  const dataDirectory = join(home, "whole");
  await makeCa(dataDirectory);
  const [request = ""] = requests;
  const certswap = await certswapCandidate(() => dataDirectory, eachOf(requests));
  const candidates = [
    { name: "an empty script", run: await emptyScript({ home }) },
    certswap,
    ...rivals.map(({ name, signOne }) => ({ name, run: () => signOne(request) })),
  ];
  printRatios(
    "One signature, as a whole process",
    await measure(candidates, { rounds: 15, warmUp: 2 }),
    { [certswap.name]: 2.3 },
  );
}

async function benchThousand(home: string, { requests, rivals }: Given): Promise<void> {
  const nextCa = await makeCas(join(home, "thousand"), 6);
  const certswap = await certswapCandidate(nextCa, () => ["--from", join(home, "requests")]);
  // openssl first, if it is installed: the goal is to be faster.
  const whole = [
    ...rivals.flatMap(({ name, signMany }) =>
      signMany === undefined ? [] : [{ name, run: () => signMany(requests) }]
    ),
    certswap,
  ];
  const measured = await measure(whole, { rounds: 5, warmUp: 1 });
  // A program that signs one request a process: twenty of them, counted fifty times.
  const some = requests.slice(0, 20);
  const oneByOne = rivals.filter(({ signMany }) => signMany === undefined)
    .map(({ name, signOne }): Candidate => ({
      name: `${name}, a process each (20, times ${thousand / some.length})`,
      run: async () => {
        for (const request of some) await signOne(request);
      },
    }));
  const extrapolated = (await measure(oneByOne, { rounds: 1, warmUp: 0 }))
    .map(({ name, median }) => ({ name, median: median * thousand / some.length }));
  const goals = whole.length > 1 ? { [certswap.name]: 1 } : {};
  printRatios(`${thousand} requests`, [...measured, ...extrapolated], goals);
}

async function benchMany(home: string, { requests, rivals }: Given): Promise<void> {
  const dataDirectory = join(home, "many");
  await makeCa(dataDirectory);
  const [request = "", ...others] = requests;
  await signAll(dataDirectory, [request]);
  await fill(dataDirectory);
  const candidates = [await certswapCandidate(() => dataDirectory, eachOf(others))];
  for (const { name, signOne, fill } of rivals) {
    if (fill === undefined) continue;
    await fill(many);
    candidates.push({ name, run: () => signOne(request) });
  }
  await benchList(dataDirectory);
  printRatios(
    `One signature, as a whole process, with ${many.toLocaleString("en")} certificates issued`,
    await measure(candidates, { rounds: 5, warmUp: 1 }),
  );
}

/** Lists what ends soon, among all of them. */
async function benchList(dataDirectory: string): Promise<void> {
  const { program, args, name } = await certswapCommand();
  const words = [...args, "ca", "list", "--data-dir", dataDirectory];
  const candidates = [["--expiring", "30d"], ["--expiring", "30d", "--json"]].map((flags) => ({
    name: `${name} ca list ${flags.join(" ")}`,
    run: () => runProgram(program, [...words, ...flags]),
  }));
  printRatios(
    `Certificates that end soon, of ${many.toLocaleString("en")}; the goal is under a second`,
    await measure(candidates, { rounds: 5, warmUp: 1 }),
  );
}

/**
 * Simulates many issued certificates: all their files are copies of one. Each has a subject of its own and a
 * line in `details.jsonl`, and they end on different days.
 */
async function fill(dataDirectory: string): Promise<void> {
  const certs = join(dataDirectory, "certs");
  const [first] = JSON.parse(await Deno.readTextFile(join(dataDirectory, "index.json")));
  const [line = ""] = (await Deno.readTextFile(join(dataDirectory, "details.jsonl"))).split("\n");
  const details = JSON.parse(line);
  const entries = [first];
  const lines = [line];
  for (let serial = 3; serial < many + 2; serial++) {
    const name = serial.toString(16).padStart(2, "0");
    await Deno.link(join(certs, "02.pem"), join(certs, `${name}.pem`)).catch(async () =>
      await Deno.copyFile(join(certs, "02.pem"), join(certs, `${name}.pem`))
    );
    const end = new Date(Date.parse(first.not_after) - serial % 365 * day);
    entries.push({
      ...first,
      serial: name,
      subject: `CN=device-${serial}.example`,
      "not_after": formatTime(end),
    });
    const key = name.padStart(64, "0");
    lines.push(JSON.stringify({ ...details, serial: name, names: [`DNS:device-${serial}`], key }));
  }
  await Deno.writeTextFile(join(dataDirectory, "details.jsonl"), `${lines.join("\n")}\n`);
  const index = `${JSON.stringify(entries, undefined, 2)}\n`;
  await Deno.writeTextFile(join(dataDirectory, "index.json"), index);
  await Deno.writeTextFile(join(dataDirectory, "serial"), `${(many + 2).toString(16)}\n`);
}
