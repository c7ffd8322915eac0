/** Files that were made to do harm, or that were damaged on the way. */
import assert from "node:assert/strict";
import { pairOf, readPkcs12 } from "../../../lib/protocol/pkcs12/mod.ts";
import { CertswapError } from "../../../lib/system/mod.ts";
import {
  type Bytes,
  contextConstructed,
  contextPrimitive,
  DerReader,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  sequenceOf,
} from "../../../lib/x509/mod.ts";
import { p12, secret } from "./testdata.ts";

/** The error that a file is refused with; `undefined` if it is accepted. */
async function errorOf(file: Bytes): Promise<CertswapError | undefined> {
  try {
    await pairOf(await readPkcs12(file, secret));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof CertswapError, String(error));
    return error;
  }
}

for (const name of ["openssl-quick", "openssl-quick-3des", "openssl-quick-no-mac", "nss"]) {
  Deno.test(`${name} cut off after any byte is refused as cut off`, async () => {
    const file = p12(name);
    for (let length = 2; length < file.length; length++) {
      const error = await errorOf(file.slice(0, length));
      assert.equal(error?.code, "truncated-der", `after ${length} bytes`);
    }
  });
}

Deno.test("a file with a MAC and one wrong bit gives a typed error, or the same pair", async () => {
  for (const name of ["openssl-quick", "openssl-quick-3des"]) {
    const file = p12(name);
    const { key, leaf } = await pairOf(await readPkcs12(file, secret));
    let accepted = 0;
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      if (await errorOf(damaged) !== undefined) continue;
      // The MAC is not over its own frame.
      const pair = await pairOf(await readPkcs12(damaged, secret));
      assert.deepEqual([pair.key, pair.leaf.der], [key, leaf.der], `${name}, byte ${at}`);
      accepted++;
    }
    assert.ok(accepted < 10, `${accepted}`);
  }
});

const salt = octetString(new Uint8Array(8));
const pbkdf2 = (iterations: bigint, saltOf = salt) =>
  sequence(
    objectIdentifier("1.2.840.113549.1.5.13"),
    sequence(
      sequence(objectIdentifier("1.2.840.113549.1.5.12"), sequence(saltOf, integer(iterations))),
      sequence(objectIdentifier("2.16.840.1.101.3.4.1.42"), octetString(new Uint8Array(16))),
    ),
  );
const tripleDes = (iterations: bigint) =>
  sequence(objectIdentifier("1.2.840.113549.1.12.1.3"), sequence(salt, integer(iterations)));

const data = (content: Uint8Array) =>
  sequence(objectIdentifier("1.2.840.113549.1.7.1"), contextConstructed(0, octetString(content)));
const encrypted = (algorithm: Uint8Array) =>
  sequence(
    objectIdentifier("1.2.840.113549.1.7.6"),
    contextConstructed(
      0,
      sequence(
        integer(0n),
        sequence(
          objectIdentifier("1.2.840.113549.1.7.1"),
          algorithm,
          contextPrimitive(0, new Uint8Array(64)),
        ),
      ),
    ),
  );
const pfx = (contents: readonly Uint8Array[], mac?: Uint8Array) =>
  sequence(integer(3n), data(sequenceOf(contents)), ...(mac === undefined ? [] : [mac]));
const macOf = (iterations: bigint, saltOf = salt) =>
  sequence(
    sequence(
      sequence(objectIdentifier("2.16.840.1.101.3.4.2.1"), nullValue()),
      octetString(new Uint8Array(32)),
    ),
    saltOf,
    integer(iterations),
  );

// Done, any of these would take from minutes to longer than the universe is old.
for (
  const [what, file] of [
    ["the MAC", pfx([], macOf(2n ** 31n - 1n))],
    ["the MAC, in more bytes than a number has", pfx([], macOf(2n ** 2000n))],
    ["PBKDF2", pfx([encrypted(pbkdf2(2n ** 31n - 1n))])],
    ["3DES", pfx([encrypted(tripleDes(2n ** 40n))])],
  ] as const
) {
  Deno.test(`an iteration count without end is refused before any work: ${what}`, async () => {
    assert.equal((await errorOf(file))?.code, "pkcs12-too-many-iterations");
  });
}

Deno.test("an iteration count of zero, a long salt and a short IV are refused", async () => {
  const problemOf = async (file: Bytes) => (await errorOf(file) as { problem?: unknown }).problem;
  assert.equal(await problemOf(pfx([], macOf(0n))), "iteration-count");
  assert.equal(
    await problemOf(pfx([], macOf(1n, octetString(new Uint8Array(1025))))),
    "salt-length",
  );
  assert.equal(await problemOf(pfx([], macOf(1n, octetString(new Uint8Array())))), "salt-length");
  assert.equal(
    await problemOf(pfx([encrypted(pbkdf2(1n, octetString(new Uint8Array(2000))))])),
    "salt-length",
  );
});

