import assert from "node:assert/strict";
import { isKindFor, kindOf, kindsFor, schemeFor } from "../../../lib/x509/key/kinds.ts";

Deno.test("kindsFor() lists the kinds for devices and for a CA", () => {
  assert.deepEqual(kindsFor("device"), [
    "ecdsa-p256",
    "ecdsa-p384",
    "rsa-2048",
    "rsa-3072",
    "rsa-4096",
    "ed25519",
  ]);
  assert.deepEqual(kindsFor("ca"), ["ecdsa-p256", "rsa-2048"]);
});

Deno.test("isKindFor() accepts only kinds, and no property names that every object has", () => {
  assert.equal(isKindFor("ca", "ecdsa-p256"), true);
  for (const word of ["ed25519", "ecdsa-p521", "ECDSA-P256", "", "constructor", "toString"]) {
    assert.equal(isKindFor("ca", word), false, word);
  }
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
