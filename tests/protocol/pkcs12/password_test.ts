import assert from "node:assert/strict";
import { IterationBudget } from "../../../lib/protocol/pkcs12/limits.ts";
import {
  deriveByPbkdf2,
  deriveByPkcs12,
  passwordOf,
  purpose,
} from "../../../lib/protocol/pkcs12/password.ts";
import { utf8 } from "./testdata.ts";

const hex = (text: string) => Uint8Array.fromHex(text);
const budget = () => new IterationBudget(1_000_000);

// The vectors that OpenSSL, Bouncy Castle and Go test with (evpkdf_pkcs12.txt).
for (
  const [password, salt, iterations, id, expected] of [
    ["smeg", "0a58cf64530d823f", 1, "key", "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"],
    ["smeg", "0a58cf64530d823f", 1, "iv", "79993dfe048d3b76"],
    ["smeg", "3d83c0e4546ac140", 1, "mac", "8d967d88f6caa9d714800ab3d48051d63f73a312"],
    ["queeg", "05dec959acff72f7", 1000, "key", "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4"],
    ["queeg", "05dec959acff72f7", 1000, "iv", "11dedad7758d4860"],
  ] as const
) {
  Deno.test(`deriveByPkcs12() derives the ${id} of '${password}' as OpenSSL does`, () => {
    const [bmp] = passwordOf(utf8(password)).bmp;
    const terms = { hash: "SHA-1", salt: hex(salt), iterations } as const;
    const length = expected.length / 2;
    const derived = deriveByPkcs12(bmp, terms, { id: purpose[id], length, budget: budget() });
    assert.equal(derived.toHex(), expected);
  });
}

Deno.test("deriveByPbkdf2() derives what RFC 6070 and RFC 7914 have", async () => {
  const terms = { hash: "SHA-1", salt: utf8("salt"), iterations: 2 } as const;
  const wanted = { length: 20, budget: budget() };
  assert.equal(
    (await deriveByPbkdf2(passwordOf(utf8("password")), terms, wanted)).toHex(),
    "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
  );
  const other = { hash: "SHA-256", salt: utf8("salt"), iterations: 1 } as const;
  assert.equal(
    (await deriveByPbkdf2(passwordOf(utf8("passwd")), other, { length: 64, budget: budget() }))
      .toHex(),
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc" +
      "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
  );
});

for (
  const [what, bytes, expected] of [
    ["ASCII", utf8("ab"), ["006100620000"]],
    ["UTF-8 as UTF-16, then as OpenSSL before 1.1.0", utf8("\u00e4"), ["00e40000", "00c300a40000"]],
    ["characters outside of the BMP as two", utf8("\u{1f511}"), [
      "d83ddd110000",
      "00f0009f009400910000",
    ]],
    ["bytes that are not UTF-8 as ISO 8859-1", hex("e4"), ["00e40000"]],
    ["nothing as two zero bytes, then as none", utf8(""), ["0000", ""]],
  ] as const
) {
  Deno.test(`passwordOf() encodes ${what}`, () => {
    assert.deepEqual(passwordOf(bytes).bmp.map((bmp) => bmp.toHex()), expected);
  });
}

Deno.test("an iteration count is refused before any work is done", () => {
  for (
    const [iterations, code] of [
      [0, "bad-pkcs12"],
      [1_000_001, "pkcs12-too-many-iterations"],
      [Number.MAX_SAFE_INTEGER, "pkcs12-too-many-iterations"],
    ] as const
  ) {
    const all = new IterationBudget(Number.MAX_SAFE_INTEGER);
    assert.throws(() => all.spend(iterations, 1), { code });
  }
  const budget = new IterationBudget(1500);
  budget.spend(500, 2);
  assert.throws(() => budget.spend(501, 1), { code: "pkcs12-too-many-iterations" });
});
