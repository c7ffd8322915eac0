import assert from "node:assert/strict";
import { CertswapError } from "../../../lib/system/errors.ts";
import {
  bitString,
  contextConstructed,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../lib/x509/encoding/der_writer.ts";
import {
  BadDerError,
  BadPrivateKeyError,
  EncryptedPrivateKeyError,
  NoPrivateKeyError,
  PemTooLargeError,
  SeveralPrivateKeysError,
  UnexpectedPemBlockError,
  UnsupportedKeyError,
  WeakKeyError,
} from "../../../lib/x509/errors.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import type { PrivateKey } from "../../../lib/x509/key/private_key.ts";
import { readPrivateKeyFile } from "../../../lib/x509/key/private_key_file.ts";
import { certificatePem, keyPem } from "../fixtures.ts";
import { nothing, rawValue } from "../raw_certificate.ts";

const read = (pem: string): PrivateKey => readPrivateKeyFile(new TextEncoder().encode(pem));

Deno.test("readPrivateKeyFile() reads every form that OpenSSL writes", () => {
  const expected: [string, PrivateKey["algorithm"]][] = [
    ["p256_pkcs8", { kind: "ec", curve: "P-256" }],
    ["p256_pkcs8_without_public_key", { kind: "ec", curve: "P-256" }],
    ["p256_sec1", { kind: "ec", curve: "P-256" }],
    ["p256_sec1_with_parameters", { kind: "ec", curve: "P-256" }],
    ["p256_sec1_without_public_key", { kind: "ec", curve: "P-256" }],
    ["p256_sec1_compressed", { kind: "ec", curve: "P-256" }],
    ["p384_sec1", { kind: "ec", curve: "P-384" }],
    ["p384_pkcs8", { kind: "ec", curve: "P-384" }],
    ["p521_sec1_with_parameters", { kind: "ec", curve: "P-521" }],
    ["p521_pkcs8", { kind: "ec", curve: "P-521" }],
    ["rsa2048_pkcs1", { kind: "rsa", bits: 2048 }],
    ["rsa2048_pkcs8", { kind: "rsa", bits: 2048 }],
    ["rsa_pss_pkcs8", { kind: "rsa-pss", bits: 2048 }],
    ["rsa_pss_bound_pkcs8", { kind: "rsa-pss", bits: 2048 }],
    ["ed25519_pkcs8", { kind: "ed25519" }],
  ];
  for (const [name, algorithm] of expected) {
    assert.deepEqual(read(keyPem(name)).algorithm, algorithm, name);
  }
});

Deno.test("readPrivateKeyFile() converts SEC1 and PKCS#1 to the same PKCS#8 as OpenSSL", () => {
  assert.deepEqual(read(keyPem("rsa2048_pkcs1")).pkcs8, read(keyPem("rsa2048_pkcs8")).pkcs8);
  // In PKCS#8 the parameters are outside the key, and OpenSSL omits those inside.
  for (const [sec1, pkcs8] of [["p256_sec1", "p256_pkcs8"], ["p384_sec1", "p384_pkcs8"]] as const) {
    assert.deepEqual(publicPoint(read(keyPem(sec1))), publicPoint(read(keyPem(pkcs8))));
  }
});

function publicPoint({ pkcs8 }: PrivateKey): string {
  return pkcs8.toHex().slice(-128);
}

Deno.test("readPrivateKeyFile() accepts CRLF and text around the key", () => {
  const text = `Key Attributes: <No Attributes>\n${keyPem("p256_pkcs8")}\n`;
  assert.equal(read(text.replaceAll("\n", "\r\n")).algorithm.kind, "ec");
});

Deno.test("readPrivateKeyFile() detects every kind of encrypted key", () => {
  for (
    const name of [
      "p256_pkcs8_encrypted",
      "p256_sec1_encrypted",
      "rsa2048_pkcs1_encrypted",
    ] as const
  ) {
    assert.throws(() => read(keyPem(name)), EncryptedPrivateKeyError, name);
  }
});

function isUnsupported(error: unknown, key: UnsupportedKeyError["key"]): boolean {
  assert.ok(error instanceof UnsupportedKeyError);
  assert.deepEqual(error.key, key);
  return true;
}

Deno.test("readPrivateKeyFile() names an unsupported algorithm or curve", () => {
  const names: [string, string][] = [
    ["secp256k1_sec1", "secp256k1"],
    ["secp256k1_pkcs8", "secp256k1"],
    ["ed448_pkcs8", "Ed448"],
    ["x25519_pkcs8", "X25519"],
    ["dsa_traditional", "DSA"],
  ];
  for (const [name, algorithm] of names) {
    assert.throws(
      () => read(keyPem(name)),
      (error) => isUnsupported(error, { kind: "algorithm", name: algorithm }),
      name,
    );
  }
  const openSsh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
  assert.throws(
    () => read(openSsh),
    (error) => isUnsupported(error, { kind: "algorithm", name: "OPENSSH" }),
  );
  assert.throws(
    () => read(keyPem("p256_sec1_explicit")),
    (error) => isUnsupported(error, { kind: "unnamed-curve" }),
  );
});

Deno.test("readPrivateKeyFile() refuses RSA keys that are too short, and gives their length", () => {
  for (const name of ["rsa1024_pkcs1", "rsa1024_pkcs8"] as const) {
    assert.throws(
      () => read(keyPem(name)),
      (error) => error instanceof WeakKeyError && error.bits === 1024 && error.minimum === 2048,
    );
  }
});

Deno.test("readPrivateKeyFile() refuses RSA keys that are too long to verify", () => {
  const modulus = integer(2n ** 4096n + 1n);
  const fields = Array.from({ length: 7 }, () => integer(3n));
  const pem = writePem("RSA PRIVATE KEY", sequence(integer(0n), modulus, ...fields));
  assert.throws(
    () => read(pem),
    (error) => isUnsupported(error, { kind: "long-rsa", bits: 4097 }),
  );
});

Deno.test("readPrivateKeyFile() refuses a file with no key, two keys, or other blocks", () => {
  const key = keyPem("p256_pkcs8");
  const sec1 = keyPem("p256_sec1_with_parameters");
  const [parameters = ""] = /^-----BEGIN EC PARAMETERS[^]*END EC PARAMETERS-----\n/.exec(sec1) ??
    [];
  assert.throws(() => read(parameters), NoPrivateKeyError);
  assert.throws(() => read(key + key), (error: SeveralPrivateKeysError) => error.count === 2);
  assert.throws(() => read(key + keyPem("rsa2048_pkcs1")), SeveralPrivateKeysError);
  assert.throws(() => read(key + certificatePem("leaf_p256")), UnexpectedPemBlockError);
  assert.throws(() => read(certificatePem("leaf_p256") + key), UnexpectedPemBlockError);
  assert.throws(() => read(key + "\n".repeat(64 * 1024)), PemTooLargeError);
});

Deno.test("readPrivateKeyFile() accepts EC parameters only before their own key", () => {
  const [sec1, both] = [keyPem("p256_sec1"), keyPem("p256_sec1_with_parameters")];
  const [other, pkcs8] = [keyPem("p384_sec1"), keyPem("p256_pkcs8")];
  const [parameters = ""] = /^-----BEGIN EC PARAMETERS[^]*END EC PARAMETERS-----\n/.exec(both) ??
    [];
  assert.doesNotThrow(() => read(parameters + sec1));
  for (
    const file of [
      parameters + other,
      parameters + pkcs8,
      sec1 + parameters,
      parameters + parameters + sec1,
    ]
  ) assert.throws(() => read(file), BadPrivateKeyError);
});

const p256 = objectIdentifier("1.2.840.10045.3.1.7");
const p384 = objectIdentifier("1.3.132.0.34");
const sec1 = (...rest: Uint8Array[]): string =>
  writePem("EC PRIVATE KEY", sequence(integer(1n), ...rest));
const parameters = (curve: Uint8Array): string => writePem("EC PARAMETERS", curve);

Deno.test("readPrivateKeyFile() reads SEC1 without parameters, if they come before it", () => {
  const bare = sec1(octetString(new Uint8Array(32).fill(1)));
  assert.deepEqual(read(parameters(p256) + bare).algorithm, { kind: "ec", curve: "P-256" });
  assert.throws(() => read(bare), BadPrivateKeyError);
});

Deno.test("readPrivateKeyFile() refuses EC keys that contradict themselves", () => {
  const long = octetString(new Uint8Array(33).fill(1));
  const right = octetString(new Uint8Array(32).fill(1));
  const pkcs8 = (version: bigint, inner: Uint8Array): string =>
    writePem(
      "PRIVATE KEY",
      sequence(
        integer(version),
        sequence(objectIdentifier("1.2.840.10045.2.1"), p256),
        octetString(inner),
      ),
    );
  const inner = sequence(integer(1n), right, contextConstructed(0, p384));
  for (
    const file of [
      sec1(long, contextConstructed(0, p256)),
      parameters(p384) + sec1(right, contextConstructed(0, p256)),
      writePem("EC PRIVATE KEY", sequence(integer(2n), right, contextConstructed(0, p256))),
      pkcs8(0n, inner),
      pkcs8(2n, sequence(integer(1n), right)),
    ]
  ) assert.throws(() => read(file), BadPrivateKeyError);
  assert.doesNotThrow(() => read(pkcs8(0n, sequence(integer(1n), right))));
});

Deno.test("readPrivateKeyFile() reads PKCS#8 of version 2, with its public key", () => {
  const key = (length: number): Uint8Array =>
    sequence(
      integer(1n),
      sequence(objectIdentifier("1.3.101.112")),
      octetString(octetString(new Uint8Array(length))),
      rawValue(0x81, new Uint8Array(33)),
    );
  assert.equal(read(writePem("PRIVATE KEY", key(32))).algorithm.kind, "ed25519");
  assert.throws(() => read(writePem("PRIVATE KEY", key(31))), BadPrivateKeyError);
});

Deno.test("readPrivateKeyFile() refuses keys that are not DER, or have trailing bytes", () => {
  const der = read(keyPem("ed25519_pkcs8")).pkcs8;
  assert.throws(() => read(writePem("PRIVATE KEY", Uint8Array.of(...der, 0))), BadDerError);
  const rsa = sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullValue());
  const empty = sequence(integer(0n), rsa, octetString(nothing));
  assert.throws(() => read(writePem("PRIVATE KEY", empty)), BadDerError);
  assert.throws(() => read(writePem("RSA PRIVATE KEY", bitString(nothing))), BadDerError);
});

