/**
 * Builds dist/certswap, one executable file, and dist/SHA256SUMS.
 *
 *     deno task build [--target TARGET] [--runtime FILE] [--self-contained]
 *
 * Uses `deno compile` if its runtime base is available (DENORT_BIN may name it); otherwise makes the
 * self-contained executable: a launcher, the bundle, and the Deno runtime that builds it.
 */
import { parseArgs } from "node:util";
import { buildDate } from "./build/build_date.ts";
import { projectDirectory, workDirectory } from "./build/bundle.ts";
import { buildCompiled, NoBaseError } from "./build/compiled.ts";
import { checkRuntimeVariables } from "./build/runtime_variables.ts";
import { buildSelfContained, formatDate } from "./build/self_contained.ts";
import { tryOut } from "./build/try_out.ts";

const output = `${projectDirectory}dist/certswap`;
const sums = `${projectDirectory}dist/SHA256SUMS`;

try {
  await removeAll([output, sums, workDirectory]);
  await Deno.mkdir(workDirectory, { recursive: true });
  await build();
} catch (error) {
  // An executable that does not work must not stay where it could be copied from.
  await removeAll([output, sums]);
  console.error(`Error: ${error instanceof Error ? error.message : error}`);
  Deno.exitCode = 1;
} finally {
  await removeAll([workDirectory]);
}

async function build(): Promise<void> {
  const { values: options } = parseArgs({
    args: Deno.args,
    options: {
      /** Another machine, as `deno compile --target` names it: aarch64-unknown-linux-gnu. */
      "target": { type: "string" },
      /** The Deno runtime that the self-contained executable carries: needed with --target. */
      "runtime": { type: "string" },
      /** Do not try deno compile. */
      "self-contained": { type: "boolean", default: false },
    },
  });
  const { target = Deno.build.target } = options;
  const isForeign = target !== Deno.build.target;
  const runtime = options.runtime ?? (isForeign ? undefined : Deno.execPath());
  const date = await buildDate();
  // For another machine, deno compile fetches its own base: of the same version, with the same variables.
  checkRuntimeVariables(await Deno.readFile(runtime ?? Deno.execPath()));

  const kind = await buildKind({ date, target, runtime, isCompiled: !options["self-contained"] });
  if (!isForeign) await tryOut(output, { kind, date: formatDate(date) });
  const content = await Deno.readFile(output);
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
  await Deno.writeTextFile(sums, `${sum}  certswap\n`);
  const isRun = isForeign ? `not run: it is for ${target}` : "test run succeeded";
  console.log(`dist/certswap: ${kind}, built at ${formatDate(date)}, ${isRun}`);
  console.log(`dist/certswap: ${(content.length / 1e6).toFixed(1)} MB`);
}

interface KindOptions {
  readonly date: Date;
  readonly target: string;
  readonly runtime: string | undefined;
  readonly isCompiled: boolean;
}

async function buildKind(
  { date, target, runtime, isCompiled }: KindOptions,
): Promise<"compiled" | "self-contained"> {
  if (isCompiled) {
    try {
      await buildCompiled(output, { date, target });
      return "compiled";
    } catch (error) {
      if (!(error instanceof NoBaseError)) throw error;
      console.log(`Building the self-contained executable: ${error.message}`);
    }
  }
  if (!target.includes("linux")) {
    throw new Error(`the self-contained executable is for Linux, not ${target}: set DENORT_BIN`);
  }
  if (runtime === undefined) {
    throw new Error(`name the Deno runtime for ${target} with --runtime FILE`);
  }
  await buildSelfContained(output, { date, runtime });
  return "self-contained";
}

async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
