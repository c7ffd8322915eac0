import type { SeededRandom } from "../support/random.ts";
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
} from "../../lib/x509/encoding/der_writer.ts";
import { ed25519, nothing, rawCertificate, rawExtension, rawValue } from "./raw_certificate.ts";

/** A certificate with random names, keys, dates and extensions; well-formed except for a few characters. */
export function randomCertificate(random: SeededRandom): Uint8Array<ArrayBuffer> {
  const algorithm = random.pick([
    ed25519,
    sequence(objectIdentifier("1.2.840.10045.4.3.2")),
    sequence(objectIdentifier("1.2.840.113549.1.1.11"), nullValue()),
  ]);
  return rawCertificate({
    version: random.oneIn(8) ? nothing : contextConstructed(0, integer(2n)),
    serialNumber: integer(BigInt(`0x${random.bytes(1 + random.below(20)).toHex()}`)),
    innerAlgorithm: algorithm,
    outerAlgorithm: algorithm,
    issuer: randomName(random),
    subject: randomName(random),
    validity: sequence(randomTime(random), randomTime(random)),
    publicKey: randomPublicKey(random),
    uniqueIdentifiers: random.oneIn(10)
      ? contextPrimitive(1, random.bytes(3).fill(0, 0, 1))
      : nothing,
    extensions: random.oneIn(6) ? [] : randomExtensions(random),
    signature: bitString(random.bytes(random.below(80))),
  });
}

/** A copy with a random mutation, after which it may or may not be well-formed. */
export function mutate(
  der: Uint8Array<ArrayBuffer>,
  random: SeededRandom,
): Uint8Array<ArrayBuffer> {
  let bytes = der;
  for (let count = random.oneIn(3) ? 2 : 1; count > 0; count--) bytes = mutateOnce(bytes, random);
  return bytes;
}

function mutateOnce(
  der: Uint8Array<ArrayBuffer>,
  random: SeededRandom,
): Uint8Array<ArrayBuffer> {
  const at = random.below(der.length);
  const changed = new Uint8Array(der);
  switch (random.below(8)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      return changed;
    case 1:
      changed[at] = random.below(256);
      return changed;
    case 2:
      changed[at] = random.pick([0, 0x7f, 0x80, 0xff, 0x30, 0x31, 0x0c, 0x13, 0x16, 0x1e, 0x05]);
      return changed;
    case 3:
      return der.slice(0, at);
    case 4:
      return Uint8Array.from([...der.subarray(0, at), random.below(256), ...der.subarray(at)]);
    case 5:
      return Uint8Array.from([...der.subarray(0, at), ...der.subarray(at + 1)]);
    case 6:
      return Uint8Array.from([...der, ...random.bytes(1 + random.below(4))]);
    default:
      // Copies bytes from one place to another, so that identifiers get the lengths of other values.
      changed.copyWithin(random.below(der.length), at, at + 1 + random.below(16));
      return changed;
  }
}

function randomName(random: SeededRandom): Uint8Array {
  const relativeNames = Array.from({ length: random.below(5) }, () => {
    if (random.oneIn(6)) return setOf(randomAttribute(random), randomAttribute(random));
    return setOf(randomAttribute(random));
  });
  return sequence(...relativeNames);
}

function randomAttribute(random: SeededRandom): Uint8Array {
  const type = random.pick([
    "2.5.4.3",
    "2.5.4.5",
    "2.5.4.6",
    "2.5.4.7",
    "2.5.4.8",
    "2.5.4.9",
    "2.5.4.10",
    "2.5.4.11",
    "2.5.4.12",
    "0.9.2342.19200300.100.1.1",
    "0.9.2342.19200300.100.1.25",
    "1.2.840.113549.1.9.1",
    "2.999.4294967296.1",
  ]);
  return sequence(objectIdentifier(type), randomString(random));
}

function randomString(random: SeededRandom): Uint8Array {
  const text = random.pick([
    "Example",
    "a b",
    "",
    " x ",
    "Ex, Inc",
    "\u00fc",
    "\u65e5\u672c",
    "\u{1f600}",
    "a\nb",
    "a\0b",
    "x=1+y=2",
    "192.0.2.1",
    "\ufefftext",
  ]);
  if (random.oneIn(12)) return sequence(integer(1n));
  // Sometimes a type that cannot hold the text.
  const able = stringTypes.filter(({ holds }) => holds.test(text) || random.oneIn(40));
  const { identifier, size } = able[random.below(able.length)] ?? { identifier: 0x0c, size: 0 };
  return rawValue(identifier, size === 0 ? text : inUnits(text, size));
}

interface StringType {
  readonly identifier: number;
  readonly holds: RegExp;
  /** Bytes per character; 0 means UTF-8. */
  readonly size: 0 | 1 | 2 | 4;
}