interface RsaNumbers {
  readonly p: bigint;
  readonly q: bigint;
  readonly changed?: readonly [field: number, by: bigint];
}

/** An RSAPrivateKey with e = 65537 and these factors, with one number changed. */
function rsaKey({ p, q, changed }: RsaNumbers): Uint8Array {
  const e = 65537n;
  const d = inverse(e, (p - 1n) * (q - 1n) || 1n);
  const numbers = [p * q, e, d, p, q, d % (p - 1n), d % (q - 1n || 1n), inverse(q, p)];
  if (changed) numbers[changed[0]] = (numbers[changed[0]] ?? 0n) + changed[1];
  return sequence(integer(0n), ...numbers.map(integer));
}

/** Extended Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next, t, nextT] = [modulus, value % modulus, 0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next, t, nextT] = [next, r - quotient * next, nextT, t - quotient * nextT];
  }
  return t < 0n ? t + modulus : t;
}

Deno.test("readPrivateKeyFile() refuses an RSA key with inconsistent numbers", () => {
  // Mersenne primes are easy to find, and no real key uses them.
  const factors = { p: 2n ** 2203n - 1n, q: 2n ** 1279n - 1n };
  const pem = (changed?: RsaNumbers["changed"]): string =>
    writePem("RSA PRIVATE KEY", rsaKey({ ...factors, ...changed && { changed } }));
  assert.deepEqual(read(pem()).algorithm, { kind: "rsa", bits: 3482 });
  const fields = ["n", "e", "d", "p", "q", "d mod p-1", "d mod q-1", "1/q mod p"];
  for (const [field, name] of fields.entries()) {
    // The last two changes are invisible modulo one of the factors.
    for (const by of [1n, 2n, factors.p - 1n, factors.q - 1n]) {
      assert.throws(() => read(pem([field, by])), BadPrivateKeyError, `${name} + ${by}`);
    }
  }
});

Deno.test("readPrivateKeyFile() refuses an RSA key with a number that is not reduced", () => {
  const factors = { p: 2n ** 2203n - 1n, q: 2n ** 1279n - 1n };
  for (const changed of [[5, factors.p - 1n], [6, factors.q - 1n], [7, factors.p]] as const) {
    const pem = writePem("RSA PRIVATE KEY", rsaKey({ ...factors, changed }));
    assert.throws(() => read(pem), BadPrivateKeyError, `field ${changed[0]}`);
  }
});

Deno.test("readPrivateKeyFile() detects every damaged byte in the numbers of an RSA key", () => {
  const { pkcs8 } = read(keyPem("rsa2048_pkcs8"));
  for (let offset = 40; offset < pkcs8.length; offset += 7) {
    const damaged = new Uint8Array(pkcs8);
    damaged[offset] = (damaged[offset] ?? 0) ^ 2;
    assert.throws(() => read(writePem("PRIVATE KEY", damaged)), CertswapError, `offset ${offset}`);
  }
});

/** The same P-256 key in several forms, with the private value encoded as `octets`. */
function ecKeyOf(octets: Uint8Array, publicKey: Uint8Array): string[] {
  const inner = (...parameters: Uint8Array[]): Uint8Array =>
    sequence(
      integer(1n),
      octetString(octets),
      ...parameters,
      contextConstructed(1, bitString(publicKey)),
    );
  const identifier = sequence(objectIdentifier("1.2.840.10045.2.1"), p256);
  return [
    writePem("EC PRIVATE KEY", inner(contextConstructed(0, p256))),
    writePem("PRIVATE KEY", sequence(integer(0n), identifier, octetString(inner()))),
  ];
}

