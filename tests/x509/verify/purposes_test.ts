import assert from "node:assert/strict";
import {
  bitString,
  type Bytes,
  integer,
  nullValue,
  objectIdentifier,
  sequence,
} from "../../../lib/x509/encoding/der_writer.ts";
import { type Certificate, readCertificate } from "../../../lib/x509/read/certificate.ts";
import {
  PurposeNotAllowedError,
  UnsuitableKeyUsageError,
} from "../../../lib/x509/verify/chain_errors.ts";
import {
  formatPurpose,
  parsePurpose,
  purposeNames,
} from "../../../lib/x509/verify/purpose_names.ts";
import { lostPurposes, purposesOf, requirePurposes } from "../../../lib/x509/verify/purposes.ts";
import { rawCertificate, rawExtension } from "../raw_certificate.ts";

/** A certificate with these purposes, by name; `undefined`: without extendedKeyUsage. */
function withPurposes(names: string | undefined): Certificate {
  if (names === undefined) return readCertificate(rawCertificate());
  const value = sequence(...oids(names).map(objectIdentifier));
  return readCertificate(rawCertificate({ extensions: [rawExtension("2.5.29.37", value)] }));
}

const oids = (names: string): string[] =>
  names === "" ? [] : names.split(" ").map((name) => parsePurpose(name) ?? assert.fail(name));

type Names = string | undefined;

const path = (leaf: Names, authorities: readonly Names[]): [Certificate, ...Certificate[]] => [
  withPurposes(leaf),
  ...authorities.map(withPurposes),
];

const ipsecIke = "1.3.6.1.5.5.7.3.17";

Deno.test("parsePurpose() accepts the names of RFC 5280 and OBJECT IDENTIFIERs, and nothing else", () => {
  assert.equal(parsePurpose("serverAuth"), "1.3.6.1.5.5.7.3.1");
  assert.equal(parsePurpose("clientAuth"), "1.3.6.1.5.5.7.3.2");
  assert.equal(parsePurpose("codeSigning"), "1.3.6.1.5.5.7.3.3");
  assert.equal(parsePurpose("emailProtection"), "1.3.6.1.5.5.7.3.4");
  assert.equal(parsePurpose("timeStamping"), "1.3.6.1.5.5.7.3.8");
  assert.equal(parsePurpose("OCSPSigning"), "1.3.6.1.5.5.7.3.9");
  assert.equal(parsePurpose("anyExtendedKeyUsage"), "2.5.29.37.0");
  assert.equal(parsePurpose(ipsecIke), ipsecIke);
  for (
    const written of [
      "",
      "server",
      "serverauth",
      "toString",
      "1",
      "3.1",
      "1.40.1",
      "1.3.06",
      "1..3",
      "1.3.",
      " 1.3.6",
    ]
  ) {
    assert.equal(parsePurpose(written), undefined, written);
  }
  assert.equal(parsePurpose(`1.3${".1".repeat(100)}`), undefined);
});

Deno.test("formatPurpose() writes what parsePurpose() reads", () => {
  for (const name of purposeNames) assert.equal(formatPurpose(parsePurpose(name) ?? ""), name);
  assert.equal(formatPurpose(ipsecIke), ipsecIke);
});

const server = "serverAuth";
const client = "clientAuth";
const both = `${server} ${client}`;
const any = "anyExtendedKeyUsage";

Deno.test("purposesOf() lets a CA restrict the leaf, and treats no purposes as TLS", () => {
  const rows: [leaf: Names, authorities: Names[], allowed: string][] = [
    [undefined, [], both],
    [server, [], server],
    [server, [undefined, undefined], server],
    [both, [server], server],
    [both, [both, client], client],
    [undefined, [server], server],
    [server, [client], ""],
    [server, [any], server],
    [any, [], `${any} ${both}`],
    [any, [`${server} codeSigning`], `${server} codeSigning`],
    [any, [any], `${any} ${both}`],
    [`codeSigning ${ipsecIke}`, [ipsecIke], ipsecIke],
    // RFC 6960 4.2.2.2: a CA for TLS servers may delegate OCSP.
    ["OCSPSigning", [server], "OCSPSigning"],
  ];
  for (const [leaf, authorities, allowed] of rows) {
    const found = [...purposesOf(path(leaf, authorities))];
    assert.deepEqual(found.toSorted(), oids(allowed).toSorted(), `${leaf} below ${authorities}`);
  }
});

Deno.test("lostPurposes() finds the purposes that the next certificate lacks", () => {
  const rows: [current: Names, next: Names, lost: string][] = [
    [undefined, undefined, ""],
    [undefined, both, ""],
    [undefined, server, client],
    [undefined, client, server],
    [server, undefined, ""],
    [server, both, ""],
    [server, client, server],
    [both, server, client],
    [both, any, ""],
    [any, both, ""],
    [any, server, client],
    [`${any} codeSigning`, both, "codeSigning"],
    [`${server} codeSigning`, both, "codeSigning"],
    [`${server} ${ipsecIke}`, server, ipsecIke],
    [`${server} ${ipsecIke}`, any, ""],
    ["OCSPSigning", any, "OCSPSigning"],
  ];
  for (const [current, next, lost] of rows) {
    assert.deepEqual(
      lostPurposes(path(current, []), path(next, [])),
      oids(lost),
      `${current} to ${next}`,
    );
  }
  // A purpose that the current path did not allow cannot be lost.
  assert.deepEqual(lostPurposes(path(both, [server]), path(server, [])), []);
  assert.deepEqual(lostPurposes(path(both, []), path(both, [server])), oids(client));
});

