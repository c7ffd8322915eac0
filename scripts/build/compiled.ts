/** The executable that `deno compile` makes. */
import type { Build } from "../../lib/cli/version.ts";
import { bundleProgram, workDirectory } from "./bundle.ts";
import { permissionFlags } from "./permission_flags.ts";
import { formatDate } from "./self_contained.ts";

/** What `deno compile` is asked for. */
export interface CompiledOptions {
  readonly date: Date;
  /** As `deno compile --target` takes it. */
  readonly target: string;
}

/** `deno compile` has no runtime base: `DENORT_BIN` names none, and none can be downloaded. */
export class NoBaseError extends Error {}

/**
 * Makes the executable with `deno compile`.
 *
 * @throws NoBaseError if there is no runtime base.
 */
export async function buildCompiled(
  output: string,
  { date, target }: CompiledOptions,
): Promise<void> {
  const build: Build = { kind: "compiled", date: formatDate(date) };
  const files = await bundleProgram(build);
  const includes = Object.keys(files).filter((name) => name !== "main.js");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      // The cache of V8's code is a file in /tmp, where another user could have put it.
      "--no-code-cache",
      "--no-check",
      "--no-config",
      "--no-lock",
      "--no-npm",
      "--no-remote",
      "--no-prompt",
      ...permissionFlags(),
      "--target",
      target,
      ...includes.flatMap((name) => ["--include", `${workDirectory}/${name}`]),
      "--output",
      output,
      `${workDirectory}/main.js`,
    ],
    stdout: "null",
  }).output();
  if (success) return;
  const text = new TextDecoder().decode(stderr);
  if (text.includes("error sending request") || text.includes("Setting up base binary")) {
    throw new NoBaseError("no access to dl.deno.land, which deno compile needs (this is normal)");
  }
  throw new Error(`deno compile failed:\n${text}`);
}
