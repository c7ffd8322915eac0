/** A real file system that becomes read-only in the middle of a swap, as ext4 does after a disk error. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { denoRunArguments } from "../support/run_deno.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import type { FailedSwap } from "./failing_disk_child.ts";

const inNamespace = ["--mount", "--propagation", "private"];

/** Whether this process can mount an ext4 image. */
function canMountExt4(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const directory = Deno.makeTempDirSync({ prefix: "certswap-test-" });
  const script = `cd "$1"; mkdir m; truncate -s 4M i; mkfs.ext4 -q i; mount -o loop i m; umount m`;
  try {
    return new Deno.Command("/usr/bin/unshare", {
      args: [...inNamespace, "/bin/sh", "-euc", script, "sh", directory],
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test({
  name:
    "a file system that becomes read-only before any operation of a swap leaves the pair that was reported",
  ignore: !canMountExt4(),
  async fn() {
    await withTemporaryDirectory(async (directory) => {
      const child = fileURLToPath(new URL("failing_disk_child.ts", import.meta.url));
      const { success, stdout, stderr } = await new Deno.Command("/usr/bin/unshare", {
        args: [...inNamespace, Deno.execPath(), ...denoRunArguments, child, directory],
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const swaps: FailedSwap[] = JSON.parse(new TextDecoder().decode(stdout));
      for (const [index, { before, exit, active }] of swaps.entries()) {
        const where = `before operation ${index + 1}, ${before}: exit ${exit}`;
        // 1: nothing was changed. 4: recovery decides. 0: the new pair is active.
        assert.ok([0, 1, 4].includes(exit), where);
        if (exit !== 4) assert.equal(active, exit === 0 ? 1 : 0, where);
      }
      const exits = new Set(swaps.map(({ exit }) => exit));
      assert.deepEqual([...exits].sort(), [0, 1, 4]);
      console.log(`read-only before each of ${swaps.length - 1} operations of a swap on ext4`);
    });
  },
});
