import assert from "node:assert/strict";
import { isKeyFor, isKindFor, kindOf, kindsFor, schemeFor } from "../../../lib/x509/key/kinds.ts";

Deno.test("kindsFor() lists the kinds for devices, for leaves and for a CA", () => {
  assert.deepEqual(kindsFor("device"), [
    "ecdsa-p256",
    "ecdsa-p384",
    "rsa-2048",
    "rsa-3072",
    "rsa-4096",
    "ed25519",
  ]);
  assert.deepEqual(kindsFor("leaf"), kindsFor("device"));
  assert.deepEqual(kindsFor("ca"), kindsFor("leaf").filter((kind) => kind !== "ed25519"));
});

Deno.test("isKindFor() accepts only kinds, and no property names that every object has", () => {
  assert.equal(isKindFor("ca", "ecdsa-p256"), true);
  for (const word of ["ed25519", "ecdsa-p521", "ECDSA-P256", "", "constructor", "toString"]) {
    assert.equal(isKindFor("ca", word), false, word);
  }
});

Deno.test("isKeyFor() accepts RSA keys of every length from 2048 to 4096, and the kinds of the table", () => {
  for (
    const [bits, expected] of [[2047, false], [2048, true], [2500, true], [4096, true], [
      4097,
      false,
    ]]
  ) {
    for (const use of ["ca", "leaf"] as const) {
      assert.equal(isKeyFor(use, { kind: "rsa", bits: Number(bits) }), expected, `${bits}`);
    }
  }
  assert.equal(isKeyFor("leaf", { kind: "ed25519" }), true);
  assert.equal(isKeyFor("ca", { kind: "ed25519" }), false);
  assert.equal(isKeyFor("leaf", { kind: "ec", curve: "P-521" }), false);
  assert.equal(isKeyFor("leaf", { kind: "rsa-pss", bits: 2048 }), false);
});

Deno.test("kindOf() finds the kind by curve and length", () => {
  assert.equal(kindOf({ kind: "ec", curve: "P-384" }), "ecdsa-p384");
  assert.equal(kindOf({ kind: "rsa", bits: 3072 }), "rsa-3072");
  assert.equal(kindOf({ kind: "rsa", bits: 2047 }), undefined);
  assert.equal(kindOf({ kind: "rsa-pss", bits: 2048 }), undefined);
  assert.equal(kindOf({ kind: "other", oid: "1.2.3" }), undefined);
});

Deno.test("schemeFor() chooses a hash as strong as the key", () => {
  assert.deepEqual(schemeFor({ kind: "ec", curve: "P-384" }), { kind: "ecdsa", hash: "SHA-384" });
  assert.deepEqual(schemeFor({ kind: "rsa", bits: 2560 }), { kind: "rsa-pkcs1", hash: "SHA-256" });
  assert.equal(schemeFor({ kind: "rsa-pss", bits: 2048 }), undefined);
  assert.equal(schemeFor({ kind: "other", oid: "1.2.3" }), undefined);
});
