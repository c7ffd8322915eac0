/** Fingerprints of certificates, as a person writes or pastes them. */
import assert from "node:assert/strict";
import { fingerprintText } from "../../../../lib/cli/text.ts";
import { readFingerprint } from "../../../../lib/device/issuer/est/mod.ts";

const digits = "4f1c".repeat(16);
const colons = digits.toUpperCase().match(/../g)?.join(":") ?? "";

Deno.test("a fingerprint is read with and without colons and prefix, and as openssl prints its line", () => {
  for (
    const written of [
      digits,
      digits.toUpperCase(),
      colons,
      `SHA256:${digits}`,
      `sha256:${colons.toLowerCase()}`,
      // OpenSSL 3, OpenSSL 1.1
      `sha256 Fingerprint=${colons}`,
      `SHA256 Fingerprint=${colons}`,
      fingerprintText(digits),
    ]
  ) {
    assert.equal(readFingerprint(written), digits, written);
  }
});

Deno.test("a fingerprint that is too short, too long or of another hash is not read", () => {
  for (
    const written of [
      "",
      digits.slice(2),
      `${digits}4f`,
      `SHA1:${digits}`,
      `SHA1 Fingerprint=${colons.slice(0, 59)}`,
      `${digits.slice(0, 63)}g`,
      colons.replace(":", ""),
      `MD5:${colons}`,
    ]
  ) {
    assert.equal(readFingerprint(written), undefined, written);
  }
});
