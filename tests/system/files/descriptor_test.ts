import assert from "node:assert/strict";
import {
  denoFileSystem,
  type FileHandle,
  type FileOperation,
  isErrno,
  join,
} from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

/*
 * Owner and mode belong to the file that was opened, not to what its name leads to by now: in a
 * directory that others can write, a name can be changed at any time.
 */

/** Makes `a` and gives its open handle; `work` may do to the names what it likes. */
function onNewFile(work: (handle: FileHandle, path: string) => void): Promise<void> {
  return withTemporaryDirectory((directory) => {
    const path = join(directory, "a");
    const handle = denoFileSystem.createFile(path, 0o600);
    try {
      work(handle, path);
    } finally {
      handle.close();
    }
  });
}

Deno.test("setMode() sets exactly these bits, regardless of the umask", async () => {
  await onNewFile((handle, path) => {
    for (const mode of [0o666, 0o777, 0o400, 0o640, 0o000, 0o2755]) {
      // A file that its owner cannot read is root's alone to open again.
      if (mode === 0 && Deno.uid() !== 0) continue;
      handle.setMode(mode);
      assert.equal(denoFileSystem.stat(path).mode, mode, mode.toString(8));
      assert.equal(handle.stat().mode, mode);
      if (mode === 0) handle.setMode(0o600);
    }
  });
});

Deno.test({
  name: "setOwner() gives a file to another user and group",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    await onNewFile((handle, path) => {
      handle.setOwner(1234, 5678);
      const { uid, gid } = denoFileSystem.stat(path);
      assert.deepEqual({ uid, gid }, { uid: 1234, gid: 5678 });
    });
  },
});

Deno.test("setOwner() accepts the owner that a file already has", async () => {
  await onNewFile((handle) => {
    const { uid, gid } = handle.stat();
    handle.setOwner(uid, gid);
    assert.deepEqual({ uid: handle.stat().uid, gid: handle.stat().gid }, { uid, gid });
  });
});

/** What another program may have put under the name, and how that is refused. */
const replacements: Readonly<Record<string, [errno: string, put: (path: string) => void]>> = {
  "another file": ["ESTALE", (path) => Deno.writeTextFileSync(path, "victim", { mode: 0o600 })],
  "a link to another file": ["ELOOP", (path) => {
    Deno.writeTextFileSync(`${path}.victim`, "victim", { mode: 0o600 });
    Deno.symlinkSync(`${path}.victim`, path);
  }],
  "a link to this very file": ["ELOOP", (path) => Deno.symlinkSync(`${path}.moved`, path)],
  "a directory": ["ESTALE", (path) => Deno.mkdirSync(path, { mode: 0o700 })],
  "a FIFO without a writer": ["ESTALE", makeFifo],
  "nothing": ["ENOENT", () => {}],
};

/** Deno has no call for it; mkfifo(1) is everywhere. */
function makeFifo(path: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  assert.ok(success);
}

const changes: readonly [FileOperation, (handle: FileHandle) => void][] = [
  ["chmod", (handle) => handle.setMode(0o666)],
  ["chown", (handle) => handle.setOwner(handle.stat().uid, handle.stat().gid)],
];

for (const [what, [errno, put]] of Object.entries(replacements)) {
  for (const [operation, change] of changes) {
    Deno.test(`${operation} of an open file is refused where its name leads to ${what} by now`, async () => {
      await onNewFile((handle, path) => {
        Deno.renameSync(path, `${path}.moved`);
        put(path);
        const before = modesIn(path);
        assert.throws(() => change(handle), (error) => {
          assert.ok(isErrno(error, errno), String(error));
          return true;
        });
        assert.deepEqual(modesIn(path), before, "a mode was changed");
        // The file itself is still open and can be written.
        assert.equal(handle.write(new Uint8Array(3)), 3);
      });
    });
  }
}

/** The modes of all files beside `path`, and of itself. */
function modesIn(path: string): string[] {
  const directory = path.slice(0, path.lastIndexOf("/"));
  return denoFileSystem.readDirectory(directory)
    .map((name) => `${name} ${denoFileSystem.stat(join(directory, name)).mode.toString(8)}`);
}
