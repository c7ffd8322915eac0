/** Puts a server under load: many clients at the same time, and how long each waits. */

/** What came of a load. */
export interface LoadResult {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly median: number;
  /** 99 of a hundred clients wait no longer than this. Milliseconds. */
  readonly p99: number;
  /** Processor time of the server for each request, in milliseconds. */
  readonly processor: number;
}

/** A load. */
export interface Load {
  /** The server's process. */
  readonly pid: number;
  readonly count: number;
  /** How many clients there are at the same time. */
  readonly clients: number;
  /** One request. @param client the number of the client. */
  readonly request: (client: number) => Promise<void>;
}

/** Makes all requests. @throws what a request throws. */
export async function runLoad({ pid, count, clients, request }: Load): Promise<LoadResult> {
  const times: number[] = [];
  let left = count;
  const before = processorTime(pid);
  const begin = performance.now();
  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    while (left-- > 0) {
      const start = performance.now();
      await request(client);
      times.push(performance.now() - start);
    }
  }));
  const passed = performance.now() - begin;
  const sorted = times.toSorted((a, b) => a - b);
  return {
    perSecond: count * 1000 / passed,
    median: sorted[sorted.length >> 1] ?? NaN,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
    processor: (processorTime(pid) - before) / count,
  };
}

/** User and system time of a process so far, in milliseconds: proc(5), utime and stime in ticks of 10 ms. */
function processorTime(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The one of several results that is in the middle, by requests a second. */
export function middleOf(results: readonly LoadResult[]): LoadResult {
  const sorted = results.toSorted((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error("nothing was measured");
  return middle;
}

/** A server to measure. */
export interface LoadCandidate {
  readonly name: string;
  /** Makes one load. */
  readonly run: () => Promise<LoadResult>;
}

/** Measures all candidates in turns. */
export async function measureLoads(
  candidates: readonly LoadCandidate[],
  rounds: number,
): Promise<ReadonlyMap<string, LoadResult>> {
  const results = new Map(candidates.map(({ name }): [string, LoadResult[]] => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const { name, run } of round % 2 === 0 ? candidates : candidates.toReversed()) {
      const result = await run();
      // The first round warms up.
      if (round >= 0) results.get(name)?.push(result);
    }
  }
  return new Map([...results].map(([name, list]) => [name, middleOf(list)]));
}

/** A goal: this candidate makes at least so many times as many requests a second as that one. */
export interface LoadGoal {
  readonly candidate: string;
  readonly against: string;
  readonly atLeast: number;
}

/** Prints all results, and whether the goals are reached. */
export function printLoads(
  title: string,
  results: ReadonlyMap<string, LoadResult>,
  goals: readonly LoadGoal[],
): void {
  console.log(`\n${title}`);
  console.log("  a second   median ms      p99 ms   CPU ms each");
  for (const [name, { perSecond, median, p99, processor }] of results) {
    const cells = [perSecond.toFixed(0), median.toFixed(1), p99.toFixed(1), processor.toFixed(2)];
    console.log(`${cells.map((cell) => cell.padStart(10)).join("  ")}  ${name}`);
  }
  for (const { candidate, against, atLeast } of goals) {
    const [one, other] = [results.get(candidate), results.get(against)];
    if (one === undefined || other === undefined) continue;
    const ratio = one.perSecond / other.perSecond;
    const verdict = `goal: at least ${atLeast}${ratio >= atLeast ? "" : ", missed"}`;
    console.log(`${ratio.toFixed(2).padStart(10)} x  ${candidate}, against ${against}  ${verdict}`);
  }
}
