/** Whole processes of the built executable, in turns with an empty script or another executable. */
import { fileURLToPath } from "node:url";
import { roomFormat } from "../../lib/system/mod.ts";
import { measuredMain } from "../build/bundle.ts";
import { permissionFlags } from "../build/permission_flags.ts";
import { compiledAheadFlags, runtimeFlags } from "../build/runtime_flags.ts";
import { ArgumentsError, readProcessesArguments } from "./arguments.ts";
import { compareProcesses } from "./compare.ts";
import { commandOptions, end, prepare, quiet, run, type Setting } from "./lines.ts";
import { measure, peakMemoryOf, printRatios } from "./measure.ts";

const executable = fileURLToPath(new URL("../../dist/certswap", import.meta.url));

/** The goals, as multiples of the empty script: with and without the launcher. */
const goals = {
  "--version": 1.5,
  "recover, nothing to do": 1.5,
  "rotate, nothing due": 1.5,
  "status": 1.8,
  "swap": 1.8,
  "ca sign": 2.3,
  "--version, no launcher": 1.3,
  "recover, nothing to do, no launcher": 1.3,
  "status, no launcher": 1.7,
  "swap, no launcher": 1.7,
};

/** At most this many megabytes (10^6 bytes). */
const memoryGoal = 60;

/**
 * Measures and prints. Needs `deno task build` before.
 *
 * Without arguments: the same Deno on an empty script, the executable as an operator starts it and as its
 * launcher does, and the most memory that a swap takes. With `--against FILE`: the executable and that one.
 */
export default async function benchProcesses(words: readonly string[]): Promise<void> {
  const { against, pairs } = await readProcessesArguments(words);
  if (!await exists(executable)) {
    throw new ArgumentsError("there is no dist/certswap: run 'deno task build' first");
  }
  if (against !== undefined) {
    await compareProcesses({ candidate: executable, against, pairs });
    return;
  }
  const home = await Deno.makeTempDir({ prefix: "certswap-bench-" });
  try {
    await measureProcesses({ executable, home });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function measureProcesses(setting: Setting): Promise<void> {
  const lines = await prepare(setting);
  const bare = await withoutLauncher(setting);
  const measuredBefore = await measuredStart(`${setting.home}/device`);
  const whole = (args: readonly string[]): Promise<void> => run(setting, args);
  const measured = await measure([
    { name: "an empty script", run: await emptyScript(setting) },
    { name: "--version", run: () => whole(lines.version) },
    { name: "--version, no launcher", run: () => bare(lines.version) },
    { name: "recover, nothing to do", run: () => whole(lines.recover) },
    { name: "recover, nothing to do, no launcher", run: () => bare(lines.recover) },
    { name: "rotate, nothing due", run: () => whole(lines.rotate) },
    { name: "rotate, nothing due, no launcher", run: () => bare(lines.rotate) },
    { name: "status", run: () => whole(lines.status) },
    { name: "status, no launcher", run: () => bare(lines.status, measuredBefore) },
    { name: "swap", run: () => whole(lines.swap()) },
    { name: "swap, no launcher", run: () => bare(lines.swap()) },
    { name: "ca sign", run: () => whole(lines.sign()) },
  ], { rounds: 40, warmUp: 5 });
  printRatios("Whole processes of dist/certswap", measured, goals);
  let most = 0;
  for (let round = 0; round < 10; round++) {
    most = Math.max(most, await peakMemory(setting, lines.swap()));
  }
  const verdict = `goal: at most ${memoryGoal}${most <= memoryGoal ? "" : ", missed"}`;
  console.log(`${most.toFixed(0).padStart(9)} MB at most of memory for a swap  ${verdict}`);
}

/** Starts the unpacked runtime the way the launcher does. */
async function withoutLauncher(
  setting: Setting,
): Promise<(args: readonly string[], before?: readonly string[]) => Promise<void>> {
  const { home } = setting;
  await run(setting, ["--version"]);
  const [unpacked] = Array.from(Deno.readDirSync(`${home}/cache`), ({ name }) => name);
  const place = `${home}/cache/${unpacked}`;
  const flags = [...runtimeFlags, ...compiledAheadFlags, ...permissionFlags()];
  const env = { DENO_DIR: `${place}/code`, DENO_NO_UPDATE_CHECK: "1" };
  return (args, [main = "", ...before] = ["main.js"]) =>
    end(
      args.join(" "),
      new Deno.Command(`${place}/runtime/deno`, {
        args: ["run", ...flags, `${place}/runtime/${main}`, ...before, ...args],
        env,
        ...quiet,
      }),
    );
}

/** What the launcher starts for `status`, and what it puts in front of the command line. */
async function measuredStart(directory: string): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command("stat", {
    args: ["-f", "-c", roomFormat, "--", directory],
  }).output();
  return [measuredMain, directory, new TextDecoder().decode(stdout).trim()];
}

/** Starts the runtime on an empty script, the way the launcher starts certswap. */
export async function emptyScript(
  { home }: Pick<Setting, "home">,
): Promise<() => Promise<void>> {
  await Deno.writeTextFile(`${home}/empty.js`, "");
  const args = ["run", ...runtimeFlags, `${home}/empty.js`];
  const env = { DENO_DIR: `${home}/deno`, DENO_NO_UPDATE_CHECK: "1" };
  return () => end("an empty script", new Deno.Command(Deno.execPath(), { args, env, ...quiet }));
}

/** The most memory that a command of the executable takes, in megabytes. */
async function peakMemory(setting: Setting, args: readonly string[]): Promise<number> {
  const child = new Deno.Command(executable, commandOptions(setting, args)).spawn();
  const peak = await peakMemoryOf(child);
  await child.stderr.cancel();
  return peak;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
