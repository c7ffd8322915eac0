/**
 * What the file-system door does for an ordinary user: root may do everything. Its one argument is a
 * directory that everyone may write. Prints, as JSON, how each attempt ended: `done`, or its errno.
 */
import process from "node:process";
import { denoFileSystem, FileSystemError } from "../../../lib/system/mod.ts";

/** The unprivileged user that exists on every system. */
const nobody = 65534;

function attempt(work: () => void): string {
  try {
    work();
    return "done";
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    return `${error.operation} ${error.errno}`;
  }
}

function makeWith(path: string, mode: number, later: number): void {
  const handle = denoFileSystem.createFile(path, mode);
  try {
    handle.setMode(later);
    handle.write(new Uint8Array(1));
  } finally {
    handle.close();
  }
}

if (import.meta.main) {
  const [directory = ""] = Deno.args;
  if (Deno.uid() === 0) {
    process.setgid?.(nobody);
    process.setuid?.(nobody);
  }
  const own = `${directory}/own`;
  const sealed = `${directory}/sealed`;
  denoFileSystem.makeDirectory(sealed, 0o500);
  denoFileSystem.createFile(own, 0o600).close();
  denoFileSystem.createFile(`${directory}/unreadable`, 0o000).close();
  const results = {
    "open unreadable": attempt(() => denoFileSystem.openFile(`${directory}/unreadable`)),
    "create in a sealed directory": attempt(() => denoFileSystem.createFile(`${sealed}/a`, 0o600)),
    "mkdir in a sealed directory": attempt(() =>
      denoFileSystem.makeDirectory(`${sealed}/a`, 0o700)
    ),
    "link into a sealed directory": attempt(() => denoFileSystem.link(own, `${sealed}/a`)),
    "rename into a sealed directory": attempt(() => denoFileSystem.rename(own, `${sealed}/a`)),
    "give a file away": attempt(() => {
      const handle = denoFileSystem.createFile(`${directory}/given`, 0o600);
      handle.setOwner(0, 0);
    }),
    "mode 0440 of a file made 0400": attempt(() => makeWith(`${directory}/a`, 0o400, 0o440)),
    "mode 0640 of a file made 0600": attempt(() => makeWith(`${directory}/b`, 0o600, 0o640)),
  };
  console.log(JSON.stringify(results));
}
