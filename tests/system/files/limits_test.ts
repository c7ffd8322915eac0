import assert from "node:assert/strict";
import { denoFileSystem, isErrno, writeAll } from "../../../lib/system/mod.ts";
import { denoRunArguments } from "../../support/run_deno.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

/** Runs `limits_child.ts` after a shell has set a limit for it. */
async function within(limit: string, what: "size" | "open files" | "umask"): Promise<string> {
  return await withTemporaryDirectory(async (directory) => {
    const child = new URL("limits_child.ts", import.meta.url).href;
    const command = new Deno.Command("/bin/sh", {
      args: ["-c", `${limit}; exec "$@"`, "sh", Deno.execPath(), ...denoRunArguments, child]
        .concat(directory, what),
    });
    const { stdout, stderr } = await command.output();
    assert.equal(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trim();
  });
}

Deno.test("write() of an open file fails with EFBIG at its size limit, after writing what fits", async () => {
  // A shell counts in blocks of 512 bytes (POSIX) or of 1024; a signal that is ignored stays so across exec.
  const ended = await within("trap '' XFSZ; ulimit -f 8", "size");
  assert.match(ended, /^write EFBIG (?:4096|8192) 0$/);
});

Deno.test("openFile() fails with EMFILE if no more files may be open", async () => {
  const ended = await within("ulimit -n 64", "open files");
  assert.match(ended, /^open EMFILE 0 [1-5]?\d$/);
});

Deno.test("makeDirectory() and createFile() apply the umask, setMode() does not", async () => {
  assert.equal(await within("umask 027", "umask"), "750 640 666");
  assert.equal(await within("umask 0", "umask"), "777 666 666");
});

Deno.test("write() of an open file fails with ENOSPC if there is no space", () => {
  const handle = denoFileSystem.openLockFile("/dev/full", 0o600);
  try {
    assert.throws(() => writeAll(handle, new Uint8Array(1)), (error) => isErrno(error, "ENOSPC"));
  } finally {
    handle.close();
  }
});
