/**
 * A flipped pair under a reader of two files: a hundred swaps, or as many as `CERTSWAP_TEST_SWAPS` says.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "../../lib/system/mod.ts";
import { readPage } from "../docs/page.ts";
import { withConfiguration } from "../support/configuration.ts";
import { makeAuthority } from "../support/pairs.ts";
import { runCli } from "../support/test_world.ts";
import { interopTest } from "./tools.ts";

const swaps = Number(Deno.env.get("CERTSWAP_TEST_SWAPS") ?? 100);
const reader = fileURLToPath(new URL("flip_reader.py", import.meta.url));

/** What a reader met: pairs that fit, mixed ones, and versions that were gone before both files were open. */
interface Met {
  readonly pairs: number;
  readonly mixes: number;
  readonly gone: number;
}

/** A reader that is at work. */
interface Reader {
  /** Ends it. */
  end(): Promise<Met>;
}

/** The module that docs/guide/flip.md has its reader write, in a directory. */
async function writeModule(directory: string): Promise<void> {
  const page = await Deno.readTextFile(new URL("../../docs/guide/flip.md", import.meta.url));
  const module = readPage(page).steps.find((step) =>
    step.kind === "file" && step.path.endsWith("/load_pair.py")
  );
  assert(module?.kind === "file");
  await Deno.writeTextFile(join(directory, "load_pair.py"), module.content);
}

/** Starts a reader, and waits until it reads. */
async function startReader(how: "handle" | "path", root: string, tls: string): Promise<Reader> {
  const child = new Deno.Command("python3", {
    args: ["-B", reader, how, tls],
    env: { PYTHONPATH: root },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) text += (await output.read()).value ?? "\n";
  assert.equal(text, "ready\n");
  return {
    async end() {
      await child.stdin.close();
      text = "";
      for (let part = await output.read(); !part.done; part = await output.read()) {
        text += part.value;
      }
      assert((await child.status).success);
      return JSON.parse(text);
    },
  };
}

interopTest(
  `a reader of a flipped pair through one directory handle meets 0 mixes in ${swaps} swaps`,
  {
    tools: ["python3"],
    run: () =>
      withConfiguration({
        "certswap.toml": '[pair.web]\nlayout = "flip"\ndir = "$ROOT/tls"\n',
      }, async ({ root, path, tls }) => {
        await writeModule(root);
        const authority = await makeAuthority();
        const names = ["a", "b"];
        for (const name of names) {
          const { chainPem, keyPem } = await authority.issue();
          Deno.writeTextFileSync(join(root, `${name}.crt`), chainPem, { mode: 0o600 });
          Deno.writeTextFileSync(join(root, `${name}.key`), keyPem, { mode: 0o600 });
        }
        const swap = async (name = ""): Promise<void> => {
          const files = [
            "--new-cert",
            join(root, `${name}.crt`),
            "--new-key",
            join(root, `${name}.key`),
          ];
          const { exit, stderr } = await runCli([
            "swap",
            "--name",
            "web",
            "--config",
            path,
            ...files,
          ]);
          assert.equal(exit, 0, stderr);
        };
        await swap("a");
        const byHandle = await startReader("handle", root, tls);
        const byPath = await startReader("path", root, tls);
        for (let count = 1; count <= swaps; count++) await swap(names[count % 2]);
        const met = await byHandle.end();
        const metByPath = await byPath.end();
        console.log(
          `${swaps} swaps: by handle ${JSON.stringify(met)}, by path ${JSON.stringify(metByPath)}`,
        );
        assert.equal(met.mixes, 0);
        assert(met.pairs > 0);
        const versions = [...Deno.readDirSync(join(tls, "versions"))];
        assert.equal(versions.length, 2, "the active version, and the one before");
      }),
  },
);

interopTest("the reader of the flip test tells a mix from a pair", {
  tools: ["python3"],
  run: () =>
    withConfiguration({}, async ({ root, tls }) => {
      await writeModule(root);
      const authority = await makeAuthority();
      const [one, other] = [await authority.issue(), await authority.issue()];
      Deno.mkdirSync(join(tls, "versions/1"), { recursive: true });
      Deno.symlinkSync("versions/1", join(tls, "current"));
      Deno.writeTextFileSync(join(tls, "versions/1/cert.pem"), one.chainPem);
      Deno.writeTextFileSync(join(tls, "versions/1/key.pem"), other.keyPem, { mode: 0o600 });
      for (const how of ["handle", "path"] as const) {
        const running = await startReader(how, root, tls);
        await new Promise((resolve) => setTimeout(resolve, 200));
        const { pairs, mixes } = await running.end();
        assert.equal(pairs, 0);
        assert(mixes > 0);
      }
    }),
});
