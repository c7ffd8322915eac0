/**
 * Another process that wants the lock of the file it is given.
 * Prints whether it got it; then waits for its input to end.
 */
import { denoFileSystem } from "../../../lib/system/mod.ts";

if (import.meta.main) {
  const handle = denoFileSystem.openLockFile(Deno.args[0] ?? "", 0o600);
  console.log(handle.tryLock() ? "locked" : "refused");
  await new Response(Deno.stdin.readable).bytes();
}
