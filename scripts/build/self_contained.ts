import { gzipSync } from "node:zlib";
import type { Build } from "../../lib/cli/version.ts";
import { bundleInstaller, bundleProgram, bundleTemporaryProgram } from "./bundle.ts";
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
  const files = {
    ...await bundleProgram(build),
    "temporary.js": await bundleTemporaryProgram(build),
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

/** RFC 3339, UTC, to the second. */
export function formatDate(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** gzip, for that is what every system can undo. Without name and time (RFC 1952): the same bytes each time. */
function compress(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 9, memLevel: 9 });
}
