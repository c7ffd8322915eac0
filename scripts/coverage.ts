/**
 * Computes the line coverage of lib/, lists the files with the most uncovered lines, and fails if it is below
 * {@linkcode enforced} percent.
 *
 *     deno task test:coverage           runs the tests first
 *     deno task test:coverage report    reads the profiles of DENO_COVERAGE_DIR=coverage deno task test
 */
import { type FileCoverage, readLcov, toRanges } from "./coverage/lcov.ts";

/** Percent of all lines of lib/ with code. */
const enforced = 90;

/** Files shown. */
const shown = 15;

const root = new URL("../", import.meta.url);
const profiles = new URL("coverage/", root).pathname;

async function main([word]: readonly string[]): Promise<number> {
  if (word !== "report" && !await runTests()) return 1;
  const report = await deno(["coverage", "--quiet", "--lcov", `--include=^${root}lib/`, profiles]);
  if (!report.success) {
    console.error(report.output);
    return 1;
  }
  return judge(readLcov(report.output, root.pathname));
}

async function runTests(): Promise<boolean> {
  await Deno.remove(profiles, { recursive: true }).catch(() => {});
  const { success, output } = await deno(["task", "test"], { "DENO_COVERAGE_DIR": profiles });
  if (success) return true;
  console.error(output);
  console.error("The tests failed, so there is no coverage to report.");
  return false;
}

function judge(files: readonly FileCoverage[]): number {
  const sum = (of: (file: FileCoverage) => number): number =>
    files.reduce((total, file) => total + of(file), 0);
  const [lines, covered] = [sum((file) => file.lines), sum((file) => file.covered)];
  const worst = files.filter(({ missed }) => missed.length > 0)
    .toSorted((a, b) => b.missed.length - a.missed.length);
  console.log(`${"lines left".padStart(10)}  ${"covered".padStart(7)}  file: lines`);
  for (const file of worst.slice(0, shown)) {
    const share = percent(file.covered, file.lines).padStart(7);
    const left = String(file.missed.length).padStart(10);
    console.log(`${left}  ${share}  ${file.path}: ${toRanges(file.missed)}`);
  }
  if (worst.length > shown) console.log(`... and ${worst.length - shown} files more`);
  const isEnough = covered * 100 >= lines * enforced;
  console.log(
    `\nLine coverage of lib/: ${percent(covered, lines)} (${covered} of ${lines} lines in ` +
      `${files.length} files); at least ${enforced} % is ${isEnough ? "kept" : "NOT KEPT"}.`,
  );
  return isEnough ? 0 : 1;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${(part * 100 / whole).toFixed(1)} %`;
}

/** Runs Deno itself in the project's root. */
async function deno(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<{ success: boolean; output: string }> {
  const command = new Deno.Command(Deno.execPath(), { args: [...words], cwd: root.pathname, env });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + (success ? "" : decoder.decode(stderr)) };
}

Deno.exitCode = await main(Deno.args);
