import assert from "node:assert/strict";

const lib = new URL("../lib/", import.meta.url);

async function* modulesIn(directory: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (isDirectory) yield* modulesIn(new URL(`${name}/`, directory));
    else yield new URL(name, directory);
  }
}

Deno.test("every module of lib/ can be loaded, in any order", async () => {
  const modules = (await Array.fromAsync(modulesIn(lib))).map((url) => url.href);
  assert.ok(modules.length > 100);
  // What is loaded first decides which cycles of imports show.
  for (const module of modules.sort().reverse()) await import(module);
});
