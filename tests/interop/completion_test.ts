/** Completion scripts in real shells. */
import { fileURLToPath } from "node:url";
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

const project = fileURLToPath(new URL("../../", import.meta.url));

/** Does `work` with a PATH on which `certswap` is found. */
async function withCertswap<T>(work: (path: string) => Promise<T>): Promise<T> {
  const bin = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${bin}/certswap`,
      `#!/bin/sh\nexec '${Deno.execPath()}' run --quiet --cached-only --no-check ` +
        `--config '${project}deno.json' -P=certswap '${project}main.ts' "$@"\n`,
      { mode: 0o755 },
    );
    return await work(`${bin}:${Deno.env.get("PATH")}`);
  } finally {
    await Deno.remove(bin, { recursive: true });
  }
}

/** Runs a shell on a script that may call certswap. Returns the lines that it prints, sorted. */
async function ask(shell: string, text: string, cwd: string): Promise<string[]> {
  const { stdout, stderr } = await withCertswap(async (PATH) =>
    await new Deno.Command(shell, { args: ["-c", text], cwd, env: { PATH } }).output()
  );
  assert.equal(new TextDecoder().decode(stderr), "");
  const words = new TextDecoder().decode(stdout).split("\n").map((line) =>
    line.split("\t")[0] ?? ""
  );
  return words.filter((word) => word !== "").sort();
}

/** Adds files to the working directory of a shell. */
type Prepare = (directory: string) => Promise<void>;

/** A directory with `a.pem`, `b/`, and the files that `prepare` adds. */
async function inDirectory(
  prepare: Prepare,
  work: (directory: string) => Promise<string[]>,
): Promise<string[]> {
  let found: string[] = [];
  await withTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/a.pem`, "");
    await Deno.mkdir(`${directory}/b`);
    await prepare(directory);
    found = await work(directory);
  });
  return found;
}

/** Returns what a shell proposes after the words before the cursor. */
type Propose = (line: string, prepare?: Prepare) => Promise<string[]>;

const nothing: Prepare = async () => {};

const shells: Readonly<Record<"bash" | "fish", Propose>> = {
  bash: (line, prepare = nothing) =>
    inDirectory(prepare, async (directory) => {
      const words = line.split(" ");
      const source = `${await script("bash")}
compopt() { :; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_certswap
printf '%s\\n' "\${COMPREPLY[@]}"`;
      return await ask("bash", source, directory);
    }),
  fish: (line, prepare = nothing) =>
    inDirectory(prepare, async (directory) => {
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
    assert.deepEqual(await shells.bash("certswap swap --dir ="), ["b"]);
    assert.deepEqual(await shells.bash("certswap swap --cert = a"), ["a.pem"]);
    assert.deepEqual(await shells.bash("certswap recover --keep = o"), ["old"]);
  },
});

/** A configuration with two pairs, and a CA with a certificate that can be revoked. */
async function prepareDevice(directory: string): Promise<void> {
  const text = '[pair.web]\ndir = "/x"\n[pair.mqtt]\ndir = "/y"\n';
  await Deno.mkdir(`${directory}/a b`);
  await Deno.writeTextFile(`${directory}/a b/c.toml`, text);
  await Deno.writeTextFile(`${directory}/c.toml`, text);
  const [data, key, csr] = ["b/ca", "d.key", "d.csr"].map((name) => `${directory}/${name}`);
  for (
    const words of [
      ["ca", "init", "--data-dir", data ?? "", "--subject", "CN=Root"],
      [
        ...["ca", "request", "--subject", "CN=a:b $(id)"],
        ...["--out-key", key ?? "", "--out-csr", csr ?? ""],
      ],
      ["ca", "sign", "--data-dir", data ?? "", csr ?? ""],
    ]
  ) {
    const { exit, stderr } = await runCli(words);
    assert.equal(exit, 0, stderr);
  }
}

for (const [shell, propose] of Object.entries(shells)) {
  interopTest(`certswap completion ${shell} proposes names of pairs and serial numbers`, {
    tools: [shell],
    run: async () => {
      const proposed = (line: string) => propose(line, prepareDevice);
      assert.deepEqual(await proposed("certswap rotate --config c.toml --name "), ["mqtt", "web"]);
      assert.deepEqual(await proposed("certswap status --config c.toml --name w"), ["web"]);
      assert.deepEqual(await proposed("certswap ca revoke --data-dir b/ca "), ["02"]);
      // Without a configuration or a CA: nothing, and no error.
      assert.deepEqual(await proposed("certswap rotate --config missing.toml --name "), []);
      assert.deepEqual(await proposed("certswap ca revoke --data-dir missing "), []);
    },
  });
}

interopTest("certswap completion fish proposes names of pairs after '=', from a quoted path", {
  tools: ["fish"],
  run: async () => {
    const proposed = (line: string) => shells.fish(line, prepareDevice);
    assert.deepEqual(await proposed('certswap rotate --config "a b/c.toml" --name '), [
      "mqtt",
      "web",
    ]);
    assert.deepEqual(await proposed("certswap rotate --config=c.toml --name=w"), ["--name=web"]);
  },
});

interopTest("certswap completion bash proposes names of pairs from a quoted path and after '='", {
  tools: ["bash"],
  run: async () => {
    await withTemporaryDirectory(async (directory) => {
      await prepareDevice(directory);
      const text = await script("bash");
      const source = (words: string) =>
        `${text}
compopt() { :; }
COMP_WORDS=(${words})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_certswap certswap
printf '%s\\n' "\${COMPREPLY[@]}"`;
      const quoted = `certswap rotate --config '"a b/c.toml"' --name ''`;
      assert.deepEqual(await ask("bash", source(quoted), directory), ["mqtt", "web"]);
      const equals = "certswap rotate --config = c.toml --name = w";
      assert.deepEqual(await ask("bash", source(equals), directory), ["web"]);
    });
  },
});

interopTest("certswap completion zsh proposes names of pairs, and serial numbers with subjects", {
  tools: ["zsh"],
  run: async () => {
    await withTemporaryDirectory(async (directory) => {
      await prepareDevice(directory);
      await Deno.writeTextFile(`${directory}/script`, await script("zsh"));
      const source = (list: string, words: string) =>
        `autoload -Uz compinit && compinit -D -u && source ${directory}/script
_describe() { print -rl -- "\${(@P)2}"; }
program=certswap words=(${words}) CURRENT=\${#words}
_certswap_listed ${list}`;
      const pairs = "rotate --config 'a\\ b/c.toml' --name ''";
      assert.deepEqual(await ask("zsh", source("pairs", pairs), directory), ["mqtt", "web"]);
      const serials = "revoke --data-dir b/ca ''";
      assert.deepEqual(await ask("zsh", source("serials", serials), directory), [
        "02:CN=a\\:b $(id)",
      ]);
      const missing = "rotate --config missing.toml --name ''";
      assert.deepEqual(await ask("zsh", source("pairs", missing), directory), []);
    });
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
