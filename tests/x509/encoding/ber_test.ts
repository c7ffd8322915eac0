import assert from "node:assert/strict";
import { CertswapError } from "../../../lib/system/mod.ts";
import { octetString, sequence, toDer } from "../../../lib/x509/mod.ts";
import fc from "../../support/properties.ts";

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(" ", ""));

for (
  const [what, ber, der] of [
    ["DER as it is", "3006 0201 05 0401 aa", "3006 0201 05 0401 aa"],
    ["an indefinite length", "3080 0201 05 0000", "3003 0201 05"],
    ["nested indefinite lengths", "3080 a080 0201 05 0000 0000", "3005 a003 0201 05"],
    ["a length in more bytes than needed", "30 83 000003 0201 05", "3003 0201 05"],
    ["an OCTET STRING in pieces", "2480 0402 aabb 0401 cc 0000", "0403 aabbcc"],
    ["pieces in pieces", "240b 2480 0401 aa 0000 0402 bbcc", "0403 aabbcc"],
    ["an OCTET STRING of no pieces", "2480 0000", "0400"],
    ["what is in an OCTET STRING, untouched", "0404 3080 0000", "0404 3080 0000"],
  ] as const
) {
  Deno.test(`toDer() converts ${what}`, () => {
    assert.equal(toDer(hex(ber)).toHex(), hex(der).toHex());
  });
}

for (
  const [what, ber, code, detail] of [
    ["nothing", "", "truncated-der", undefined],
    ["a cut-off value", "3005 0201 05", "truncated-der", undefined],
    ["an indefinite length without an end", "3080 0201 05", "truncated-der", undefined],
    [
      "an inner value that exceeds the outer one",
      "3003 0202 0500",
      "bad-der",
      "exceeds-outer-value",
    ],
    ["bytes behind the value", "0201 05 00", "bad-der", "trailing-bytes"],
    ["an end-of-contents that ends nothing", "3002 0000", "bad-der", "end-of-contents"],
    ["an indefinite length of bytes", "0480 0000", "bad-der", "indefinite-length"],
    [
      "an OCTET STRING with an INTEGER in it",
      "2403 0201 05",
      "bad-der",
      "constructed-or-primitive",
    ],
    ["a length of five bytes", "30 85 0000000000", "bad-der", "length-above-4-gib"],
    ["a tag number above 30", "1f22 00", "bad-der", "tag-number-above-30"],
    [
      "values nested deeper than any program nests them",
      "3080".repeat(40),
      "bad-der",
      "nested-too-deep",
    ],
  ] as const
) {
  Deno.test(`toDer() refuses ${what}`, () => {
    assert.throws(() => toDer(hex(ber)), (error) => {
      assert.ok(error instanceof CertswapError);
      assert.equal(error.code, code);
      if (detail !== undefined) assert.equal((error as { problem?: unknown }).problem, detail);
      return true;
    });
  });
}

Deno.test("toDer() gives the same DER however its BER was written", () => {
  type Tree = readonly Tree[] | Uint8Array;
  const trees = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.uint8Array({ maxLength: 200 }),
      fc.array(tie("tree"), { maxLength: 4 }),
    ),
  })).tree;
  const der = (tree: Tree): Uint8Array<ArrayBuffer> =>
    tree instanceof Uint8Array ? octetString(tree) : sequence(...tree.map(der));
  const ber = (tree: Tree): string => {
    if (!(tree instanceof Uint8Array)) return `3080${tree.map(ber).join("")}0000`;
    const half = tree.length >> 1;
    const pieces = [tree.subarray(0, half), tree.subarray(half)].map((piece) =>
      octetString(piece).toHex()
    );
    return `2480${pieces.join("")}0000`;
  };
  fc.assert(fc.property(trees, (tree) => {
    assert.equal(toDer(hex(ber(tree))).toHex(), der(tree).toHex());
    assert.equal(toDer(der(tree)).toHex(), der(tree).toHex());
  }));
});
