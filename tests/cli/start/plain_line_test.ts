/** Command lines that are read without the parser, compared with the parser. */
import assert from "node:assert/strict";
import { buildApplication, run } from "@stricli/core";
import fc from "../../support/properties.ts";
import { parserCommand, type ReadLine } from "../../../lib/cli/declaration/mod.ts";
import { parserConfiguration } from "../../../lib/cli/start/invoke.ts";
import { readPlainLine } from "../../../lib/cli/start/plain_line.ts";
import { kebab } from "../../../lib/cli/text.ts";
import { everyCommand } from "../../../lib/cli/tree/mod.ts";
import { denoWorld } from "../../../lib/cli/world.ts";

type Command = ReturnType<typeof everyCommand>[number]["target"];

/** What the parser reads from a line; `undefined` if it refuses the line. */
async function parse(command: Command, words: readonly string[]): Promise<ReadLine | undefined> {
  let read: ReadLine | undefined;
  const watched = {
    ...command,
    act: (_world: unknown, line: ReadLine) => {
      read = line;
      return Promise.resolve({ json: {}, lines: [] });
    },
  };
  const application = buildApplication(
    parserCommand(watched),
    { name: "test", ...parserConfiguration },
    {},
  );
  const silent = { write: () => {} };
  await run(application, words, {
    world: denoWorld,
    settle: () => {},
    process: { stdout: silent, stderr: silent },
  });
  return read;
}

/** Words as people and scripts write them, with mistakes. */
function wordsFor({ parameters: { flags = {} } }: Command): fc.Arbitrary<string[]> {
  const names = Object.keys(flags).map((name) => `--${kebab(name)}`);
  const value = fc.constantFrom(
    ...["/etc/tls", "a.pem", "10s", "0", "-", "", "true", "no", "serverAuth", "CN=a", "DNS:a"],
    ...["/a:pem:key", "/b:c:der:key", "/a:pem", "/a:pem:key,chain"],
    ...["old", "new", "superseded", "1", "30d", "ec-p256", "bash", "-1", "=", "rotate", "365"],
  );
  const flag = names.length === 0 ? fc.constant("--json") : fc.constantFrom(...names);
  const word = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(flag, value) },
    { weight: 2, arbitrary: flag.map((name) => [name]) },
    { weight: 2, arbitrary: fc.tuple(flag, value).map(([name, text]) => [`${name}=${text}`]) },
    { weight: 2, arbitrary: value.map((text) => [text]) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...[
          "--",
          "-h",
          "--no-json",
          "--dryRun",
          "--dry-run",
          "--bogus",
          "--json=true",
          "--lockTimeout",
        ]
          .map((text) => [text]),
      ),
    },
  );
  return fc.array(word, { maxLength: 5 }).map((words) => words.flat());
}

for (const { words: path, target } of everyCommand()) {
  const name = path.join(" ");
  Deno.test(`${name}: a line is read as the parser reads it`, async () => {
    await fc.assert(
      fc.asyncProperty(wordsFor(target), async (words) => {
        const plain = readPlainLine(target.parameters, words);
        if (plain === undefined) return;
        const parsed = await parse(target, words);
        assert.deepEqual(plain, parsed && { ...parsed, flags: withoutGaps(parsed.flags) });
      }),
      { numRuns: 300 },
    );
  });
}

/** The parser also returns flags that were not given. */
function withoutGaps(flags: ReadLine["flags"]): ReadLine["flags"] {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

const plainLines = [
  "recover --dir /etc/tls",
  "rotate",
  "rotate --config /etc/certswap/certswap.toml --lock-timeout 2m",
  "status --dir=/etc/tls --json",
  "swap --cert /a.pem --key /b.pem --new-cert n.pem --new-key n.key --keep-previous",
  "swap --combined /a.pem --output /b:pem:key,chain --output=/c:der:key",
  "ca list --data-dir /var/ca",
  "ca sign --data-dir /var/ca a.csr b.csr",
];

for (const line of plainLines) {
  Deno.test(`'certswap ${line}' is read without the parser`, () => {
    const words = line.split(" ");
    const place = everyCommand().find(({ words: path }) =>
      path.slice(1).every((word, index) => word === words[index])
    );
    assert.ok(place !== undefined);
    const plain = readPlainLine(place.target.parameters, words.slice(place.words.length - 1));
    assert.notEqual(plain, undefined);
  });
}

Deno.test("readPlainLine() leaves every mistake to the parser", () => {
  const place = everyCommand().find(({ words }) => words.join(" ") === "certswap swap");
  assert.ok(place !== undefined);
  const lines = [
    "--dir",
    "--dir --json",
    "--dir /a --dir /b",
    "--bogus",
    "--json=true",
    "--json true",
    "--cert=",
    "--lock-timeout long",
    "--lockTimeout 10s",
    "-h",
    "-- /a",
    "/a",
  ];
  for (const line of lines) {
    assert.equal(readPlainLine(place.target.parameters, line.split(" ")), undefined, line);
  }
});
