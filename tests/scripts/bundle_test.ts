import assert from "node:assert/strict";
import { seeThroughFaces, withoutHelp } from "../../scripts/build/see_through_faces.ts";

const tree = new URL("../../lib/cli/tree/", import.meta.url);

const commands = [
  ["device.ts", "stage"],
  ["device.ts", "swap"],
  ["device.ts", "recover"],
  ["device.ts", "status"],
  ["rotate.ts", "rotate"],
  ["ca/list.ts", "list"],
  ["ca/sign.ts", "sign"],
] as const;

for (const [file, name] of commands) {
  Deno.test(`the own file of ${name} declares no other command, and has no texts of the help`, async () => {
    const text = await Deno.readTextFile(new URL(file, tree));
    const bare = withoutHelp(text, name);
    const declared = Array.from(bare.matchAll(/^export const (\w+)/gm), ([, one]) => one);
    assert.deepEqual(declared, [name]);
    assert.match(text, /\bdocumentation: \{/);
    assert.doesNotMatch(bare, /\bdocumentation: |\bexamples: /);
    assert.match(bare, /^ {2}parameters: \{/m);
    assert.match(bare, /^ {2}load: \(\) => import\(/m);
  });
}

Deno.test("withoutHelp() refuses a file that does not declare the command", async () => {
  const text = await Deno.readTextFile(new URL("rotate.ts", tree));
  assert.throws(() => withoutHelp(text, "swap"), /no declaration of the command swap/);
});

Deno.test("no module of lib/ is imported for what loading does: the bundler may leave it out", async () => {
  const place = await Deno.makeTempDir();
  try {
    const lib = new URL("../../lib", import.meta.url).pathname;
    await seeThroughFaces(lib, `${place}/lib`);
    const declared = JSON.parse(await Deno.readTextFile(`${place}/lib/package.json`));
    assert.deepEqual(declared, { sideEffects: false });
    for (const path of filesBelow(lib)) {
      assert.doesNotMatch(Deno.readTextFileSync(path), /^import "/m, path);
    }
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});

function filesBelow(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    return isDirectory ? filesBelow(path) : path.endsWith(".ts") ? [path] : [];
  });
}
