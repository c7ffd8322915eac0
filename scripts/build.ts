/**
 * Builds dist/certswap, one executable file.
 *
 *     deno task build [--target TARGET] [--runtime FILE] [--self-contained]
 *
 * With `deno compile`, where its runtime base can be had (DENORT_BIN may name it); otherwise the
 * self-contained executable: a launcher, the bundle, and the Deno runtime that builds it.
 */
import { parseArgs } from "node:util";
import { buildDate } from "./build/build_date.ts";
import { projectDirectory, workDirectory } from "./build/bundle.ts";
import { buildCompiled, NoBaseError } from "./build/compiled.ts";
import { buildSelfContained, formatDate } from "./build/self_contained.ts";
import { tryOut } from "./build/try_out.ts";

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

const { target, runtime } = options;
const date = await buildDate();
const output = `${projectDirectory}dist/certswap`;

await Deno.remove(output).catch(() => {});
await Deno.remove(workDirectory, { recursive: true }).catch(() => {});
await Deno.mkdir(workDirectory, { recursive: true });
const kind = await build();
const isForeign = target !== undefined && target !== Deno.build.target;
if (!isForeign) await tryOut(output, { kind, date: formatDate(date) });
await Deno.remove(workDirectory, { recursive: true });

const content = await Deno.readFile(output);
const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
await Deno.writeTextFile(`${projectDirectory}dist/SHA256SUMS`, `${sum}  certswap\n`);
console.log(
  `dist/certswap: ${kind}, built in ${formatDate(date)}, ` +
    (isForeign ? `not run: it is for ${target}` : "run"),
);
console.log(`dist/certswap: ${(content.length / 1e6).toFixed(1)} MB`);

async function build(): Promise<"compiled" | "self-contained"> {
  if (!options["self-contained"]) {
    try {
      await buildCompiled(output, { date, target });
      return "compiled";
    } catch (error) {
      if (!(error instanceof NoBaseError)) throw error;
      console.log(`${error.message}: building the self-contained executable instead`);
    }
  }
  if (target !== undefined && target !== Deno.build.target && runtime === undefined) {
    throw new Error(`name the Deno runtime for ${target} with --runtime FILE`);
  }
  await buildSelfContained(output, { date, runtime: runtime ?? Deno.execPath() });
  return "self-contained";
}
