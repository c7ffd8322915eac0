import { directoryOf, join } from "../../lib/system/mod.ts";
import { withTemporaryDirectory } from "./temporary_directory.ts";

/** A configuration in a directory of its own, with a directory for pairs next to it. */
export interface TestConfiguration {
  /** Holds everything; absolute. */
  readonly root: string;
  /** `certswap.toml`. */
  readonly path: string;
  /** Exists, and is empty. */
  readonly tls: string;
}

/**
 * Runs `work` with a configuration of these files (`certswap.toml`, `certswap.d/a.toml`). `$ROOT` in them is
 * replaced with their directory.
 */
export async function withConfiguration<T>(
  texts: Readonly<Record<string, string>>,
  work: (configuration: TestConfiguration) => Promise<T> | T,
): Promise<T> {
  return await withTemporaryDirectory(async (root) => {
    Deno.mkdirSync(join(root, "tls"));
    for (const [name, text] of Object.entries(texts)) {
      const path = join(root, name);
      if (directoryOf(path) !== root) makeDirectory(directoryOf(path));
      Deno.writeTextFileSync(path, text.replaceAll("$ROOT", root));
      Deno.chmodSync(path, 0o644);
    }
    return await work({ root, path: join(root, "certswap.toml"), tls: join(root, "tls") });
  });
}

/** Regardless of the umask, no other user may write it. */
function makeDirectory(path: string): void {
  Deno.mkdirSync(path, { recursive: true });
  Deno.chmodSync(path, 0o755);
}
