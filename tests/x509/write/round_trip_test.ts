/** Checks that the readers read back what the writers write. */
import assert from "node:assert/strict";
import { AsnConvert } from "@peculiar/asn1-schema";
import * as asn1 from "@peculiar/asn1-x509";
import { formatTime } from "../../../lib/system/mod.ts";
import { DerReader } from "../../../lib/x509/encoding/der_reader.ts";
import { timeOf } from "../../../lib/x509/encoding/der_values.ts";
import { type Bytes, integer, lastTime, time } from "../../../lib/x509/encoding/der_writer.ts";
import { accessMethodOid, extensionOid, purposeOid } from "../../../lib/x509/encoding/oids.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import { encodeEachAlternativeName } from "../../../lib/x509/name/alternative_names.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { readGeneralNames } from "../../../lib/x509/name/general_name.ts";
import { formatName, namesEqual, readName } from "../../../lib/x509/name/name.ts";
import { type Certificate, readCertificate } from "../../../lib/x509/read/certificate.ts";
import { type KeyUsage, keyUsages } from "../../../lib/x509/read/extensions.ts";
import { readSingleCertificateFile } from "../../../lib/x509/read/certificate_file.ts";
import { readCrl } from "../../../lib/x509/read/crl.ts";
import { readRequest } from "../../../lib/x509/read/request.ts";
import { revocationReasons } from "../../../lib/x509/read/revocation_reason.ts";
import {
  compareSerials,
  formatSerial,
  isSerial,
  largestSerial,
  normalizeSerial,
  parseSerial,
} from "../../../lib/x509/serial.ts";
import {
  type IntermediateFields,
  issueIntermediate,
  issueLeaf,
  issueRoot,
  type LeafFields,
} from "../../../lib/x509/write/certificate.ts";
import { issueCrl } from "../../../lib/x509/write/crl.ts";
import {
  encodeNameConstraints,
  type NameConstraints,
} from "../../../lib/x509/write/name_constraints.ts";
import { createRequest } from "../../../lib/x509/write/request.ts";
import { SeededRandom } from "../../support/random.ts";
import { rawCertificate, rawValue } from "../raw_certificate.ts";

const rounds = 300;
const key = await webCryptoKeys.generate("ed25519");
/** Signs without delay: other tests check that signatures verify. */
const signer = { ...key, sign: () => Promise.resolve(new Uint8Array(64)) };
const keyIdentifier = new Uint8Array(20).fill(7);

function randomSerial(random: SeededRandom): bigint {
  const edges = [1n, 0x7fn, 0x80n, 0xffn, 0x100n, largestSerial, largestSerial - 1n];
  if (random.oneIn(3)) return edges[random.below(edges.length)] ?? 1n;
  return BigInt(`0x${random.bytes(1 + random.below(20)).toHex()}`) % largestSerial + 1n;
}

function randomTime(random: SeededRandom): Date {
  const edges = ["1950-01-01", "1999-12-31", "2049-12-31", "2050-01-01", "2096-02-29"];
  if (random.oneIn(3)) return new Date(`${edges[random.below(edges.length)]}T23:59:59Z`);
  if (random.oneIn(5)) return lastTime;
  const [first, last] = [Date.UTC(1950, 0, 1), lastTime.getTime()];
  return new Date(first + Math.floor(random.below(1e9) / 1e9 * (last - first) / 1000) * 1000);
}

/** Text with everything that RFC 4514 escapes, and with unusual characters. */
function randomText(random: SeededRandom): string {
  const pieces = [
    ..." a,+\"<>;#=\\\n\t\0\x7f'",
    "\u00e4",
    "\u202e",
    "\u{1f512}",
    "\ufeff",
    "#0c",
    "  ",
    "DNS:",
  ];
  return Array.from({ length: 1 + random.below(8) }, () => pieces[random.below(pieces.length)])
    .join("");
}

const escaped = (text: string): string =>
  new TextEncoder().encode(text).toHex().replaceAll(/../g, "\\$&");

function randomName(random: SeededRandom): { readonly der: Bytes; readonly values: string[] } {
  const values = Array.from({ length: random.below(5) }, () => randomText(random));
  return {
    der: encodeDistinguishedName(values.map((text) => `O=${escaped(text)}`).join(",")),
    values,
  };
}

function randomNames(random: SeededRandom): Bytes | undefined {
  const all = [
    "DNS:a.example",
    "DNS:*.b_c.example",
    "IP:192.0.2.1",
    "IP:2001:db8::1",
    "URI:urn:a,b",
  ];
  const names = all.filter(() => random.oneIn(2));
  return names.length === 0 ? undefined : encodeEachAlternativeName(names);
}

/** Values in random order, each at most once. */
function randomSubset<T>(random: SeededRandom, all: readonly T[]): T[] {
  return all.filter(() => random.oneIn(2));
}

