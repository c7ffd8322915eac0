import { join } from "../../lib/system/mod.ts";

/** Runs `work` with a new directory (absolute, every link resolved), which is removed afterwards. */
export async function withTemporaryDirectory<T>(
  work: (path: string) => Promise<T> | T,
): Promise<T> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "certswap-test-" }));
  try {
    return await work(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

/**
 * Everything in a directory, one line for each file: name, kind, mode, owner, inode, and the content (or the
 * target of a link). If two trees are equal, nothing was touched in between, except for the contents of lock
 * files.
 */
export function readTree(directory: string, prefix = ""): string[] {
  return [...Deno.readDirSync(directory)]
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(({ name }) => {
      const path = join(directory, name);
      const info = Deno.lstatSync(path);
      const facts = `${prefix}${name} ${
        info.mode?.toString(8)
      } ${info.uid}:${info.gid} ${info.ino}`;
      if (info.isDirectory) return [facts, ...readTree(path, `${prefix}${name}/`)];
      return [`${facts} ${info.isSymlink ? Deno.readLinkSync(path) : contentOf(path, info.size)}`];
    });
}

/** Large files are compared only by their size. */
function contentOf(path: string, size: number): string {
  if (path.endsWith(".lock")) return "a lock";
  return size > 10_000_000 ? `${size} bytes` : JSON.stringify(Deno.readTextFileSync(path));
}
