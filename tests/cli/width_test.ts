/** Help and `status` on terminals of 60 and 80 columns. */
import assert from "node:assert/strict";
import { topicNames } from "../../lib/cli/choices.ts";
import { everyCommand, everyGroup } from "../../lib/cli/tree/walk.ts";
import { fingerprintText, fold } from "../../lib/cli/text.ts";
import { encodeState } from "../../lib/device/pair/state.ts";
import { join } from "../../lib/system/mod.ts";
import { withConfiguration } from "../support/configuration.ts";
import { fleet } from "../support/device.ts";
import { runCli } from "../support/test_world.ts";

const widths = [60, 80] as const;

const pages: readonly (readonly string[])[] = [
  ["help"],
  ...topicNames.map((name) => ["help", name]),
  ...[...everyGroup(), ...everyCommand()].map(({ words }) => [...words.slice(1), "--help"]),
  ...everyCommand().map(({ words }) => ["help", ...words.slice(1)]),
];

/** The lines that are too long, colours aside. */
function tooLong(text: string, columns: number): string[] {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[\d+m/g, "").split("\n").filter(({ length }) => length > columns);
}

for (const words of pages) {
  Deno.test(`certswap ${words.join(" ")} fits terminals of 60 and 80 columns`, async () => {
    for (const columns of widths) {
      const { exit, stdout, stderr } = await runCli(words, { isTerminal: true, columns });
      assert.equal(exit, 0, stderr);
      assert.deepEqual(tooLong(stdout, columns), []);
    }
  });
}

Deno.test("help says the same at every width", async () => {
  for (const words of pages) {
    const [narrow, wide] = await Promise.all(widths.map(async (columns) => {
      const { stdout } = await runCli(words, { isTerminal: true, columns });
      return stdout.replaceAll(/ \\\n/g, " ").replaceAll(/[#\s]+/g, " ");
    }));
    assert.equal(narrow, wide, words.join(" "));
  }
});

Deno.test("help has 80 columns on a wide terminal, and without a terminal", async () => {
  const { stdout } = await runCli(["rotate", "--help"]);
  assert.deepEqual(tooLong(stdout, 80), []);
  for (const columns of [200, 0]) {
    const asked = { isTerminal: true, ...(columns === 0 ? {} : { columns }) };
    assert.equal((await runCli(["rotate", "--help"], asked)).stdout, stdout);
  }
});

const at = new Date("2026-05-31T10:00:00Z");

/** Pairs with long names, long subjects, and everything to report that there is. */
async function withLongPairs(
  work: (path: string, names: string[]) => Promise<void>,
): Promise<void> {
  const { authority, first } = await fleet();
  const long = await authority.issue({
    subject:
      "CN=device-with-a-long-name.example,O=An Organisation With a Long Name,L=Somewhere,C=US",
    names: Array.from({ length: 8 }, (_, index) => `DNS:service-${index}.device.example`),
  });
  const names = ["web", "mosquitto-broker"];
  const text = names.map((name) => `[pair.${name}]\ndir = "$ROOT/${name}"\n`).join("");
  const files = Object.fromEntries(names.flatMap((name) => [
    [`${name}/cert.pem`, name === "web" ? first.chainPem : long.chainPem],
    [`${name}/key.pem`, name === "web" ? first.keyPem : long.keyPem],
  ]));
  await withConfiguration({ "certswap.toml": text, ...files }, async ({ root, path }) => {
    const directory = join(root, "mosquitto-broker/.certswap");
    Deno.mkdirSync(directory, { mode: 0o700 });
    const state = {
      owed: { hook: true, probe: true, since: at, fingerprint: "a".repeat(64) },
      renewal: { attempts: 3, lastAttempt: at, nextAttempt: at, setBy: "issuer" as const },
      lastFailure: {
        at,
        code: "issuer-failed",
        text: "the issuer /usr/local/bin/issuer exited with status 1: " + "no route ".repeat(12),
        count: 3,
      },
      other: {},
    };
    Deno.writeFileSync(join(directory, "cert.pem.state"), await encodeState(state));
    await work(path, names);
  });
}

Deno.test("certswap status fits terminals of 60 and 80 columns, paths aside", async () => {
  await withLongPairs(async (path, names) => {
    for (const columns of widths) {
      const terminal = { isTerminal: true, columns };
      const table = await runCli(["status", "--config", path], terminal);
      assert.deepEqual(tooLong(table.stdout, columns), []);
      for (const name of names) {
        const { stdout } = await runCli(["status", "--config", path, "--name", name], terminal);
        const others = tooLong(stdout, columns).filter((line) =>
          !/^ +(\w+: +)?\S*\/\S*$/.test(line)
        );
        assert.deepEqual(others, []);
      }
    }
  });
});

Deno.test("certswap status shows a bar if there is room", async () => {
  await withLongPairs(async (path) => {
    const table = async (columns: number): Promise<string> =>
      (await runCli(["status", "--config", path], {
        isTerminal: true,
        columns,
        environment: { NO_COLOR: "1" },
      })).stdout;
    assert.match(
      await table(80),
      /^web +valid +\[[#-]{10}\] +\d+% +\d+ days {2}\d{4}-\d\d-\d\dT/m,
    );
    assert.match(await table(60), /^web +valid +\d+% +\d+ days {2}\d{4}-\d\d-\d\d$/m);
  });
});

Deno.test("certswap status folds no lines without a terminal", async () => {
  await withLongPairs(async (path) => {
    const { stdout } = await runCli(["status", "--config", path]);
    assert.match(stdout, /FAILING since .* exited with status 1: (no route ){11}no route/);
  });
});

Deno.test("fold() indents the rest of a value like its start, and keeps colours", () => {
  assert.deepEqual(fold(["  Names:  DNS:a, DNS:b, DNS:c"], 21), [
    "  Names:  DNS:a,",
    "          DNS:b,",
    "          DNS:c",
  ]);
  assert.deepEqual(fold(["\x1b[33maa bb cc\x1b[0m"], 6), ["\x1b[33maa bb", "  cc\x1b[0m"]);
  assert.deepEqual(fold(["/a/long/path/that/is/copied"], 10), ["/a/long/path/that/is/copied"]);
  assert.deepEqual(fold([`Hash: ${"a".repeat(16)}`], 12), [
    "Hash:",
    "  aaaaaaaa",
    "  aaaaaaaa",
  ]);
  assert.deepEqual(fold([`  Fingerprint:  ${fingerprintText("ab".repeat(32))}`], 80), [
    `  Fingerprint:  SHA256:${"AB:".repeat(15)}`,
    `                ${"AB:".repeat(16)}AB`,
  ], "broken only after a colon");
});
