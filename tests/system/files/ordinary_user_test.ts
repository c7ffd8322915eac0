import assert from "node:assert/strict";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { runDeno } from "../../support/run_deno.ts";

Deno.test("denoFileSystem does what an ordinary user may do, and names what is refused", async () => {
  await withTemporaryDirectory(async (directory) => {
    Deno.chmodSync(directory, 0o777);
    const { stdout, stderr } = await runDeno([
      new URL("ordinary_user_child.ts", import.meta.url).href,
      directory,
    ]);
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), {
      "open unreadable": "open EACCES",
      "create in a sealed directory": "create EACCES",
      "mkdir in a sealed directory": "mkdir EACCES",
      "link into a sealed directory": "link EACCES",
      "rename into a sealed directory": "rename EACCES",
      "give a file away": "chown EPERM",
      "mode 0440 of a file made 0400": "done",
      "mode 0640 of a file made 0600": "done",
    });
  });
});
