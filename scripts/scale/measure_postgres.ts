/** Measures a CA in PostgreSQL, with a server of its own on this machine, which fsyncs as usual. */
import { closeSessions } from "../../lib/ca/store/postgres/mod.ts";
import { denoSystem } from "../../lib/system/mod.ts";
import { makeDataDirectory, preparedDatabase } from "../../tests/interop/postgres/ca.ts";
import {
  type PostgresServer,
  postgresTools,
  withPostgres,
} from "../../tests/interop/postgres/server.ts";
import { certswapCommand } from "../bench/certswap.ts";
import { measureAgainstFloor } from "../bench/floor.ts";
import { measure, printRatios, runProgram } from "../bench/measure.ts";
import { oneByOne } from "../bench/requests.ts";
import { isInstalled } from "../bench/rivals.ts";
import type { Measurement } from "./measure_sqlite.ts";

/** Starts a server, measures and prints. Without PostgreSQL it says so. */
export async function measurePostgres({ requests }: Measurement): Promise<void> {
  if (!postgresTools.every(isInstalled)) {
    console.log("\nPostgreSQL is not installed: not measured");
    return;
  }
  await withPostgres(async (server) => {
    await server.kill();
    // Unlike the tests, what is committed has to be durable; nothing is logged.
    await server.start(["fsync=on", "log_statement=none", "log_connections=off"]);
    await measureThousand(server, requests);
    await measureProcesses(server, requests);
  });
}

/** A new CA in a database of its own. @returns its data directory. */
async function makeCa(server: PostgresServer): Promise<string> {
  const directory = makeDataDirectory(server, await preparedDatabase(server));
  const { program, args } = await certswapCommand();
  const words = ["ca", "init", "--store", "postgres", "--subject", "CN=Bench"];
  await runProgram(program, [...args, ...words, "--data-dir", directory]);
  await runProgram(program, [...args, "ca", "crl", "--data-dir", directory]);
  return directory;
}

/** A thousand requests against their verifications and signatures alone, both in this process. */
async function measureThousand(
  server: PostgresServer,
  requests: readonly string[],
): Promise<void> {
  await measureAgainstFloor({
    requests,
    name: "ca sign in PostgreSQL, in this process",
    makeCa: () => makeCa(server),
    rounds: 5,
    goal: 2,
  });
  await closeSessions(denoSystem);
}

/** How many requests each loop signs, one process for each. */
const inTurn = 15;

/** One loop that signs one request at a time, against two that share the same number. */
async function measureProcesses(
  server: PostgresServer,
  requests: readonly string[],
): Promise<void> {
  const directory = await makeCa(server);
  const next = oneByOne(requests);
  const { program, args } = await certswapCommand();
  const loop = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await runProgram(program, [...args, "ca", "sign", next(), "--data-dir", directory]);
    }
  };
  let busy = 0;
  const two = "two at the same time";
  const candidates = [
    { name: "one after the other", run: () => loop(2 * inTurn) },
    {
      name: two,
      run: async () => {
        const before = processorTimes();
        await Promise.all([loop(inTurn), loop(inTurn)]);
        const after = processorTimes();
        busy = (after.busy - before.busy) / (after.all - before.all);
      },
    },
  ];
  const measured = await measure(candidates, { rounds: 3, warmUp: 1 });
  const [one, both] = measured.map(({ median }) => median);
  printRatios(`${2 * inTurn} signatures as whole processes, in PostgreSQL`, measured, {
    [two]: 1 / 1.6,
  });
  const factor = ((one ?? NaN) / (both ?? NaN)).toFixed(2);
  console.log(
    `Two processes sign ${factor} times as many as one (goal: at least 1.6). ` +
      `Meanwhile all ${navigator.hardwareConcurrency} cores were busy for ${
        Math.round(busy * 100)
      } % of the time.`,
  );
}

/** Processor time of the whole machine since its start, in ticks (proc(5), /proc/stat). */
function processorTimes(): { readonly busy: number; readonly all: number } {
  const [line = ""] = Deno.readTextFileSync("/proc/stat").split("\n");
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, ...others] = line.split(/\s+/)
    .slice(1, 9).map(Number);
  const busy = user + nice + system + others.reduce((sum, time) => sum + time, 0);
  return { busy, all: busy + idle + waiting };
}
