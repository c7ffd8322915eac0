import assert from "node:assert/strict";
import {
  decryptPrivateKey,
  encryptPrivateKey,
  newEncryptionTerms,
} from "../../../lib/protocol/pbes2/mod.ts";
import { deriveKey } from "../../../lib/protocol/pbes2/cipher.ts";
import {
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../lib/x509/encoding/der_writer.ts";
import { derOf, passphrase } from "./testdata.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const plain = derOf("plain");
const bytes = (length: number) => new Uint8Array(length).fill(7);
const fewRounds = { iterations: 2, salt: bytes(16), iv: bytes(16) };

for (
  const name of [
    "aes128-sha1",
    "aes192-sha384",
    "aes256-sha256",
    "aes256-sha512",
    "des3-sha256",
    "scrypt",
    "gnutls",
  ]
) {
  Deno.test(`decryptPrivateKey() opens ${name} with its passphrase, and with no other`, async () => {
    assert.deepEqual((await decryptPrivateKey(derOf(name), passphrase)).pkcs8, plain);
    for (const wrong of ["", "Correct", "correct ", "correct\n"]) {
      const error = { code: "cannot-decrypt" };
      await assert.rejects(decryptPrivateKey(derOf(name), utf8(wrong)), error, wrong);
    }
  });
}

Deno.test("deriveKey() derives what RFC 7914 11 and 12 have", async () => {
  const pbkdf2 = { kind: "pbkdf2", hash: "SHA-256", salt: utf8("salt"), iterations: 1 } as const;
  assert.equal(
    (await deriveKey(utf8("passwd"), pbkdf2, 32)).toHex(),
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
  );
  const scrypt = {
    kind: "scrypt",
    salt: utf8("NaCl"),
    cost: 1024,
    blockSize: 8,
    parallelization: 16,
  } as const;
  assert.equal(
    (await deriveKey(utf8("password"), scrypt, 32)).toHex(),
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
  );
});

Deno.test("what encryptPrivateKey() writes is opened by the same bytes, UTF-8 or not", async () => {
  for (const secret of [utf8("s\u00e9cret \u2603"), Uint8Array.of(0xff, 0x80, 0x20), bytes(1024)]) {
    const encrypted = await encryptPrivateKey(plain, secret, fewRounds);
    assert.deepEqual((await decryptPrivateKey(encrypted, secret)).pkcs8, plain);
    const wrong = secret.with(0, (secret[0] ?? 0) ^ 1);
    await assert.rejects(decryptPrivateKey(encrypted, new Uint8Array(wrong)), {
      code: "cannot-decrypt",
    });
  }
});

Deno.test("a wrong passphrase is told as such however it garbles the key", async () => {
  // Once in 256 times the padding happens to be right.
  const encrypted = await encryptPrivateKey(plain, passphrase, fewRounds);
  for (let guess = 0; guess < 1000; guess++) {
    await assert.rejects(decryptPrivateKey(encrypted, utf8(`guess ${guess}`)), {
      code: "cannot-decrypt",
    });
  }
});

Deno.test("certswap writes 600,000 rounds, with a new salt and a new vector each time", () => {
  const [a, b] = [newEncryptionTerms(), newEncryptionTerms()];
  assert.equal(a.iterations, 600_000);
  assert.deepEqual([a.salt.length, a.iv.length], [16, 16]);
  assert.notDeepEqual(a.salt, b.salt);
  assert.notDeepEqual(a.iv, b.iv);
});

const oid = {
  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
  scrypt: "1.3.6.1.4.1.11591.4.11",
  aes256: "2.16.840.1.101.3.4.1.42",
};

/** EncryptedPrivateKeyInfo with such a derivation and cipher. */
function locked(
  derivation: Uint8Array<ArrayBuffer>,
  cipher = sequence(objectIdentifier(oid.aes256), octetString(bytes(16))),
): Uint8Array<ArrayBuffer> {
  const algorithm = sequence(objectIdentifier(oid.pbes2), sequence(derivation, cipher));
  return sequence(algorithm, octetString(bytes(32)));
}

const pbkdf2 = (rounds: bigint, salt = bytes(8), ...more: Uint8Array<ArrayBuffer>[]) =>
  sequence(
    objectIdentifier(oid.pbkdf2),
    sequence(octetString(salt), integer(rounds), ...more),
  );
const scrypt = (...numbers: bigint[]) =>
  sequence(objectIdentifier(oid.scrypt), sequence(octetString(bytes(8)), ...numbers.map(integer)));

// Each of these would take minutes, or more memory than a device has, if it were only tried.
for (
  const [name, der, error] of [
    ["eleven million rounds", locked(pbkdf2(11_000_000n)), { what: "rounds" }],
    ["2^200 rounds", locked(pbkdf2(1n << 200n)), { what: "rounds" }],
    ["scrypt with 1 GiB", locked(scrypt(1n << 20n, 8n, 1n)), { what: "memory" }],
    ["scrypt with N of 2^60", locked(scrypt(1n << 60n, 8n, 1n)), { code: /scrypt|pbes2/ }],
    ["scrypt with r of 2^25", locked(scrypt(2n, 1n << 25n, 1n)), { what: "memory" }],
    ["scrypt with p of 2^22", locked(scrypt(2n, 1n, 1n << 22n)), { what: "memory" }],
    ["scrypt with p of 16 and 64 MiB", locked(scrypt(1n << 16n, 8n, 16n)), { what: "blocks" }],
    ["no round", locked(pbkdf2(0n)), { problem: "iteration-count" }],
    ["scrypt with N of 1000", locked(scrypt(1000n, 8n, 1n)), { problem: "scrypt-parameters" }],
    ["scrypt with N of 1", locked(scrypt(1n, 8n, 1n)), { problem: "scrypt-parameters" }],
    ["scrypt with r of 0", locked(scrypt(1024n, 0n, 1n)), { problem: "scrypt-parameters" }],
    ["scrypt with p of 0", locked(scrypt(1024n, 8n, 0n)), { problem: "scrypt-parameters" }],
    ["an empty salt", locked(pbkdf2(1n, bytes(0))), { problem: "salt-length" }],
    ["a salt of 2000 bytes", locked(pbkdf2(1n, bytes(2000))), { problem: "salt-length" }],
    ["a key length of 16", locked(pbkdf2(1n, bytes(8), integer(16n))), { problem: "key-length" }],
    [
      "a vector of 8 bytes",
      locked(pbkdf2(1n), sequence(objectIdentifier(oid.aes256), octetString(bytes(8)))),
      { problem: "iv-length" },
    ],
    [
      "AES-256-GCM",
      locked(pbkdf2(1n), sequence(objectIdentifier("2.16.840.1.101.3.4.1.46"))),
      { algorithm: "AES-256-GCM" },
    ],
    [
      "an unknown derivation",
      locked(sequence(objectIdentifier("1.2.3.4"))),
      { algorithm: "1.2.3.4" },
    ],
    [
      "the encryption of old PKCS#12",
      derOf("pbe-sha1-3des"),
      { algorithm: "3DES with the key derivation of PKCS#12" },
    ],
    ["a file that was cut off", derOf("aes256-sha256").slice(0, -1), { code: "truncated-der" }],
  ] as const
) {
  Deno.test(`decryptPrivateKey() refuses ${name} without doing the work`, async () => {
    await assert.rejects(decryptPrivateKey(der, passphrase), (found: Error) => {
      for (const [field, wanted] of Object.entries(error)) {
        const value = String((found as unknown as Record<string, unknown>)[field]);
        assert.match(value, wanted instanceof RegExp ? wanted : new RegExp(`^${wanted}`));
      }
      return true;
    });
  });
}
