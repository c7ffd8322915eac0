/**
 * Runs into limits that its parent has set for it: the size of a file, or the number of open files. Its
 * arguments are a directory and what to run into. Prints how far it came, and the errno that ended it.
 */
import { denoFileSystem, FileSystemError, writeAll } from "../../lib/system/mod.ts";

if (import.meta.main) {
  const [directory = "", what] = Deno.args;
  const path = `${directory}/a`;
  let done = 0;
  const handle = denoFileSystem.createFile(path, 0o600);
  try {
    if (what === "size") writeAll(handle, new Uint8Array(1_000_000));
    if (what === "open files") { for (; done < 10_000; done++) denoFileSystem.openFile(path); }
    console.log("no limit");
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    console.log(`${error.operation} ${error.errno} ${handle.stat().size} ${done}`);
  }
}
