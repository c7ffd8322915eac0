import assert from "node:assert/strict";
import { createHmac, pbkdf2Sync } from "node:crypto";
import { pairOf, readPkcs12, writePkcs12 } from "../../../lib/protocol/pkcs12/mod.ts";
import {
  type Bytes,
  DerReader,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  readCertificate,
  sequence,
} from "../../../lib/x509/mod.ts";
import { makeAuthority } from "../../support/pairs.ts";
import fc from "../../support/properties.ts";
import { secret, utf8 } from "./testdata.ts";

const profiles = ["modern", "legacy"] as const;

const authority = await makeAuthority();
const below = await authority.subordinate();

for (const profile of profiles) {
  for (const kind of ["ec-p256", "ec-p384", "ed25519", "rsa-2048"] as const) {
    Deno.test(`a pair of ${kind} in the profile ${profile} is read again as it was written`, async () => {
      const { pkcs8: key, certificateDer: leaf } = await below.issue({ key: kind });
      const file = await writePkcs12(
        { key, leaf, intermediates: [below.certificateDer], trust: [authority.certificateDer] },
        { password: secret, profile, friendlyName: "web" },
      );
      const content = await readPkcs12(file, secret);
      assert.deepEqual(content.certificates.map(({ der, friendlyName }) => [der, friendlyName]), [
        [leaf, "web"],
        [below.certificateDer, undefined],
        [authority.certificateDer, undefined],
      ]);
      const pair = await pairOf(content);
      assert.deepEqual(pair.key.pkcs8, key);
      assert.deepEqual([pair.leaf.der, ...pair.chain.map(({ der }) => der)], [
        leaf,
        below.certificateDer,
      ]);
    });
  }
}

/** Any bytes will do for a key that is only carried. */
const bytes = (min: number) => fc.uint8Array({ minLength: min, maxLength: 300 });

/** A file with a key that is only carried: it is a DER value. */
const carried = (key: Uint8Array) => octetString(key);

Deno.test("every key, certificate and password comes back as it was written", async () => {
  await fc.assert(
    fc.asyncProperty(
      bytes(0),
      fc.array(bytes(1), { minLength: 1, maxLength: 3 }),
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 40 }).map(utf8),
        fc.uint8Array({ maxLength: 40 }).map((password) => new Uint8Array(password)),
      ),
      fc.constantFrom(...profiles),
      async (key, [leaf = new Uint8Array(), ...others], password, profile) => {
        const certificates = [leaf, ...others].map((der) => new Uint8Array(der));
        const file = await writePkcs12({
          key: carried(key),
          leaf: new Uint8Array(leaf),
          intermediates: certificates.slice(1),
          trust: [],
        }, { password, profile });
        const content = await readPkcs12(file, password);
        assert.deepEqual(content.key.pkcs8, carried(key));
        assert.deepEqual(content.certificates.map(({ der }) => der), certificates);
        const wrong = Uint8Array.of(...password, 0x21);
        await assert.rejects(readPkcs12(file, wrong), { code: "pkcs12-wrong-password" });
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("two files of the same pair are encrypted with other salts", async () => {
  const { pkcs8: key, certificateDer: leaf } = await authority.issue();
  for (const profile of profiles) {
    const parts = { key, leaf, intermediates: [], trust: [] };
    const [first, second] = await Promise.all(
      [1, 2].map(() => writePkcs12(parts, { password: secret, profile })),
    );
    assert.ok(first && second);
    const differing = first.filter((byte, index) => byte !== second[index]).length;
    // The same are only object identifiers, lengths and localKeyId.
    assert.ok(differing > 0.7 * first.length, `${differing} of ${first.length}`);
  }
});

Deno.test("nothing of a key or a certificate is in a file in the clear", async () => {
  const { pkcs8: key, certificateDer: leaf } = await authority.issue();
  for (const profile of profiles) {
    const file = await writePkcs12(
      { key, leaf, intermediates: [], trust: [] },
      { password: secret, profile },
    );
    const hex = file.toHex();
    for (const der of [key, leaf]) {
      for (let at = 0; at + 12 <= der.length; at += 12) {
        assert.ok(!hex.includes(der.subarray(at, at + 12).toHex()), `${profile}, byte ${at}`);
      }
    }
  }
});

Deno.test("a file with trust anchors alone has no key", async () => {
  const file = await writePkcs12(
    { intermediates: [], trust: [authority.certificateDer] },
    { password: secret, profile: "modern" },
  );
  await assert.rejects(readPkcs12(file, secret), { code: "pkcs12-without-key", certificates: 1 });
});

/** The same file with a MAC by PBMAC1 (RFC 9579), made by node:crypto. */
function withPbmac1(file: Bytes, keyLength: number): Bytes {
  const parts = new DerReader(new DerReader(file).next().content);
  const version = parts.next().der;
  const authSafe = parts.next();
  const wrapped = new DerReader(authSafe.content);
  wrapped.next();
  const content = new DerReader(wrapped.next().content).next().content;
  const salt = new Uint8Array(8).fill(3);
  const key = pbkdf2Sync(secret, salt, 2048, keyLength, "sha512");
  const digest = new Uint8Array(createHmac("sha256", key).update(content).digest());
  const hmac = (number: bigint) =>
    sequence(objectIdentifier(`1.2.840.113549.2.${number}`), nullValue());
  const derivation = sequence(
    objectIdentifier("1.2.840.113549.1.5.12"),
    sequence(octetString(salt), integer(2048n), integer(BigInt(keyLength)), hmac(11n)),
  );
  const algorithm = sequence(
    objectIdentifier("1.2.840.113549.1.5.14"),
    sequence(derivation, hmac(9n)),
  );
  const macData = sequence(
    sequence(algorithm, octetString(digest)),
    octetString(utf8("NOT USED")),
    integer(1n),
  );
  return sequence(version, authSafe.der, macData);
}

Deno.test("a MAC by PBMAC1 (RFC 9579) is verified, one with a short key refused", async () => {
  const { pkcs8: key, certificateDer: leaf } = await authority.issue();
  const file = await writePkcs12(
    { key, leaf, intermediates: [], trust: [] },
    { password: secret, profile: "modern" },
  );
  const { leaf: found } = await pairOf(await readPkcs12(withPbmac1(file, 32), secret));
  assert.deepEqual(found.serialNumber, readCertificate(leaf).serialNumber);
  const wrong = readPkcs12(withPbmac1(file, 32), utf8("Secret"));
  await assert.rejects(wrong, { code: "pkcs12-wrong-password" });
  await assert.rejects(readPkcs12(withPbmac1(file, 16), secret), { problem: "key-length" });
});