/** PBES2 with these algorithms, by their object identifiers. */
const pbes2 = (derivation: string, cipher: string) =>
  sequence(
    objectIdentifier("1.2.840.113549.1.5.13"),
    sequence(
      sequence(objectIdentifier(derivation), sequence(salt, integer(1n))),
      sequence(objectIdentifier(cipher), octetString(new Uint8Array(16))),
    ),
  );

for (
  const [algorithm, use, file] of [
    ["scrypt", "encryption", pbes2("1.3.6.1.4.1.11591.4.11", "2.16.840.1.101.3.4.1.42")],
    ["RC2", "encryption", pbes2("1.2.840.113549.1.5.12", "1.2.840.113549.3.2")],
    ["1.2.3.4", "encryption", sequence(objectIdentifier("1.2.3.4"))],
  ] as const
) {
  Deno.test(`an algorithm that is not supported is named: ${algorithm}`, async () => {
    assert.deepEqual({ ...await errorOf(pfx([encrypted(file)])) }, {
      code: "unsupported-pkcs12",
      algorithm,
      use,
    });
  });
}

Deno.test("a MAC with a hash that is not supported is named", async () => {
  const md5 = sequence(
    sequence(sequence(objectIdentifier("1.2.840.113549.2.5")), octetString(new Uint8Array(16))),
    salt,
  );
  assert.deepEqual({ ...await errorOf(pfx([], md5)) }, {
    code: "unsupported-pkcs12",
    algorithm: "MD5",
    use: "integrity",
  });
});

Deno.test("algorithms without their parameters, or with a short IV, are refused", async () => {
  const without = sequence(objectIdentifier("1.2.840.113549.1.12.1.3"));
  assert.equal((await errorOf(pfx([encrypted(without)])))?.code, "pkcs12-wrong-password");
  const derivation = sequence(
    objectIdentifier("1.2.840.113549.1.5.12"),
    sequence(salt, integer(1n), integer(16n)),
  );
  const schemeOf = (iv: number) =>
    sequence(objectIdentifier("2.16.840.1.101.3.4.1.42"), octetString(new Uint8Array(iv)));
  for (const [iv, problem] of [[8, "iv-length"], [16, "key-length"]] as const) {
    const algorithm = sequence(
      objectIdentifier("1.2.840.113549.1.5.13"),
      sequence(derivation, schemeOf(iv)),
    );
    const error = await errorOf(pfx([encrypted(algorithm)]));
    assert.equal((error as { problem?: unknown }).problem, problem);
  }
});

const bag = (oid: string, value: Uint8Array) =>
  sequence(objectIdentifier(oid), contextConstructed(0, value));
const crlBag = bag("1.2.840.113549.1.12.10.1.4", sequence());
const certificateBag = bag(
  "1.2.840.113549.1.12.10.1.3",
  sequence(
    objectIdentifier("1.2.840.113549.1.9.22.1"),
    contextConstructed(0, octetString(new Uint8Array(1))),
  ),
);
const nested = (depth: number): Uint8Array =>
  depth === 0 ? crlBag : bag("1.2.840.113549.1.12.10.1.6", sequence(nested(depth - 1)));

for (
  const [problem, bags] of [
    ["too-many-bags", Array(257).fill(crlBag)],
    ["too-many-certificates", Array(65).fill(certificateBag)],
    ["bags-nested-too-deep", [nested(5)]],
  ] as const
) {
  Deno.test(`a file with ${problem} is refused`, async () => {
    const error = await errorOf(pfx([data(sequenceOf(bags))]));
    assert.equal((error as { problem?: unknown }).problem, problem);
  });
}

Deno.test("as many bags, certificates and levels as are allowed are read", async () => {
  for (const bags of [Array(256).fill(crlBag), Array(64).fill(certificateBag), [nested(4)]]) {
    const error = await errorOf(pfx([data(sequenceOf(bags))]));
    assert.equal(error?.code, "pkcs12-without-key");
  }
});

Deno.test("a file that is signed instead, or of another version, is refused by its own error", async () => {
  const parts = new DerReader(new DerReader(p12("openssl-quick")).next().content);
  parts.next();
  const authSafe = parts.next().der;
  const mac = parts.next().der;
  const other = await errorOf(sequence(integer(4n), authSafe, mac));
  assert.equal((other as { problem?: unknown }).problem, "version");
  const signed = sequence(
    integer(3n),
    sequence(objectIdentifier("1.2.840.113549.1.7.2"), contextConstructed(0, sequence())),
  );
  assert.deepEqual({ ...await errorOf(signed) }, {
    code: "unsupported-pkcs12",
    algorithm: "a signature instead of a password",
    use: "integrity",
  });
});
