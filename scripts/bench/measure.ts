/** Measuring for ratios: candidates run in turns, so that what disturbs the machine disturbs all of them. */

/** One thing to measure. */
export interface Candidate {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** What was measured of a candidate. */
export interface Measured {
  readonly name: string;
  /** Milliseconds. */
  readonly median: number;
}

/** Runs all candidates in turns, every other round in reverse order. The first rounds are not counted. */
export async function measure(
  candidates: readonly Candidate[],
  { rounds, warmUp = 3 }: { readonly rounds: number; readonly warmUp?: number },
): Promise<readonly Measured[]> {
  const times = candidates.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    const turns = [...candidates.entries()];
    for (const [index, { run }] of round % 2 === 0 ? turns : turns.toReversed()) {
      const begin = performance.now();
      await run();
      if (round >= 0) times[index]?.push(performance.now() - begin);
    }
  }
  return candidates.map(({ name }, index) => ({ name, median: medianOf(times[index] ?? []) }));
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}

/** Prints each candidate's ratio to the first, with its goal if it has one. */
export function printRatios(
  title: string,
  measured: readonly Measured[],
  goals: Readonly<Record<string, number>> = {},
): void {
  console.log(`\n${title}`);
  const base = measured[0]?.median ?? NaN;
  for (const { name, median } of measured) {
    const ratio = (median / base).toFixed(2).padStart(7);
    const goal = goals[name];
    const verdict = goal === undefined
      ? ""
      : `  goal: at most ${goal}${median / base <= goal ? "" : ", missed"}`;
    console.log(`${ratio} x  ${median.toFixed(2).padStart(8)} ms  ${name}${verdict}`);
  }
}

/** Runs a program to its end. @throws Error if it does not exit with 0. */
export async function runProgram(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
}

/**
 * The high-water mark of a process, in megabytes: its last readable value (proc(5), VmHWM).
 *
 * @param pause milliseconds between two looks; none for a process that ends soon.
 */
export async function peakMemoryOf(child: Deno.ChildProcess, pause = 0): Promise<number> {
  let peak = 0;
  while (true) {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      if (kilobytes === undefined) break;
      peak = Number(kilobytes) * 1024 / 1e6;
    } catch {
      break;
    }
    if (pause > 0) await new Promise((done) => setTimeout(done, pause));
  }
  await child.status;
  return peak;
}
