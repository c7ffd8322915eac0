/** Words that people type instead of the exact ones: they work, or a message suggests the right ones. */
import assert from "node:assert/strict";
import { synonyms } from "../../../lib/cli/choices.ts";
import { listedCommands, listedGroups } from "../../../lib/cli/tree/walk.ts";
import { runCli } from "../../support/test_world.ts";

const sameAs: readonly (readonly [typed: string, means: string])[] = [
  ["ca help", "ca --help"],
  ["ca help sign", "ca sign --help"],
  ["install help", "install --help"],
  ["install help cron", "install cron --help"],
  ["config help check", "config check --help"],
  ["help ca sign", "ca sign --help"],
  ["help rotate", "rotate --help"],
  ["help install", "install --help"],
  ["--help rotate", "rotate --help"],
  ["-h rotate --force", "rotate --help"],
  ["--help ca sign device.csr", "ca sign --help"],
  ["ca --help sign", "ca sign --help"],
  ["--help durability", "help durability"],
  ["rotate help", "rotate --help"],
  ["--cache-dir /x ca help sign", "ca sign --help"],
  ["version", "--version"],
  ["version --json", "--version --json"],
  ["--cache-dir /x version", "--version"],
  ["ca help sign --json", "help ca sign --json"],
];

for (const [typed, means] of sameAs) {
  Deno.test(`certswap ${typed} prints what 'certswap ${means}' prints`, async () => {
    const run = await runCli(typed.split(" "));
    assert.deepEqual(run, await runCli(means.split(" ")));
    assert.equal(run.exit, 0);
    assert.equal(run.stderr, "");
  });
}

