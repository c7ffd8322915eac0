/** The self-contained executable: launcher, bundle and runtime in one file. */
import { gzipSync } from "node:zlib";
import type { Build } from "../../lib/cli/version.ts";
import { bundleInstaller, bundleProgram, measuredMain } from "./bundle.ts";
import { assembleExecutable } from "./launcher.ts";

/** What the self-contained executable is made of. */
export interface SelfContainedOptions {
  readonly date: Date;
  /** The Deno runtime to carry. */
  readonly runtime: string;
}

/** Makes the self-contained executable: launcher, bundle, runtime. */
export async function buildSelfContained(
  output: string,
  { date, runtime }: SelfContainedOptions,
): Promise<void> {
  const build: Build = { kind: "self-contained", date: formatDate(date) };
  const program = await bundleProgram(build);
  const files = {
    ...program,
    "temporary.js": temporaryMain,
    "warm_up.js": warmUp(Object.keys(program)),
  };
  const runtimeBytes = await Deno.readFile(runtime);
  const sizes = Object.values(files).map((content) => new TextEncoder().encode(content).length);
  const executable = await assembleExecutable({
    time: formatDate(date).replace(/[-:]/g, ""),
    installer: compress(new TextEncoder().encode(await bundleInstaller(files))),
    runtime: compress(runtimeBytes),
    unpackedSize: sizes.reduce((sum, size) => sum + size, runtimeBytes.length),
  });
  await Deno.writeFile(output, executable, { mode: 0o755 });
  await Deno.chmod(output, 0o755);
}

/** Starts from a directory that is removed: all that the program may load is in memory before it begins. */
const temporaryMain = `import "./pkcs12.js";
import { start } from "./program.js";
Deno.removeSync(new URL("..", import.meta.url), { recursive: true });
Deno.exit(await start(Deno.args));
`;

/**
 * Loads everything once and stays a moment: the runtime keeps compiled code only if the process lives long
 * enough, and \`recover\` with nothing to do never does. It runs no command.
 */
function warmUp(names: readonly string[]): string {
  const mains = ["main.js", measuredMain];
  const loads = names.filter((name) => !mains.includes(name)).map((name) => `import("./${name}")`);
  return `await Promise.all([${loads.join(", ")}]);
await new Promise((resolve) => setTimeout(resolve, 100));
`;
}

/** RFC 3339, UTC, to the second. */
export function formatDate(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** gzip, which every system can unpack. Without name and time (RFC 1952), so the bytes are reproducible. */
function compress(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 9, memLevel: 9 });
}
