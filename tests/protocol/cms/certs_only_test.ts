import assert from "node:assert/strict";
import { CertificateSet, ContentInfo, SignedData } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  certsOnlyCountLimit,
  certsOnlyLimit,
  decodeCertsOnly,
  encodeCertsOnly,
} from "../../../lib/protocol/cms/mod.ts";
import { CertswapError } from "../../../lib/system/mod.ts";
import {
  type Bytes,
  contextConstructed,
  encodeValue,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
} from "../../../lib/x509/mod.ts";
import fc from "../../support/properties.ts";
import { allCertificates } from "../../x509/fixtures.ts";
import { readCertificateFile } from "../../../lib/x509/mod.ts";

const certificates = allCertificates().map(([, { pem }]) =>
  readCertificateFile(new TextEncoder().encode(pem)).leaf.der
);
const [first = new Uint8Array(), second = new Uint8Array()] = certificates;

const signedDataOid = "1.2.840.113549.1.7.2";
const dataOid = "1.2.840.113549.1.7.1";

/** A SignedData with these fields after its certificates. */
function message({
  type = signedDataOid,
  version = 1n,
  content = [] as readonly Bytes[],
  members = [first] as readonly Uint8Array[],
  rest = [setOf()] as readonly Bytes[],
} = {}): Bytes {
  return sequence(
    objectIdentifier(type),
    contextConstructed(
      0,
      sequence(
        integer(version),
        setOf(),
        sequence(objectIdentifier(dataOid), ...content),
        contextConstructed(0, ...members),
        ...rest,
      ),
    ),
  );
}

function refuses(bytes: Bytes, code: string, problem?: string): void {
  assert.throws(() => decodeCertsOnly(bytes), (error) => {
    assert.ok(error instanceof CertswapError);
    assert.equal(error.code, code);
    if (problem !== undefined) assert.equal((error as { problem?: unknown }).problem, problem);
    return true;
  });
}

Deno.test("decodeCertsOnly() reads what encodeCertsOnly() writes, in its order", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...certificates), { maxLength: 20 }), (some) => {
    assert.deepEqual(decodeCertsOnly(encodeCertsOnly(some)), some);
  }));
});

Deno.test("another implementation reads the certificates that encodeCertsOnly() writes", () => {
  const info = AsnConvert.parse(encodeCertsOnly([first, second]), ContentInfo);
  assert.equal(info.contentType, signedDataOid);
  const data = AsnConvert.parse(info.content, SignedData);
  assert.equal(data.version, 1);
  assert.equal(data.encapContentInfo.eContentType, dataOid);
  assert.equal(data.encapContentInfo.eContent, undefined);
  assert.equal(data.signerInfos.length, 0);
  const written = [...data.certificates ?? []].map(({ certificate }) =>
    new Uint8Array(certificate ? AsnConvert.serialize(certificate) : new ArrayBuffer(0))
  );
  assert.deepEqual(written, [first, second]);
});

Deno.test("decodeCertsOnly() reads what another implementation writes", () => {
  const read = AsnConvert.parse(encodeCertsOnly([first, second]), ContentInfo);
  const data = AsnConvert.parse(read.content, SignedData);
  data.certificates = new CertificateSet([...data.certificates ?? []]);
  const info = new ContentInfo({ contentType: signedDataOid, content: AsnConvert.serialize(data) });
  const found = decodeCertsOnly(new Uint8Array(AsnConvert.serialize(info)));
  // It sorts the set.
  assert.deepEqual(
    new Set(found.map((der) => der.toHex())),
    new Set([first, second].map((der) => der.toHex())),
  );
});

Deno.test("decodeCertsOnly() reads indefinite lengths, as Bouncy Castle writes them", () => {
  const open = (identifier: number, ...inner: readonly string[]): string =>
    `${identifier.toString(16)}80${inner.join("")}0000`;
  const ber = open(
    0x30,
    objectIdentifier(signedDataOid).toHex(),
    open(
      0xa0,
      open(
        0x30,
        integer(1n).toHex(),
        "3100",
        open(0x30, objectIdentifier(dataOid).toHex()),
        open(0xa0, first.toHex(), second.toHex()),
        "3100",
      ),
    ),
  );
  assert.deepEqual(decodeCertsOnly(Uint8Array.fromHex(ber)), [first, second]);
});

for (
  const [what, made] of [
    ["an empty list of CRLs, as Go writes it", message({ rest: [contextConstructed(1), setOf()] })],
    ["content", message({ content: [contextConstructed(0, octetString(Uint8Array.of(1)))] })],
    ["signers", message({ rest: [setOf(sequence(integer(1n)))] })],
    ["version 5", message({ version: 5n })],
    ["attribute certificates", message({ members: [encodeValue(0xa2, integer(1n)), first] })],
  ] as const
) {
  Deno.test(`decodeCertsOnly() accepts ${what}, and returns the certificates alone`, () => {
    assert.deepEqual(decodeCertsOnly(made), [first]);
  });
}

Deno.test("decodeCertsOnly() returns nothing if a message holds nothing", () => {
  assert.deepEqual(decodeCertsOnly(encodeCertsOnly([])), []);
});

Deno.test("decodeCertsOnly() reads fifty certificates, and refuses more than its limit", () => {
  const members = (count: number): Uint8Array[] => Array.from({ length: count }, () => first);
  assert.equal(decodeCertsOnly(encodeCertsOnly(members(50))).length, 50);
  assert.equal(
    decodeCertsOnly(encodeCertsOnly(members(certsOnlyCountLimit))).length,
    certsOnlyCountLimit,
  );
  refuses(encodeCertsOnly(members(certsOnlyCountLimit + 1)), "bad-cms", "too-many-certificates");
});

for (
  const [what, bytes, code, problem] of [
    ["nothing", new Uint8Array(), "truncated-der"],
    ["a certificate", first, "bad-der", "wrong-type"],
    ["another type of content", message({ type: dataOid }), "bad-cms", "other-content-type"],
    ["version 0", message({ version: 0n }), "bad-cms", "version"],
    ["version 6", message({ version: 6n }), "bad-cms", "version"],
    ["no signerInfos", message({ rest: [] }), "bad-der", "exceeds-outer-value"],
    ["bytes behind the message", Uint8Array.of(...message(), 0), "bad-der", "trailing-bytes"],
    ["too many bytes", new Uint8Array(certsOnlyLimit + 1), "bad-cms", "too-large"],
  ] as const
) {
  Deno.test(`decodeCertsOnly() refuses ${what}`, () => refuses(bytes, code, problem));
}

Deno.test("decodeCertsOnly() answers a message of a million values with a typed error", () => {
  const values = new Uint8Array(500_000).fill(0);
  for (let at = 0; at < values.length; at += 2) values[at] = 0x05;
  refuses(encodeValue(0x30, values), "bad-der", "wrong-type");
});
