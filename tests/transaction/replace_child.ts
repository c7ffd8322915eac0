/** Writes a file again and again: its path, then the word that it is to hold. */
import { denoFileSystem } from "../../lib/system/mod.ts";
import { replaceFile } from "../../lib/transaction/mod.ts";

const [path = "", word = ""] = Deno.args;
const content = new TextEncoder().encode(`${word}\n`.repeat(5000));
for (let count = 0; count < 50; count++) {
  replaceFile(denoFileSystem, path, { content, mode: 0o644 });
}
