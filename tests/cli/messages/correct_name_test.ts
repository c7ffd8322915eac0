/** A name that is refused is shown as it is to be written, for the usual mistakes. */
import assert from "node:assert/strict";
import { correctNameText } from "../../../lib/cli/messages/x509/mod.ts";
import { encodeAlternativeName } from "../../../lib/x509/mod.ts";
import { runCli } from "../../support/test_world.ts";
import { withConfiguration } from "../../support/configuration.ts";

const mistakes: Readonly<Record<string, string | undefined>> = {
  "DNS:m\u00fcnchen.example": "DNS:xn--mnchen-3ya.example",
  "DNS:*.m\u00fcnchen.example": "DNS:*.xn--mnchen-3ya.example",
  "m\u00fcnchen.example": "DNS:xn--mnchen-3ya.example",
  "DNS:device.example.": "DNS:device.example",
  "device.example": "DNS:device.example",
  "192.0.2.1": "IP:192.0.2.1",
  "2001:db8::1": "IP:2001:db8::1",
  "IP:[2001:db8::1]": "IP:2001:db8::1",
  "IP:fe80::1%eth0": "IP:fe80::1",
  "DNS:2001:db8::1": "IP:2001:db8::1",
  "a@b.example": "email:a@b.example",
  "https://a.example/": "URI:https://a.example/",
  "DNS:": undefined,
  "DNS:a b": undefined,
  "DNS:a..b": undefined,
  "DNS:-a.example": undefined,
  "DNS:a\u0000b": undefined,
  "IP:300.1.1.1": undefined,
  "IP:10.0.0.0/8": undefined,
  "email:x": undefined,
  "": undefined,
};

for (const [written, correct] of Object.entries(mistakes)) {
  Deno.test(`the correct form of the name ${JSON.stringify(written)} is ${correct}`, () => {
    assert.equal(correctNameText(written), correct && `write "${correct}"`);
    assert.throws(() => encodeAlternativeName(written), "it is refused");
    if (correct !== undefined) encodeAlternativeName(correct);
  });
}

Deno.test("a wildcard elsewhere than in the first label is explained", () => {
  for (const written of ["DNS:*.*.example", "DNS:a.*.example", "DNS:f*.example"]) {
    assert.match(correctNameText(written) ?? "", /may only be the whole first label/);
  }
});

Deno.test("config check says how a refused name is to be written", async () => {
  const text = '[pair.web]\ndir = "$ROOT"\nnames = ["DNS:m\u00fcnchen.example"]\n';
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const { stderr, exit } = await runCli(["config", "check", "--config", path]);
    assert.match(
      stderr,
      /found "DNS:m\u00fcnchen\.example": write "DNS:xn--mnchen-3ya\.example"$/m,
    );
    assert.equal(exit, 2);
  });
});
