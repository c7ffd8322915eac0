import assert from "node:assert/strict";
import { sha256Hex } from "../../lib/system/mod.ts";

/** NIST's examples for FIPS 180-4. */
const vectors: readonly [string, string][] = [
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

for (const [text, digest] of vectors) {
  Deno.test(`sha256Hex() is SHA-256, of ${text.length} bytes`, async () => {
    assert.equal(await sha256Hex(new TextEncoder().encode(text)), digest);
  });
}

Deno.test("sha256Hex() hashes a view of a larger buffer, not the buffer", async () => {
  const bytes = new TextEncoder().encode("<abc>");
  const [, [, digest] = []] = vectors;
  assert.equal(await sha256Hex(bytes.subarray(1, 4)), digest);
});