const suggested: readonly (readonly [typed: string, error: RegExp, hint: RegExp])[] = [
  ["renew", /unknown command 'renew'$/, /Did you mean 'certswap rotate'\? See 'certswap --help'/],
  ["ca renew", /unknown command 'renew'$/, /'certswap rotate'\? See 'certswap ca --help'/],
  ["undo --dir /x", /unknown command 'undo'$/, /'certswap rollback'/],
  ["ca ls", /unknown command 'ls'$/, /'certswap ca list'/],
  ["stats", /unknown command 'stats'$/, /'certswap status'/],
  ["rec", /unknown command 'rec'$/, /'certswap recover'/],
  ["st", /unknown command 'st'$/, /'certswap stage' or 'certswap status'\?/],
  ["ca version", /unknown command 'version'$/, /Did you mean 'certswap --version'\?/],
  ["version now", /unknown command 'version'$/, /Did you mean 'certswap --version'\?/],
  ["-v", /expected a command, found -v$/, /Did you mean 'certswap --version'\?/],
  ["ca -v", /expected a command, found -v$/, /Did you mean 'certswap --version'\?/],
  ["--verson", /expected a command, found --verson$/, /Did you mean 'certswap --version'\?/],
  ["--cert=a swap", /expected a command, found --cert=a$/, /: certswap swap \[FLAGS\]/],
  ["ca help sgn", /unknown topic or command 'ca sgn'$/, /'certswap help ca sign'/],
  ["help renew", /unknown topic or command 'renew'$/, /'certswap help rotate'/],
  ["help version", /unknown topic or command 'version'$/, /'certswap --version'/],
  ["help nonsense", /unknown topic or command 'nonsense'$/, /The topics are .*'certswap --help'/],
  ["--help nonsense", /unknown topic or command 'nonsense'$/, /The topics are .*'certswap --help'/],
  ["rotate --forse", /unknown flag --forse\. Did you mean --force\?$/, /'certswap rotate --help'/],
  ["rotate --DRY-RUN", /Did you mean --dry-run\?$/, /'certswap rotate --help'/],
  ["rotate -force", /unknown flag -force\. Did you mean --force\?$/, /rotate --help/],
  ["rotate -n web", /unknown flag -n\. Did you mean --dry-run or --name\?$/, /rotate --help/],
  ["status -n", /unknown flag -n\. Did you mean --name\?$/, /status --help/],
  ["rotate gw", /unexpected argument 'gw'\. Did you mean --name gw\?$/, /rotate --help/],
  ["rotate --force gw", /unexpected argument 'gw'\. Did you mean --name gw\?$/, /rotate --help/],
  [
    "status gw",
    /unexpected argument 'gw'\. Did you mean --name gw or --dir gw\?$/,
    /status --help/,
  ],
  ["status /tls", /unexpected argument '\/tls'\. Did you mean --dir \/tls\?$/, /status --help/],
  [
    "config check a.toml",
    /unexpected argument 'a.toml'\. Did you mean --config a.toml\?$/,
    /check/,
  ],
  ["config check /etc/x", /'\/etc\/x'\. Did you mean --config \/etc\/x\?$/, /check/],
  ["ca list ./ca", /argument '.\/ca'\. Did you mean --data-dir .\/ca\?$/, /ca list --help/],
  ["status --name a b", /unexpected argument 'b'$/, /status --help/],
  ["swap --dir /tls --combined /tls/all.pem x", /unexpected argument 'x'$/, /swap --help/],
  ["ca init --data-dir X", /--subject is required$/, /ca init --help/],
  ["rotate ---force", /unknown flag ---force\. Did you mean --force\?$/, /rotate --help/],
  ["rotate \u2014force", /starts with a dash that is not a hyphen$/, /^Hint: Write --force\.$/],
  ["rotate --config", /--config needs a value$/, /Write --config FILE\./],
  ["rotate --config --force", /--config needs a value$/, /Write --config FILE\./],
  ["recover --keep", /--keep needs a value$/, /Write --keep old\|new\./],
  ["swap --cert=", /--cert needs a value$/, /Write --cert FILE\. See 'certswap swap --help'/],
  ["ca sign --data-dir= a.csr", /--data-dir needs a value$/, /Write --data-dir DIR\./],
  ["swap --json=", /--json: write it without a value$/, /swap --help/],
  ["swap --foo=", /unknown flag --foo$/, /swap --help/],
  ["swap --skip-bad", /unknown flag --skip-bad$/, /--skip-bad is a flag of 'certswap ca sign'\./],
  ["rotate --data-dir x", /unknown flag --data-dir$/, /a flag of the 'certswap ca' commands\./],
  [
    "ca crl --name web",
    /unknown flag --name$/,
    /a flag of 'certswap \w+', 'certswap \w+' and \d+/,
  ],
  ["rotate --version", /unknown flag --version$/, /Did you mean 'certswap --version'\?/],
  // Names that every object of JavaScript has.
  ["rotate --constructor=1", /unknown flag --constructor$/, /rotate --help/],
  ["swap --to-string", /unknown flag --to-string$/, /swap --help/],
  ["swap --__proto__", /unknown flag --__proto__$/, /swap --help/],
  ["--cache-dir /x swap --to-string", /unknown flag --to-string$/, /swap --help/],
  ["constructor", /unknown command 'constructor'$/, /^Hint: See 'certswap --help'\.$/],
  ["ca __proto__", /unknown command '__proto__'$/, /^Hint: See 'certswap ca --help'\.$/],
];

for (const [typed, error, hint] of suggested) {
  Deno.test(`certswap ${typed} is a usage error with a suggestion`, async () => {
    const { exit, stdout, stderr } = await runCli(typed.split(" "));
    assert.equal(exit, 2);
    assert.equal(stdout.startsWith("{") ? "" : stdout, "");
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, 2, stderr);
    assert.match(lines[0] ?? "", error);
    assert.match(lines[1] ?? "", hint);
  });
}

Deno.test("every synonym leads to a command or a group, and is not one itself", () => {
  const names = [...listedCommands(), ...listedGroups()].map(({ words }) =>
    words.slice(1).join(" ")
  );
  for (const [word, meant] of synonyms) {
    assert.ok(names.includes(meant), meant);
    assert.ok(!names.includes(word), word);
  }
});

Deno.test("certswap status --check with a mistake in a flag exits 3, as monitoring expects", async () => {
  const { exit, stdout } = await runCli(["status", "--check", "--foo"]);
  assert.equal(exit, 3);
  assert.match(stdout, /^CERTSWAP UNKNOWN - unknown flag --foo/);
});
