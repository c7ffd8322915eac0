/** Measures a CRL of many revoked certificates, next to `openssl ca -gencrl`: its time, and its memory. */
import { join } from "../../lib/system/mod.ts";
import { certswapCommand } from "../bench/certswap.ts";
import { measure, peakMemoryOf, printRatios, runProgram } from "../bench/measure.ts";
import { isInstalled, makeRevokingOpenssl } from "../bench/rivals.ts";
import { buildSqlite } from "./build_sqlite.ts";
import { manyName } from "./certificates.ts";

/** The most memory that `ca crl` may take with a million revoked certificates, in megabytes. */
const memoryGoal = 512;

/** From how many certificates on the goal of the time counts. */
const goalFrom = 1_000_000;

/** From one look at the memory of a process to the next, in milliseconds. */
const pause = 20;

/** Builds both, measures and prints. @param count how many certificates are revoked. */
export async function measureCrl(
  { home, requests: [request = ""], count }: {
    readonly home: string;
    readonly requests: readonly string[];
    readonly count: number;
  },
): Promise<void> {
  const directory = await buildSqlite({ home, request, count, revoked: count });
  const { program, args } = await certswapCommand();
  const own = [...args, "ca", "crl", "--data-dir", directory];
  const name = "ca crl in SQLite";
  const hasOpenssl = isInstalled("openssl");
  if (!hasOpenssl) console.log("openssl is not installed: nothing to compare with");
  const openssl = hasOpenssl ? [await makeRevokingOpenssl(join(home, "revoked"), count)] : [];
  printRatios(
    `A CRL of ${manyName(count)}, as whole processes`,
    await measure(
      [...openssl, { name, run: () => runProgram(program, own) }],
      { rounds: 3, warmUp: 1 },
    ),
    // With few, the start of the runtime is most of it.
    count < goalFrom ? {} : { [name]: 2 },
  );
  const child = new Deno.Command(program, { args: own, stdout: "null", stderr: "null" }).spawn();
  const most = await peakMemoryOf(child, pause);
  const verdict = `goal: below ${memoryGoal}${most < memoryGoal ? "" : ", missed"}`;
  console.log(`${most.toFixed(0).padStart(9)} MB at most of memory for ca crl  ${verdict}`);
}
