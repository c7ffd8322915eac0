/** Commands in messages: they repeat the flags that select a CA or a configuration. */
import assert from "node:assert/strict";
import { givenFlags, nameInCommands, repeatFlags } from "../../lib/cli/given_flags.ts";
import { everyCommand } from "../../lib/cli/tree/mod.ts";

const given = { name: "web", config: "my pairs.toml", dataDir: "ca" };

/** Commands that create a CA or a configuration: their flags are not those of the line. */
const making = /^certswap (?:ca (?:init|import)|enroll)$/;

Deno.test("every command in a message gets the given flags that it takes, and no others", () => {
  for (const { words, target: { parameters: { flags = {} } } } of everyCommand()) {
    const command = words.join(" ");
    const text = `Run '${command} A' (or: ${command} B), then wait.`;
    const takes = (flag: string): boolean => Object.hasOwn(flags, flag) && !making.test(command);
    const added = takes("dataDir")
      ? " --data-dir ca"
      : takes("name") && !/ (?:rotate|recover|status)$/.test(command)
      ? " --name web --config 'my pairs.toml'"
      : takes("config")
      ? " --config 'my pairs.toml'"
      : "";
    assert.equal(repeatFlags(text, given), text.replaceAll(command, command + added));
    assert.equal(repeatFlags(text, {}), text);
  }
});

Deno.test("a command with a placeholder for the pair gets its name, where that is known", () => {
  const text = "run 'certswap rotate --name NAME --force' (user NAME)";
  const named = "run 'certswap rotate --name web --force' (user NAME)";
  assert.equal(nameInCommands(text, "web"), named);
  assert.equal(repeatFlags(text, { name: "web" }), named);
  assert.equal(nameInCommands(text, undefined), text);
});

Deno.test("commands that name their own CA, configuration or pair stay as they are", () => {
  for (
    const text of [
      "certswap ca crl --data-dir other, then wait",
      "See 'certswap ca crl --help'.",
      "certswap swap --dir tls",
      "certswap install systemd --ca ca",
      "The next 'certswap rotate' runs the hook again.",
      "/usr/bin/certswap ca crl",
      "the 'certswap ca rollover' commands",
      "certswap swap --new-cert a --new-key b --config other",
    ]
  ) assert.equal(repeatFlags(text, given), text);
  assert.equal(
    repeatFlags("To try now: certswap rotate --name a --force", given),
    "To try now: certswap rotate --config 'my pairs.toml' --name a --force",
  );
  assert.equal(repeatFlags("certswap swap", { config: "a" }), "certswap swap");
});

Deno.test("the given flags are read from a line, and none of a line about two CAs", () => {
  assert.deepEqual(givenFlags(["a.csr", "--data-dir", "ca", "--name=web"]), {
    name: "web",
    config: undefined,
    dataDir: "ca",
  });
  assert.equal(givenFlags(["--data-dir=ca", "--next", "ca2"]).dataDir, undefined);
  assert.equal(givenFlags(["--data-dir"]).dataDir, undefined);
});