Deno.test("requirePurposes() requires TLS server or client by default", () => {
  const good: [leaf: Names, authorities: Names[], wanted: string | undefined][] = [
    [undefined, [], undefined],
    [server, [], undefined],
    [client, [], undefined],
    [any, [], undefined],
    [both, [client], undefined],
    [server, [], server],
    [undefined, [], both],
    ["codeSigning", [], "codeSigning"],
    ["OCSPSigning", [server], "OCSPSigning"],
    [any, [], "emailProtection"],
    [any, [], any],
    [server, [client], ""],
  ];
  for (const [leaf, authorities, wanted] of good) {
    requirePurposes(path(leaf, authorities), wanted === undefined ? undefined : oids(wanted));
  }
  const bad: [
    leaf: Names,
    authorities: Names[],
    wanted: string | undefined,
    at: number,
    missing: string,
  ][] = [
    ["codeSigning", [], undefined, 0, both],
    [ipsecIke, [], undefined, 0, both],
    [server, [client], undefined, 1, both],
    [both, ["emailProtection"], undefined, 1, both],
    [both, [server, client], undefined, 2, both],
    [server, [], both, 0, client],
    [both, [undefined, server], both, 2, client],
    [undefined, [], "codeSigning", 0, "codeSigning"],
    [any, [], "OCSPSigning", 0, "OCSPSigning"],
    [server, [], any, 0, any],
  ];
  for (const [leaf, authorities, wanted, at, missing] of bad) {
    const certificates = path(leaf, authorities);
    assert.throws(
      () => requirePurposes(certificates, wanted === undefined ? undefined : oids(wanted)),
      (error) => {
        assert.ok(error instanceof PurposeNotAllowedError, String(error));
        assert.equal(error.certificate, certificates[at]);
        assert.deepEqual(error.purposes, oids(missing));
        return true;
      },
      `${leaf} below ${authorities}`,
    );
  }
});

const rsa = (algorithm: Bytes): Bytes =>
  sequence(algorithm, bitString(sequence(integer(2n ** 2048n - 1n), integer(65537n))));

/** SubjectPublicKeyInfos. */
const keys = {
  ed25519: undefined,
  ec: sequence(
    sequence(objectIdentifier("1.2.840.10045.2.1"), objectIdentifier("1.2.840.10045.3.1.7")),
    bitString(Uint8Array.of(4, ...new Uint8Array(64))),
  ),
  rsa: rsa(sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullValue())),
  rsaPss: rsa(sequence(objectIdentifier("1.2.840.113549.1.1.10"))),
};

const bits = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
];

/** A leaf with this key, this keyUsage and every purpose. */
function withUsage(key: keyof typeof keys, usage: string): Certificate {
  const byte = usage.split(" ").reduce((sum, name) => sum | (0x80 >> bits.indexOf(name)), 0);
  const unused = Math.clz32(byte & -byte) === 32 ? 0 : 31 - Math.clz32(byte & -byte);
  const publicKey = keys[key];
  return readCertificate(rawCertificate({
    ...publicKey === undefined ? {} : { publicKey },
    extensions: [
      rawExtension("2.5.29.15", bitString(Uint8Array.of(byte), unused), { critical: true }),
      rawExtension(
        "2.5.29.37",
        sequence(...purposeNames.map((name) => objectIdentifier(parsePurpose(name) ?? ""))),
      ),
    ],
  }));
}

Deno.test("requirePurposes() judges keyUsage by the kind of the key", () => {
  const rows: [
    key: keyof typeof keys,
    usage: string,
    wanted: string | undefined,
    isGood: boolean,
  ][] = [
    ["ec", "digitalSignature", undefined, true],
    ["ec", "digitalSignature keyAgreement", undefined, true],
    ["ec", "keyAgreement", undefined, false],
    ["ec", "keyEncipherment", undefined, false],
    ["ed25519", "digitalSignature", undefined, true],
    ["ed25519", "keyEncipherment", undefined, false],
    ["rsa", "digitalSignature", undefined, true],
    ["rsa", "keyEncipherment", undefined, true],
    ["rsa", "digitalSignature keyEncipherment", undefined, true],
    ["rsa", "dataEncipherment", undefined, false],
    ["rsa", "nonRepudiation", undefined, false],
    ["rsaPss", "digitalSignature", undefined, true],
    ["rsaPss", "keyEncipherment", undefined, false],
    ["ec", "nonRepudiation", client, false],
    ["ec", "nonRepudiation", "OCSPSigning", true],
    ["ec", "nonRepudiation", "timeStamping", true],
    ["ec", "nonRepudiation", "codeSigning", false],
    ["ec", "digitalSignature", "codeSigning OCSPSigning", true],
    ["rsa", "dataEncipherment", "OCSPSigning", false],
    ["rsa", "dataEncipherment", "emailProtection", true],
    ["rsa", "dataEncipherment", ipsecIke, true],
    ["ec", "keyAgreement", "", true],
  ];
  for (const [key, usage, wanted, isGood] of rows) {
    const leaf = withUsage(key, usage);
    const require = () => requirePurposes([leaf], wanted === undefined ? undefined : oids(wanted));
    if (isGood) require();
    else {
      assert.throws(require, (error) => {
        assert.ok(error instanceof UnsuitableKeyUsageError, `${key} ${usage}: ${error}`);
        assert.deepEqual(error.keyUsage, usage.split(" "));
        return true;
      }, `${key} ${usage} for ${wanted}`);
    }
  }
});
