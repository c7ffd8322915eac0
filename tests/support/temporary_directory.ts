import { join } from "../../lib/system/mod.ts";

/** Runs `work` with a directory of its own (absolute, every link resolved), which is gone afterwards. */
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
 * Everything there is in a directory, a line a file: name, kind, mode, owner, inode, and the content
 * (or where a link leads). Two equal trees have not been touched in between, the notes aside that holders
 * leave in their lock files.
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

/** Large files are told apart by their size alone. */
function contentOf(path: string, size: number): string {
  if (path.endsWith(".lock")) return "a lock";
  return size > 10_000_000 ? `${size} bytes` : JSON.stringify(Deno.readTextFileSync(path));
}
