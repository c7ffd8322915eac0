/** The lock of a pair is flock(2), which a shell script can take with flock(1). */
import assert from "node:assert/strict";
import { denoFileSystem, join } from "../../lib/system/mod.ts";
import { LockedError, recover, type Site, withSession } from "../../lib/transaction/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { testSystem } from "../support/test_world.ts";
import { interopTest, tryTool } from "./tools.ts";

function siteIn(directory: string): Site {
  return {
    stateDirectory: join(directory, ".certswap"),
    name: "a",
    directories: [directory],
    manages: () => false,
  };
}

interopTest("flock(1) excludes certswap, and certswap excludes flock(1)", {
  tools: ["flock"],
  run: () =>
    withTemporaryDirectory(async (directory) => {
      const site = siteIn(directory);
      const lockFile = join(site.stateDirectory, "a.lock");
      await withSession(testSystem(), site, {
        lockTimeout: 0,
        async work() {
          assert.equal((await tryTool("flock", "--nonblock", lockFile, "true")).exit, 1);
        },
      });
      assert.equal((await tryTool("flock", "--nonblock", lockFile, "true")).exit, 0);

      const holder = new Deno.Command("flock", {
        args: [lockFile, "sh", "-c", "echo locked; read -r line"],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const output = holder.stdout.getReader();
      await output.read();
      await assert.rejects(recover(testSystem(), site, { lockTimeout: 50 }), LockedError);
      await holder.stdin.close();
      await output.cancel();
      await holder.status;
      assert.equal((await recover(testSystem(), site, { lockTimeout: 0 })).outcome, "clean");
      assert.ok(denoFileSystem.stat(lockFile).kind === "file");
    }),
});
