/** Two executables in turns: what a change costs, row by row. */
import { type Lines, prepare, run, type Setting } from "./lines.ts";
import { measure, type Measured } from "./measure.ts";

/** What is compared. */
export interface Comparison {
  /** The executable with the change. */
  readonly candidate: string;
  /** The executable without the change. */
  readonly against: string;
  /** How often each of the two is started for each row. */
  readonly pairs: number;
}

const rows: readonly (readonly [name: string, line: (lines: Lines) => readonly string[]])[] = [
  ["--version", (lines) => lines.version],
  ["recover, nothing to do", (lines) => lines.recover],
  ["rotate, nothing due", (lines) => lines.rotate],
  ["status", (lines) => lines.status],
  ["swap", (lines) => lines.swap()],
  ["ca sign", (lines) => lines.sign()],
  ["ca list", (lines) => lines.list],
];

/** Measures both, each with a cache, a device and a CA of its own, and prints the ratio of their medians. */
export async function compareProcesses(
  { candidate, against, pairs }: Comparison,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "certswap-bench-" });
  try {
    const settings = [settingFor(candidate, `${root}/new`), settingFor(against, `${root}/old`)];
    const prepared = [];
    for (const setting of settings) {
      await Deno.mkdir(setting.home);
      prepared.push({ setting, lines: await prepare(setting) });
    }
    console.log(`\nnew: ${candidate}\nold: ${against}\n${pairs} pairs, medians\n`);
    console.log("new/old    new ms    old ms");
    for (const [name, lineOf] of rows) {
      const measured = await measure(
        prepared.map(({ setting, lines }) => ({ name, run: () => run(setting, lineOf(lines)) })),
        { rounds: pairs },
      );
      console.log(rowOf(name, measured));
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function settingFor(executable: string, home: string): Setting {
  return { executable, home };
}

function rowOf(name: string, [candidate, against]: readonly Measured[]): string {
  const [now = NaN, before = NaN] = [candidate?.median, against?.median];
  const ratio = (now / before).toFixed(3).padStart(7);
  return `${ratio}  ${now.toFixed(2).padStart(8)}  ${before.toFixed(2).padStart(8)}  ${name}`;
}
