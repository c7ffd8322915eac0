/** `certswap help`: topics, commands, and words that are neither. */
import assert from "node:assert/strict";
import { topicNames } from "../../../lib/cli/choices.ts";
import { listedCommands } from "../../../lib/cli/tree/mod.ts";
import { exitCode } from "../../../lib/cli/exit_code.ts";
import { topics } from "../../../lib/cli/print/topics.ts";
import { environmentNames } from "../../../lib/system/mod.ts";
import { runCli } from "../../support/test_world.ts";

Deno.test("certswap help lists the commands and topics, and shows each topic in 80 columns", async () => {
  const list = await runCli(["help"]);
  for (const command of ["stage", "swap", "rotate", "config", "install", "ca", "help"]) {
    assert.match(list.stdout, new RegExp(`^  ${command} {2,}[A-Z]`, "m"));
  }
  for (const line of list.stdout.split("\n")) assert.ok(line.length <= 80, line);
  for (const name of Object.keys(topics)) {
    assert.ok(list.stdout.includes(`${name}:`));
    const { exit, stdout, stderr } = await runCli(["help", name]);
    assert.equal(exit, 0);
    assert.equal(stderr, "");
    for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
    const { text } = JSON.parse((await runCli(["help", name, "--json"])).stdout);
    assert.equal(`${text}\n`, stdout);
  }
});

Deno.test("certswap help --json prints one JSON object, with a topic or without", async () => {
  const list = await runCli(["help", "--json"]);
  const commands = listedCommands().map(({ words }) => words.slice(1).join(" "));
  assert.deepEqual(JSON.parse(list.stdout), { topics: topicNames, commands, warnings: [] });
  const one = await runCli(["help", "files", "--json"]);
  const { topic, text, ...rest } = JSON.parse(one.stdout);
  assert.equal(topic, "files");
  assert.equal(`${text}\n`, (await runCli(["help", "files"])).stdout);
  assert.deepEqual(rest, { warnings: [] });
});

Deno.test("certswap help exit-codes names every exit code", async () => {
  const { stdout } = await runCli(["help", "exit-codes"]);
  for (const code of Object.values(exitCode)) assert.match(stdout, new RegExp(`^  ${code}  `, "m"));
});

Deno.test("certswap help exit-codes covers output that could not be written, and signals", async () => {
  const { stdout } = await runCli(["help", "exit-codes"]);
  const [, four = ""] = /^ {2}4 {2}([^]*?)^ {2}5 /m.exec(stdout) ?? [];
  assert.match(four.replace(/\s+/g, " "), /standard output could not be written/);
  assert.match(stdout.replace(/\s+/g, " "), /128 and above: a signal ended certswap/);
});

Deno.test("certswap help files names every environment variable for a path", async () => {
  const { stdout } = await runCli(["help", "files"]);
  for (const name of environmentNames) {
    if (!["NO_COLOR", "https_proxy", "no_proxy"].includes(name)) {
      assert.ok(stdout.includes(`$${name}`), name);
    }
  }
});

for (const command of [["rotate"], ["ca"], ["ca", "sign"]]) {
  Deno.test(`certswap help ${command.join(" ")} shows what --help shows`, async () => {
    const asked = await runCli(["help", ...command]);
    assert.deepEqual(asked, await runCli([...command, "--help"]));
    assert.equal(asked.exit, 0);
    const json = JSON.parse((await runCli(["help", ...command, "--json"])).stdout);
    assert.deepEqual(json, {
      command: command.join(" "),
      text: asked.stdout.trimEnd(),
      warnings: [],
    });
  });
}

for (
  const [words, meant] of [
    [["rotat"], "rotate"],
    [["sign"], "ca sign"],
    [["durabilty"], "durability"],
    [["ca", "sgn"], "ca sign"],
  ] as const
) {
  Deno.test(`certswap help ${words.join(" ")} suggests ${meant}`, async () => {
    const { exit, stderr } = await runCli(["help", ...words]);
    assert.equal(exit, 2);
    assert.equal(
      stderr,
      `Error: unknown topic or command '${words.join(" ")}'\n` +
        `Hint: Did you mean 'certswap help ${meant}'?\n`,
    );
  });
}

for (const topic of ["nonsense", "__proto__", "\x1b[31m"]) {
  Deno.test(`certswap help ${JSON.stringify(topic)} is a usage error that lists the topics`, async () => {
    const { exit, stderr } = await runCli(["help", topic]);
    assert.equal(exit, 2);
    assert.match(
      stderr,
      /unknown topic or command '.*'\nHint: The topics are durability, exit-codes, files\./,
    );
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stderr, /\x1b/);
  });
}

/** The section of a help page in which a flag is listed. */
async function sectionOf(command: string, flag: string): Promise<string | undefined> {
  const { stdout } = await runCli([command, "--help"]);
  const section = stdout.split("\n\n").find((block) => block.includes(`\n  ${flag} `));
  return section?.split("\n").at(0);
}

Deno.test("certswap swap --help lists every flag for a new pair together", async () => {
  for (const flag of ["--new-cert", "--new-key", "--new-pkcs12", "--password-file"]) {
    assert.equal(await sectionOf("swap", flag), "The new pair:", flag);
  }
});

Deno.test("certswap export --help lists every flag for the copy together", async () => {
  for (const flag of ["--format", "--contains", "--out", "--password-file", "--profile"]) {
    assert.equal(await sectionOf("export", flag), "The copy:", flag);
  }
});
