/**
 * A process that runs a command line as `certswap` does, and may kill itself with SIGKILL before a change of
 * the disk. Its only argument is a {@linkcode CommandOrder} as JSON. Its last line of standard output is the
 * list of changes, as JSON.
 */
import { denoWorld, runCertswap } from "../../../lib/cli/mod.ts";
import type { FileOperation } from "../../../lib/system/mod.ts";
import { killingFileSystem } from "../../support/killing_file_system.ts";

/** What the process is to do. */
export interface CommandOrder {
  readonly words: readonly string[];
  /** The change of the disk, counted from 1, before which it kills itself. */
  readonly killBefore?: number;
}

/** What a kill before an operation shows and a kill before the next of these does not. */
const changing: readonly FileOperation[] = [
  ...["create", "write", "rename", "link", "unlink", "mkdir", "rmdir", "symlink"] as const,
];

if (import.meta.main) {
  const { words, killBefore }: CommandOrder = JSON.parse(Deno.args[0] ?? "");
  const changes: string[] = [];
  const files = killingFileSystem(denoWorld.system.files, {
    when: (operation, path) =>
      changing.includes(operation) && changes.push(`${operation} ${path}`) === killBefore,
  });
  const exit = await runCertswap(words, {
    ...denoWorld,
    system: { ...denoWorld.system, files },
    // The process needs the permission to kill itself.
    permissions: { keepOnly: () => {} },
  });
  console.log(JSON.stringify(changes));
  Deno.exit(exit);
}
