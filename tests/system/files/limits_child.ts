/**
 * Runs into limits that its parent has set for it: the size of a file, the number of open files, the umask.
 * Its arguments are a directory and what to run into. Prints how far it came, and the errno that ended it;
 * for the umask, the modes of what it made, and of what it then gave a mode.
 */
import { denoFileSystem, FileSystemError, writeAll } from "../../../lib/system/mod.ts";

if (import.meta.main) {
  const [directory = "", what] = Deno.args;
  const path = `${directory}/a`;
  let done = 0;
  const handle = denoFileSystem.createFile(path, 0o600);
  try {
    if (what === "size") writeAll(handle, new Uint8Array(1_000_000));
    if (what === "open files") { for (; done < 10_000; done++) denoFileSystem.openFile(path); }
    if (what === "umask") {
      denoFileSystem.makeDirectory(`${directory}/d`, 0o777);
      denoFileSystem.createFile(`${directory}/b`, 0o666).close();
      handle.setMode(0o666);
      const modes = ["d", "b", "a"].map((name) => denoFileSystem.stat(`${directory}/${name}`).mode);
      console.log(modes.map((mode) => mode.toString(8)).join(" "));
    } else {
      console.log("no limit");
    }
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    console.log(`${error.operation} ${error.errno} ${handle.stat().size} ${done}`);
  }
}