Deno.test("readPrivateKeyFile() reads an EC key with more or fewer bytes than its curve", () => {
  // A key whose first byte is 0 can be written with 31, 32 or 33 bytes.
  const { key, publicKey } = keyWithLeadingZero();
  const [sec1, pkcs8] = ecKeyOf(key, publicKey).map((pem) => read(pem).pkcs8.toHex());
  for (const octets of [key.subarray(1), Uint8Array.of(0, ...key), Uint8Array.of(0, 0, ...key)]) {
    assert.deepEqual(ecKeyOf(octets, publicKey).map((pem) => read(pem).pkcs8.toHex()), [
      sec1,
      pkcs8,
    ]);
  }
  const tooLong = ecKeyOf(Uint8Array.of(1, ...key), publicKey);
  for (const pem of tooLong) assert.throws(() => read(pem), BadPrivateKeyError);
});

/**
 * A key with known octets: the private value 1, whose public key is the base point (SEC 2 2.4.2).
 */
function keyWithLeadingZero(): { key: Uint8Array<ArrayBuffer>; publicKey: Uint8Array } {
  const key = new Uint8Array(32);
  key[31] = 1;
  const publicKey = Uint8Array.fromHex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" +
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
  );
  return { key, publicKey };
}

Deno.test("an EC key that was read with another length than its curve's can sign", async () => {
  const { key, publicKey } = keyWithLeadingZero();
  for (const pem of ecKeyOf(Uint8Array.of(0, ...key), publicKey)) {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const imported = await crypto.subtle.importKey("pkcs8", read(pem).pkcs8, algorithm, false, [
      "sign",
    ]);
    const signing = { name: "ECDSA", hash: "SHA-256" };
    assert.equal((await crypto.subtle.sign(signing, imported, key)).byteLength, 64);
  }
});

Deno.test("readPrivateKeyFile() keeps the bytes of a file, unless only lenient readers accept them", () => {
  const pem = keyPem("p256_sec1_with_parameters");
  const kept = `a comment\n${pem}`;
  const content = (text: string): string =>
    new TextDecoder().decode(readPrivateKeyFile(new TextEncoder().encode(text)).content);
  assert.equal(content(kept), kept);
  assert.equal(content(`\ufeff${pem}`), pem);
});

Deno.test("readPrivateKeyFile() never calculates with numbers longer than the modulus", () => {
  const { p, q } = { p: 2n ** 2203n - 1n, q: 2n ** 1279n - 1n };
  for (const field of [1, 2, 3, 4, 5, 6, 7]) {
    const pem = writePem("RSA PRIVATE KEY", rsaKey({ p, q, changed: [field, 2n ** 4096n] }));
    assert.throws(() => read(pem), BadPrivateKeyError, `field ${field}`);
  }
});