function randomIssuedFields(
  random: SeededRandom,
): Pick<LeafFields, "extendedKeyUsage" | "addresses"> {
  const purposes = [...Object.values(purposeOid), "2.999.4294967296.1"];
  const uris = ["http://ca.example/ca.crl", "ldap://ca.example/cn=a,o=b?x;y", "urn:a:%20"];
  return {
    extendedKeyUsage: randomSubset(random, purposes),
    addresses: {
      crl: randomSubset(random, uris),
      ocsp: randomSubset(random, uris),
      issuer: randomSubset(random, uris),
    },
  };
}

function randomKeyUsage(random: SeededRandom): KeyUsage[] {
  const usages = randomSubset(random, keyUsages);
  return usages.length === 0 ? [random.pick(keyUsages)] : usages;
}

function randomConstraints(random: SeededRandom): NameConstraints | undefined {
  if (random.oneIn(3)) return undefined;
  const all = [
    "DNS:fleet.example",
    "IP:10.0.0.0/8",
    "IP:0.0.0.0/0",
    "IP:2001:db8::/33",
    "email:.a.example",
    "email:b@a.example",
    "URI:host.example",
  ];
  return { permitted: randomSubset(random, all), excluded: randomSubset(random, all) };
}

interface ExpectedExtensions {
  readonly basicConstraints: Certificate["basicConstraints"];
  readonly keyUsage: Certificate["keyUsage"];
  readonly purposes: readonly string[] | undefined;
  readonly names: Certificate["subjectAltName"];
  readonly constraints: string | undefined;
  readonly crl: readonly string[];
  readonly ocsp: readonly string[];
  readonly issuer: readonly string[];
}

function leafExtensions(
  { keyUsage, extendedKeyUsage, alternativeNames: names, addresses }: LeafFields,
): ExpectedExtensions {
  return {
    basicConstraints: { ca: false, pathLength: undefined },
    keyUsage,
    purposes: extendedKeyUsage.length === 0 ? undefined : extendedKeyUsage,
    names: names === undefined ? [] : readGeneralNames(new DerReader(new Uint8Array(names))),
    constraints: undefined,
    ...addresses,
  };
}

function caExtensions(fields: Partial<IntermediateFields>): ExpectedExtensions {
  const { pathLength, extendedKeyUsage = [], nameConstraints, addresses } = fields;
  return {
    basicConstraints: { ca: true, pathLength },
    keyUsage: ["keyCertSign", "cRLSign"],
    purposes: extendedKeyUsage.length === 0 ? undefined : extendedKeyUsage,
    names: [],
    constraints: nameConstraints && encodeNameConstraints(nameConstraints)?.toHex(),
    ...addresses ?? { crl: [], ocsp: [], issuer: [] },
  };
}

/** Reads the addresses with another library. */
function readAddresses({ extensions }: Certificate): Record<"crl" | "ocsp" | "issuer", string[]> {
  const parsed = <T>(oid: string, type: new () => T): T | undefined => {
    const found = extensions.find((extension) => extension.oid === oid);
    return found && AsnConvert.parse(found.value, type);
  };
  const points = parsed(extensionOid.cRLDistributionPoints, asn1.CRLDistributionPoints) ?? [];
  const access = parsed(extensionOid.authorityInfoAccess, asn1.AuthorityInfoAccessSyntax) ?? [];
  const uris = (method: string): string[] =>
    [...access].filter(({ accessMethod }) => accessMethod === method)
      .map(({ accessLocation }) => accessLocation.uniformResourceIdentifier ?? "");
  return {
    crl: [...points].flatMap(({ distributionPoint }) =>
      (distributionPoint?.fullName ?? []).map(({ uniformResourceIdentifier: uri = "" }) => uri)
    ),
    ocsp: uris(accessMethodOid.ocsp),
    issuer: uris(accessMethodOid.caIssuers),
  };
}

Deno.test("what issueRoot(), issueIntermediate() and issueLeaf() write is read back", async () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = new SeededRandom(seed);
    const [subject, name, alternativeNames] = [
      randomName(random),
      randomName(random),
      randomNames(random),
    ];
    const fields = {
      serial: randomSerial(random),
      subject: subject.der,
      notBefore: randomTime(random),
      notAfter: randomTime(random),
      publicKeyInfo: key.publicKey,
      keyIdentifier,
    };
    const authority = { signer, name: name.der, keyIdentifier };
    const issued = { ...fields, ...randomIssuedFields(random) };
    const leaf = { ...issued, keyUsage: randomKeyUsage(random), alternativeNames };
    const intermediate = {
      ...issued,
      pathLength: random.oneIn(2) ? undefined : random.below(300),
      nameConstraints: randomConstraints(random),
    };
    for (
      const [der, expected] of [
        [await issueLeaf(leaf, authority), leafExtensions(leaf)],
        [await issueIntermediate(intermediate, authority), caExtensions(intermediate)],
        [await issueRoot(fields, signer), caExtensions({})],
      ] as const
    ) {
      const read = readSingleCertificateFile(
        new TextEncoder().encode(writePem("CERTIFICATE", der)),
      );
      assert.deepEqual(read.der, der, `seed ${seed}`);
      assert.equal(read.serial, fields.serial, `seed ${seed}`);
      assert.equal(parseSerial(read.serialNumber), fields.serial, `seed ${seed}`);
      assert.deepEqual(
        [read.notBefore, read.notAfter],
        [fields.notBefore, fields.notAfter],
        `seed ${seed}`,
      );
      assert.deepEqual(read.subject.der, subject.der, `seed ${seed}`);
      assert.deepEqual(
        read.subject.relativeNames.toReversed().map(([attribute]) => attribute?.text),
        subject.values,
        `seed ${seed}`,
      );
      const constraints = read.extensions.find(({ oid }) => oid === extensionOid.nameConstraints);
      assert.deepEqual(
        {
          basicConstraints: read.basicConstraints,
          keyUsage: read.keyUsage,
          purposes: read.extKeyUsage,
          names: read.subjectAltName,
          constraints: constraints?.value.toHex(),
          ...readAddresses(read),
        },
        expected,
        `seed ${seed}`,
      );
      assert.deepEqual(
        read.unknownCriticalExtensions,
        constraints === undefined ? [] : [constraints.oid],
      );
    }
  }
});

