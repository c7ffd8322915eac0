import assert from "node:assert/strict";
import { topics } from "../../lib/cli/print/topics.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { runCli } from "../support/test_world.ts";
import { interopTest } from "./tools.ts";

async function script(shell: string): Promise<string> {
  const { exit, stdout, stderr } = await runCli(["completion", shell]);
  assert.equal(exit, 0, stderr);
  return stdout;
}

/** Runs a shell on a script of its own; what it prints, by lines, sorted. */
async function ask(shell: string, text: string, cwd: string): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(shell, { args: ["-c", text], cwd }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  const words = new TextDecoder().decode(stdout).split("\n").map((line) =>
    line.split("\t")[0] ?? ""
  );
  return words.filter((word) => word !== "").sort();
}

/** What each shell proposes, given the words before the cursor, in a directory with `a.pem` and `b/`. */
const shells: Readonly<Record<string, (line: string) => Promise<string[]>>> = {
  bash: (line) =>
    withTemporaryDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/a.pem`, "");
      await Deno.mkdir(`${directory}/b`);
      const words = line.split(" ");
      const source = `${await script("bash")}
compopt() { :; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_certswap
printf '%s\\n' "\${COMPREPLY[@]}"`;
      return await ask("bash", source, directory);
    }),
  fish: (line) =>
    withTemporaryDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/a.pem`, "");
      await Deno.mkdir(`${directory}/b`);
      return (await ask("fish", `${await script("fish")}\ncomplete -C '${line}'`, directory))
        .map((word) => word.replace(/\/$/, ""));
    }),
};

for (const [shell, propose] of Object.entries(shells)) {
  interopTest(`certswap completion ${shell} proposes commands, flags, values and files`, {
    tools: [shell],
    run: async () => {
      assert.deepEqual(await propose("certswap sta"), ["stage", "status"]);
      assert.deepEqual(await propose("certswap install "), ["cron", "systemd"]);
      const newPair = ["--new-cert", "--new-key", "--new-pkcs12"];
      assert.deepEqual(await propose("certswap swap --new-"), newPair);
      assert.deepEqual(await propose("certswap export --profile "), ["legacy", "modern"]);
      assert.deepEqual(await propose("certswap export --format p"), ["pem", "pkcs12"]);
      assert.deepEqual(await propose("certswap recover --keep "), ["new", "old"]);
      assert.deepEqual(await propose("certswap completion "), ["bash", "fish", "zsh"]);
      assert.deepEqual(await propose("certswap help "), Object.keys(topics).sort());
      assert.deepEqual(await propose("certswap swap --dir "), ["b"]);
      assert.deepEqual(await propose("certswap swap --cert "), ["a.pem", "b"]);
      assert.deepEqual(await propose("certswap ca verify "), ["a.pem", "b"]);
      assert.deepEqual(await propose("certswap ca sign --skip-bad --validi"), ["--validity"]);
    },
  });
}

interopTest("certswap completion bash proposes what may follow a flag and '='", {
  tools: ["bash"],
  run: async () => {
    // Readline takes the sign for a word of its own.
    assert.deepEqual(await shells["bash"]?.("certswap swap --dir ="), ["b"]);
    assert.deepEqual(await shells["bash"]?.("certswap swap --cert = a"), ["a.pem"]);
    assert.deepEqual(await shells["bash"]?.("certswap recover --keep = o"), ["old"]);
  },
});

interopTest("certswap completion zsh is a script that zsh accepts, and registers", {
  tools: ["zsh"],
  run: async () => {
    await withTemporaryDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/script`, await script("zsh"));
      const source = `autoload -Uz compinit && compinit -D -u && source ${directory}/script &&
        print $_comps[certswap] && print -l \${(k)functions[(I)_certswap*]}`;
      const found = await ask("zsh", source, directory);
      assert.ok(found.includes("_certswap_ca_sign"));
      assert.ok(found.includes("_certswap"));
    });
  },
});