const stringTypes: readonly StringType[] = [
  { identifier: 0x0c, holds: /^/, size: 0 },
  { identifier: 0x13, holds: /^[A-Za-z0-9 '()+,\-./:=?]*$/, size: 1 },
  { identifier: 0x16, holds: /^\p{ASCII}*$/u, size: 1 },
  { identifier: 0x14, holds: /^[\p{ASCII}\xa0-\xff]*$/u, size: 1 },
  { identifier: 0x12, holds: /^[0-9 ]*$/, size: 1 },
  { identifier: 0x1a, holds: /^[ -~]*$/, size: 1 },
  { identifier: 0x1e, holds: /^/, size: 2 },
  { identifier: 0x1c, holds: /^/, size: 4 },
];

/** The text in big-endian units of `size` bytes: UTF-16 for 2, UTF-32 for 4. */
function inUnits(text: string, size: 1 | 2 | 4): Uint8Array<ArrayBuffer> {
  const units = size === 2
    ? Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
    : Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return Uint8Array.from(
    units.flatMap((unit) =>
      Array.from({ length: size }, (_, index) => (unit >>> (8 * (size - 1 - index))) & 0xff)
    ),
  );
}

function randomTime(random: SeededRandom): Uint8Array {
  const year = random.pick([1950, 1970, 1999, 2000, 2024, 2026, 2049, 2050, 9999]);
  const date = new Date(Date.UTC(year, random.below(12), 1 + random.below(28), random.below(24)));
  if (random.oneIn(8)) return rawValue(0x18, date.toISOString().replace(/\.\d+|[-:T]/g, ""));
  return year < 1950 ? rawValue(0x17, "") : time(date);
}

function randomPublicKey(random: SeededRandom): Uint8Array {
  const ec = objectIdentifier("1.2.840.10045.2.1");
  switch (random.below(5)) {
    case 0:
      return sequence(ed25519, bitString(random.bytes(32)));
    case 1: {
      const modulus = integer(BigInt(`0x01${random.bytes(128 + random.below(3)).toHex()}`));
      const rsa = sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullValue());
      return sequence(rsa, bitString(sequence(modulus, integer(65537n))));
    }
    case 2: {
      const point = Uint8Array.of(4, ...random.bytes(64));
      return sequence(sequence(ec, objectIdentifier("1.2.840.10045.3.1.7")), bitString(point));
    }
    case 3: {
      const point = Uint8Array.of(4, ...random.bytes(64));
      return sequence(sequence(ec, objectIdentifier("1.3.132.0.10")), bitString(point));
    }
    default:
      return sequence(sequence(objectIdentifier("1.2.3.4")), bitString(random.bytes(5)));
  }
}

function randomExtensions(random: SeededRandom): Uint8Array[] {
  const makers = Object.values(extensionMakers).filter(() => !random.oneIn(2));
  const extensions = makers.map((make) => make(random));
  return extensions.length > 0 ? extensions : [extensionMakers.subjectAltName(random)];
}

const extensionMakers = {
  basicConstraints: (random: SeededRandom): Uint8Array => {
    const isAuthority = random.oneIn(2);
    const limit = isAuthority && random.oneIn(2) ? integer(BigInt(random.below(300))) : nothing;
    const value = sequence(isAuthority ? rawValue(0x01, Uint8Array.of(0xff)) : nothing, limit);
    return rawExtension("2.5.29.19", value, { critical: random.oneIn(2) });
  },
  keyUsage: (random: SeededRandom): Uint8Array => {
    const unused = random.below(8);
    const last = ((1 + random.below(127)) << unused) & 0xff;
    const bits = random.oneIn(4)
      ? bitString(Uint8Array.of(random.below(256), 0x80), 7)
      : bitString(Uint8Array.of(last), unused);
    return rawExtension("2.5.29.15", bits, { critical: true });
  },
  extKeyUsage: (random: SeededRandom): Uint8Array => {
    const purposes = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.2.3"]
      .slice(0, 1 + random.below(3));
    return rawExtension("2.5.29.37", sequence(...purposes.map(objectIdentifier)));
  },
  subjectAltName: (random: SeededRandom): Uint8Array => {
    const names = Array.from({ length: 1 + random.below(5) }, () => randomGeneralName(random));
    return rawExtension("2.5.29.17", sequence(...names), { critical: random.oneIn(4) });
  },
  subjectKeyIdentifier: (random: SeededRandom): Uint8Array =>
    rawExtension("2.5.29.14", octetString(random.bytes(20))),
  authorityKeyIdentifier: (random: SeededRandom): Uint8Array => {
    const full = random.oneIn(3);
    return rawExtension(
      "2.5.29.35",
      sequence(
        random.oneIn(5) ? nothing : contextPrimitive(0, random.bytes(20)),
        full ? contextConstructed(1, contextConstructed(4, randomName(random))) : nothing,
        full ? contextPrimitive(2, Uint8Array.of(1, random.below(256))) : nothing,
      ),
    );
  },
  unknown: (random: SeededRandom): Uint8Array =>
    rawExtension("1.2.3.4.5", random.bytes(random.below(10)), { critical: random.oneIn(3) }),
} as const;

function randomGeneralName(random: SeededRandom): Uint8Array {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  switch (random.below(8)) {
    case 0:
      return contextPrimitive(1, text("a@b.example"));
    case 1:
      return contextPrimitive(2, text(random.pick(["a.example", "*.b.example", "a, DNS:b", ""])));
    case 2:
      return contextPrimitive(6, text(random.pick(["urn:a", "http://a/, DNS:evil.example"])));
    case 3:
      return contextPrimitive(7, random.bytes(4));
    case 4:
      return contextPrimitive(7, random.bytes(16).fill(0, random.below(8), 8 + random.below(8)));
    case 5:
      return contextConstructed(4, randomName(random));
    case 6:
      return contextPrimitive(8, objectIdentifier("1.2.3.4").subarray(2));
    default:
      return contextConstructed(
        0,
        objectIdentifier("1.2.3.4"),
        contextConstructed(0, rawValue(0x0c, "other")),
      );
  }
}