Deno.test("what createRequest() writes is read back, and asks for the same names", async () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = new SeededRandom(seed);
    const [subject, alternativeNames] = [randomName(random), randomNames(random)];
    const read = readRequest(
      await createRequest({ subject: subject.der, alternativeNames }, signer),
    );
    assert.deepEqual(read.subject.der, subject.der, `seed ${seed}`);
    assert.deepEqual(read.alternativeNames, alternativeNames, `seed ${seed}`);
    assert.deepEqual(
      read.subjectAltName,
      alternativeNames === undefined ? [] : readGeneralNames(new DerReader(alternativeNames)),
    );
  }
});

Deno.test("what issueCrl() writes is read back, entry by entry", async () => {
  const reasons = Object.keys(revocationReasons) as (keyof typeof revocationReasons)[];
  for (let seed = 1; seed <= rounds; seed++) {
    const random = new SeededRandom(seed);
    const revoked = Array.from({ length: random.below(5) }, () => ({
      serial: randomSerial(random),
      revokedAt: randomTime(random),
      reason: reasons[random.below(reasons.length)] ?? "unspecified",
    }));
    const fields = {
      number: randomSerial(random),
      thisUpdate: randomTime(random),
      nextUpdate: randomTime(random),
      revoked,
      expiredSince: random.oneIn(2) ? undefined : randomTime(random),
    };
    const name = encodeDistinguishedName("CN=a");
    const read = readCrl(await issueCrl(fields, { signer, name, keyIdentifier }));
    const { number, thisUpdate, nextUpdate, entries, expiredSince } = read;
    assert.deepEqual(
      { number, thisUpdate, nextUpdate, revoked: [...entries], expiredSince },
      fields,
      `seed ${seed}`,
    );
    assert.equal(read.hasRepeatedAuthorityKeyIdentifier, false);
  }
});

Deno.test("a name that formatName() writes is the same name when it is read back", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const name = readName(new DerReader(randomName(new SeededRandom(seed)).der));
    const written = formatName(name);
    const again = readName(new DerReader(encodeDistinguishedName(written)));
    assert.deepEqual(again.der, name.der, `seed ${seed}: ${written}`);
    assert.ok(namesEqual(again, name));
  }
});

Deno.test("different serial numbers are written differently, also those that only other CAs use", () => {
  const contents = ["00", "ff", "80", "0080", "7f", `80${"00".repeat(19)}`, "ff7f"];
  for (let seed = 1; seed <= rounds; seed++) {
    const random = new SeededRandom(seed);
    contents.push(`${random.oneIn(2) ? "80" : "5a"}${random.bytes(random.below(20)).toHex()}`);
  }
  const written = new Map<string, bigint>();
  for (const content of contents) {
    const { serial, serialNumber } = readCertificate(rawCertificate({
      serialNumber: rawValue(0x02, Uint8Array.fromHex(content)),
    }));
    assert.equal(serialNumber, formatSerial(serial));
    assert.equal(written.get(serialNumber) ?? serial, serial, "two numbers, one text");
    written.set(serialNumber, serial);
    // A number that is not positive can be read, but is not a valid number to issue or look for.
    assert.equal(isSerial(serialNumber), serial > 0n);
    if (serial <= 0n) continue;
    assert.deepEqual(integer(serial).subarray(2), Uint8Array.fromHex(content));
    assert.equal(normalizeSerial(`00${serialNumber.toUpperCase()}`), serialNumber);
    assert.equal(compareSerials(serialNumber, formatSerial(serial)), 0);
  }
});

Deno.test("time() writes every time that a certificate can contain, and no other", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const date = randomTime(new SeededRandom(seed));
    assert.equal(formatTime(timeOf(new DerReader(time(date)).next())), formatTime(date));
  }
  for (const year of [1949, 10000, 275760]) {
    const date = new Date(Date.UTC(year, 0, 1));
    assert.throws(() => time(date), RangeError, `${year}`);
  }
});
