/** Mount namespaces, for tests that need a file system of their own. */
import { type Ended, run } from "./executable.ts";

/** Whether this process may make mount namespaces: root on a plain Linux. */
export const canMount = Deno.build.os === "linux" && Deno.uid() === 0 &&
  (await run("/usr/bin/unshare", ["--mount", "/bin/true"]).catch(() => undefined))?.code === 0;

/**
 * Runs a shell script in a new mount namespace: its mounts are removed when it ends, and no other process
 * sees them.
 *
 * @param args `$1` and so on.
 */
export async function runWithMounts(script: string, args: readonly string[]): Promise<Ended> {
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  return await run(
    "/usr/bin/unshare",
    ["--mount", "--propagation", "private", "/bin/sh", "-euc", script, "sh", ...args],
    { env },
  );
}
