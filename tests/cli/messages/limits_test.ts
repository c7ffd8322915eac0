/** Every value of the configuration that is refused for its size is refused with the limits. */
import assert from "node:assert/strict";
import { withConfiguration } from "../../support/configuration.ts";
import { runCli } from "../../support/test_world.ts";

const server = (key: string): string => `probe = { url = "tls://a:1", ${key} }`;
const local = (key: string): string => `issuer = { kind = "local", data_dir = "/a", ${key} }`;
const many = (value: string): string => `[${Array(17).fill(value).join(", ")}]`;

/** What is written, and the limits that the message names. */
const refused: readonly [written: string, limits: RegExp][] = [
  ...['"150%"', '"0%"', '"0d"', '"9999999999d"', '"33"'].map((value): [string, RegExp] => [
    `renew_before = ${value}`,
    /from "1%" to "99%".* above 0 .*up to 9 digits, then ms, s, m, h or d/,
  ]),
  ['keep_previous = "9999999999d"', /up to 9 digits, then ms, s, m, h or d/],
  ['hook = { command = ["x"], time_limit = "2d" }', /from "100ms" to "1d"/],
  ['hook = { command = ["x"], time_limit = "99ms" }', /from "100ms" to "1d"/],
  ['probe = { command = ["x"], deadline = "0s" }', /from "100ms" to "1d"/],
  [local('validity = "59m"'), /from "1h" to "36500d"/],
  [local('validity = "36501d"'), /from "1h" to "36500d"/],
  [local('validity = "3600500ms"'), /in whole seconds/],
  [`hook = ${many('{ command = ["x"] }')}`, /a list of 1 to 16/],
  ["hook = []", /a list of 1 to 16/],
  [`probe = ${many('{ command = ["x"] }')}`, /a list of 1 to 16/],
  ["probe = []", /a list of 1 to 16/],
  ["purposes = []", /one or more/],
  ['probe = { url = "tls://a:65536" }', /from 1 to 65535/],
  ['probe = { url = "tls://a:0" }', /from 1 to 65535/],
  [server(`server_name = "${"a".repeat(64)}"`), /at most 253 characters, and 63 between two dots/],
  [
    `names = ["DNS:${"a".repeat(64)}"]`,
    /at most 253 characters in a DNS name and 63 between two dots/,
  ],
  [
    `subject = "CN=${"a".repeat(65)}"`,
    /two letters in C and at most 64 characters in CN, O and OU/,
  ],
  [`services = ["${"a".repeat(250)}.service"]`, /at most 255 characters/],
  [`trust = "/${"a".repeat(4096)}"`, /at most 4095 characters/],
  [`[pair.${"a".repeat(65)}]\ndir = "/b"`, /at most 64/],
  [`[hook.${"a".repeat(65)}]\ncommand = ["x"]`, /at most 64/],
];

for (const [written, limits] of refused) {
  Deno.test(`the refusal of ${written.slice(0, 60)} names the limits`, async () => {
    const text = `[pair.web]\ndir = "$ROOT"\n${written}\n`;
    await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
      const { exit, stderr } = await runCli(["config", "check", "--config", path]);
      assert.equal(exit, 2);
      assert.match(stderr, /expected /);
      assert.match(stderr, limits);
    });
  });
}
