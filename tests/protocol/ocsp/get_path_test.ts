import assert from "node:assert/strict";
import { BadOcspRequestError, requestInPath } from "../../../lib/protocol/ocsp/mod.ts";
import fc from "../../support/properties.ts";

/** The ways in which clients write base64 in a path. */
const spellings: readonly ((base64: string) => string)[] = [
  (base64) => base64,
  encodeURIComponent,
  (base64) => base64.replaceAll("+", "%2b").replaceAll("/", "%2f").replaceAll("=", "%3d"),
  (base64) => base64.replaceAll("+", "%2B"),
  (base64) => base64.replaceAll("=", ""),
];

Deno.test("every request is found in a path, however its base64 is encoded", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 0, maxLength: 200 }),
    fc.constantFrom(...spellings),
    fc.constantFrom("/", "//", ""),
    (rest, spell, slashes) => {
      // DER of a SEQUENCE.
      const bytes = Uint8Array.of(0x30, ...rest);
      assert.deepEqual(requestInPath(slashes + spell(bytes.toBase64())), bytes);
    },
  ));
});

Deno.test("two slashes in a row are two characters of base64", () => {
  const bytes = Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xfb, 0xef);
  assert.equal(bytes.toBase64(), "MP////vv");
  assert.deepEqual(requestInPath("/MP////vv"), bytes);
  assert.deepEqual(requestInPath("/MP%2F//%2fvv"), bytes);
});

Deno.test("a path that is not base64, or is too long, is refused", () => {
  for (
    const path of [
      "",
      "/",
      "///",
      "/MA?",
      "/M",
      "/MA==MA==",
      "/%4D%41",
      "/MA%252B/",
      "/MA%2",
      "/MA B",
      "/../MA",
      "/MA-_",
      "/M\u00e4AA",
    ]
  ) {
    assert.throws(() => requestInPath(path), BadOcspRequestError, path);
  }
  assert.throws(
    () => requestInPath(`/${"M".repeat(100_000)}`),
    (error) => error instanceof BadOcspRequestError && error.problem === "too-large",
  );
});
