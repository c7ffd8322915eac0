/** Access control lists as getfacl(1) prints them, and as real programs read and set them. */
import assert from "node:assert/strict";
import {
  denoAccessLists,
  FileSystemError,
  join,
  parseAccessLists,
} from "../../../lib/system/mod.ts";
import { canUseAccessLists, giveList, listOf } from "../../support/access_lists.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

const listed = "user::rw-\nuser:33:r--\ngroup::---\nmask::r--\nother::---\n\n";
const directory = "user::rwx\ngroup::r-x\nother::r-x\ndefault:user::rwx\ndefault:group::r-x\n" +
  "default:other::r-x\n\n";

Deno.test("parseAccessLists() reads a paragraph for each file, and the default list of a directory", () => {
  assert.deepEqual(parseAccessLists(listed + directory), [
    {
      entries: ["user::rw-", "user:33:r--", "group::---", "mask::r--", "other::---"],
      defaults: [],
    },
    {
      entries: ["user::rwx", "group::r-x", "other::r-x"],
      defaults: ["user::rwx", "group::r-x", "other::r-x"],
    },
  ]);
});

for (
  const text of [
    "user::rw-\n\n",
    "user::rw-\ngroup::---\nother::---\nuser:www-data:r--\n\n",
    "user::rw-\ngroup::---\nother::---\nuser:33:r--\t#effective:---\n\n",
    "# file: /x\nuser::rw-\ngroup::---\nother::---\n\n",
  ]
) {
  Deno.test(`parseAccessLists() reads nothing of ${JSON.stringify(text)}`, () => {
    assert.equal(parseAccessLists(text), undefined);
  });
}

Deno.test({
  name: "a list that was read from one file can be set on a file created later",
  ignore: !canUseAccessLists,
  async fn() {
    await withTemporaryDirectory(async (directory) => {
      const [old, later] = [join(directory, "old"), join(directory, "later -n")];
      Deno.writeTextFileSync(old, "", { mode: 0o600 });
      giveList(old, "u:65534:r,g:36:r");
      const [list, ofDirectory] = await denoAccessLists.read([old, directory]);
      assert.ok(list !== undefined);
      assert.deepEqual(ofDirectory?.defaults, []);
      const prepared = denoAccessLists.prepare(later);
      Deno.writeTextFileSync(later, "", { mode: 0o600 });
      await prepared.set(list);
      assert.deepEqual(listOf(later), listOf(old));
      assert.equal((Deno.statSync(later).mode ?? 0) & 0o777, 0o640);
      await prepared.cancel();
    });
  },
});

Deno.test({
  name: "setting a list on a file that is never created ends without effect",
  ignore: !canUseAccessLists,
  async fn() {
    await withTemporaryDirectory(async (directory) => {
      const path = join(directory, "file");
      const [first, second] = [denoAccessLists.prepare(path), denoAccessLists.prepare(path)];
      await first.cancel();
      const list = { entries: ["user::rw-", "group::---", "other::---"], defaults: [] };
      await assert.rejects(
        second.set(list),
        (error) => error instanceof FileSystemError && error.operation === "setfacl",
      );
      await assert.rejects(first.set(list), FileSystemError);
      assert.deepEqual([...Deno.readDirSync(directory)], []);
    });
  },
});

Deno.test({
  name: "the list of a missing file cannot be read",
  ignore: !canUseAccessLists,
  async fn() {
    await assert.rejects(
      denoAccessLists.read(["/nowhere/key.pem"]),
      (error) => error instanceof FileSystemError && error.operation === "getfacl",
    );
  },
});

Deno.test({
  name: "a process with only that group finds out whether the group bits apply to the group",
  ignore: Deno.uid() !== 0,
  async fn() {
    await withTemporaryDirectory(async (directory) => {
      Deno.chmodSync(directory, 0o755);
      const key = join(directory, "key.pem");
      Deno.writeTextFileSync(key, "secret", { mode: 0o640 });
      Deno.chownSync(key, 0, 5678);
      assert.equal(await denoAccessLists.groupCanRead(key, 5678), true);
      Deno.chmodSync(key, 0o600);
      // As it looks to the group where a list has group::---.
      assert.equal(await denoAccessLists.groupCanRead(key, 5678), false);
      Deno.chmodSync(key, 0o640);
      Deno.chmodSync(directory, 0o700);
      assert.equal(await denoAccessLists.groupCanRead(key, 5678), undefined, "it cannot come near");
    });
  },
});
