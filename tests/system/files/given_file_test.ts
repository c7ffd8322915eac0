/** Files that are only read, and may lie where other users exchange them at any moment. */
import assert from "node:assert/strict";
import {
  denoFileSystem,
  type FileSystem,
  FileTooLargeError,
  join,
  readGivenFile,
  WrongFileKindError,
} from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

const limit = 100;

/** The text of a file; each exchange is made between one look at the file and its open. */
async function read(path: string, exchanges: (() => void)[] = []): Promise<string> {
  const files: FileSystem = {
    ...denoFileSystem,
    openPromptly(opened) {
      exchanges.shift()?.();
      return denoFileSystem.openPromptly(opened);
    },
  };
  return new TextDecoder().decode((await readGivenFile(files, path, limit)).content);
}

function makeFifo(path: string): void {
  const { code } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  assert.equal(code, 0);
}

Deno.test("readGivenFile() reads only a regular file, also through links", async () => {
  await withTemporaryDirectory(async (directory) => {
    const at = (name: string): string => join(directory, name);
    Deno.writeTextFileSync(at("file"), "text");
    Deno.symlinkSync("file", at("link"));
    makeFifo(at("fifo"));
    Deno.symlinkSync("fifo", at("link-to-fifo"));
    assert.equal(await read(at("file")), "text");
    assert.equal(await read(at("link")), "text");
    for (const name of ["fifo", "link-to-fifo", "."]) {
      await assert.rejects(read(at(name)), (error) => {
        assert(error instanceof WrongFileKindError);
        assert.equal(error.path, at(name), "as it was given");
        return true;
      });
    }
    Deno.writeTextFileSync(at("large"), "x".repeat(limit + 1));
    await assert.rejects(read(at("large")), FileTooLargeError);
  });
});

Deno.test("readGivenFile() does not wait for a FIFO that replaces the file after the check", async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, "file");
    Deno.writeTextFileSync(path, "text");
    const exchange = (): void => {
      Deno.removeSync(path);
      makeFifo(path);
    };
    await assert.rejects(read(path, [exchange]), WrongFileKindError);
  });
});

Deno.test("readGivenFile() reads only the file that it checked", async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, "file");
    const secret = join(directory, "secret");
    Deno.writeTextFileSync(path, "text");
    Deno.writeTextFileSync(secret, "SECRETHASH");
    const toSecret = (): void => {
      Deno.removeSync(path);
      Deno.symlinkSync(secret, path);
    };
    await assert.rejects(read(path, [toSecret]), WrongFileKindError);
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, "text");
    // A file that is replaced once, as every writer does it, is looked at again.
    const byRename = (): void => {
      Deno.writeTextFileSync(`${path}.new`, "new text");
      Deno.renameSync(`${path}.new`, path);
    };
    assert.equal(await read(path, [byRename]), "new text");
    await assert.rejects(read(path, [byRename, byRename, byRename]), { errno: "ESTALE" });
  });
});
