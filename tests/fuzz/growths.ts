/** Inputs that grow: for every parser in each way that its grammar allows, and in some that it does not. */
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  encodeValue,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  sequenceOf,
  setOf,
  time,
} from "../../lib/x509/encoding/der_writer.ts";
import { writePem } from "../../lib/x509/encoding/pem.ts";
import { encodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import { encodeBody } from "../../lib/protocol/est/mod.ts";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";
import {
  alertRecord,
  bytes,
  certificateMessage,
  message,
  records,
  serverHello,
} from "../system/network/tls/raw_flight.ts";
import {
  certIdDer,
  extension,
  nonceExtension,
  requestDer as ocspRequest,
} from "../protocol/ocsp/samples.ts";
import { nothing, rawCertificate, rawExtension, rawValue } from "../x509/raw_certificate.ts";
import { crlDer } from "./signed_samples.ts";

/** An input of about the size `n`; the unit does not matter. */
type Growth = (n: number) => Uint8Array | string;

/** A PKCS#12 file without a MAC. */
const pfx = (authSafe: Uint8Array): Uint8Array => sequence(integer(3n), plainContent(authSafe));
const plainContent = (content: Uint8Array): Uint8Array =>
  sequence(
    objectIdentifier("1.2.840.113549.1.7.1"),
    contextConstructed(0, octetString(content)),
  );
const secretBag = (...attributes: readonly Uint8Array[]): Uint8Array =>
  sequence(
    objectIdentifier("1.2.840.113549.1.12.10.1.5"),
    contextConstructed(0, sequence()),
    setOf(...attributes),
  );
/** The same with authSafe in pieces, as NSS writes it. */
const inPieces = (pieces: readonly Uint8Array[]): Uint8Array =>
  sequence(
    integer(3n),
    sequence(
      objectIdentifier("1.2.840.113549.1.7.1"),
      contextConstructed(0, encodeValue(0x24, ...pieces)),
    ),
  );

const pbkdf2 = (...parameters: readonly Uint8Array[]): Uint8Array =>
  sequence(objectIdentifier("1.2.840.113549.1.5.12"), sequence(...parameters));
/** EncryptedPrivateKeyInfo with PBES2 and AES-256. */
const lockedKey = (derivation: Uint8Array, ciphertext: Uint8Array = bytes(1)): Uint8Array => {
  const vector = octetString(bytes(...many(16, () => 1)));
  const cipher = sequence(objectIdentifier("2.16.840.1.101.3.4.1.42"), vector);
  const parameters = sequence(derivation, cipher);
  return sequence(
    sequence(objectIdentifier("1.2.840.113549.1.5.13"), parameters),
    octetString(ciphertext),
  );
};

/** Numbers that all have four digits, and two bytes in base 128: twice as many are twice as long. */
const many = <T>(n: number, make: (index: number) => T): T[] =>
  Array.from({ length: n }, (_, index) => make(1000 + index));
const block = (label: string, der: Uint8Array): string => writePem(label, der);
const cn = (value: Uint8Array): Uint8Array =>
  sequence(setOf(sequence(objectIdentifier("2.5.4.3"), value)));

/** Growing inputs for every parser of PEM. */
const pem: Readonly<Record<string, Growth>> = {
  "blanks in a line": (n) => " ".repeat(n),
  "blanks in a block": (n) => `-----BEGIN X-----\n${" ".repeat(n)}\n-----END X-----\n`,
  "blanks behind base64": (n) => `-----BEGIN X-----\nAAAA${" \t".repeat(n)}\n-----END X-----\n`,
  "blanks behind a boundary": (n) => `-----BEGIN X-----${" ".repeat(n)}\nAAAA\n-----END X-----\n`,
  "hyphens": (n) => "-".repeat(n),
  "hyphens and blanks": (n) => "-----   ".repeat(n),
  "empty lines": (n) => "\n".repeat(n),
  "lines of text": (n) => "a line\n".repeat(n),
  "BEGINs": (n) => "-----BEGIN X-----\n".repeat(n),
  "a long label": (n) => `-----BEGIN ${"X ".repeat(n)}-----\n`,
  "base64 in one line": (n) => `-----BEGIN X-----\n${"AAAA".repeat(n)}\n-----END X-----\n`,
  "base64 in many lines": (n) => `-----BEGIN X-----\n${"AAAA\n".repeat(n)}-----END X-----\n`,
  "a block without end": (n) => `-----BEGIN X-----\n${"AAAA\n".repeat(n)}`,
  "a control character at the end": (n) => `${"a\n".repeat(n)}\0-----BEGIN X-----\n`,
};

const certificate: Readonly<Record<string, Growth>> = {
  "extensions": (n) =>
    rawCertificate({
      extensions: many(n, (index) => rawExtension(`1.2.3.${index}`, nothing)),
    }),
  "alternative names": (n) =>
    rawCertificate({
      extensions: [rawExtension(
        "2.5.29.17",
        sequenceOf(many(n, (index) => contextPrimitive(2, new TextEncoder().encode(`a${index}`)))),
      )],
    }),
  "relative names": (n) =>
    rawCertificate({
      subject: sequenceOf(
        many(n, () => setOf(sequence(objectIdentifier("2.5.4.3"), rawValue(0x0c, "a")))),
      ),
    }),
  "a long value": (n) => rawCertificate({ subject: cn(rawValue(0x0c, "a".repeat(n))) }),
  "a long value of another type": (n) =>
    rawCertificate({ subject: cn(rawValue(0x1e, new Uint8Array(2 * n))) }),
  "white space in a name": (n) => rawCertificate({ subject: cn(rawValue(0x0c, " ".repeat(n))) }),
  "a deep value": (n) => {
    let value: Uint8Array = integer(1n);
    for (let depth = 0; depth < n; depth++) value = sequence(value);
    return rawCertificate({ subject: cn(value) });
  },
  "a wide value": (n) => rawCertificate({ subject: cn(sequenceOf(many(n, () => integer(1n)))) }),
  "a long serial number": (n) =>
    rawCertificate({ serialNumber: rawValue(0x02, new Uint8Array(n).fill(1)) }),
  "a long type": (n) =>
    rawCertificate({
      subject: sequence(setOf(sequence(
        rawValue(0x06, new Uint8Array(n).fill(0x81)),
        rawValue(0x0c, "a"),
      ))),
    }),
  "a long signature": (n) => rawCertificate({ signature: bitString(new Uint8Array(n)) }),
};

const asn1 = sequence(integer(1n));
const ecdsa = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const now = time(new Date("2026-06-01T12:00:00Z"));
const crlOf = (...parts: Uint8Array[]): Uint8Array =>
  sequence(
    sequence(integer(1n), ecdsa, encodeDistinguishedName("CN=a"), now, now, ...parts),
    ecdsa,
    bitString(new Uint8Array(70)),
  );
const rsaKey = (...numbers: Uint8Array[]): string =>
  block("RSA PRIVATE KEY", sequence(integer(0n), ...numbers));
const large = (n: number): Uint8Array => rawValue(0x02, new Uint8Array(n).fill(0x55));

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const permitted = (...subtrees: Uint8Array[]): Uint8Array =>
  sequence(contextConstructed(0, ...subtrees));
const dnsSubtree = (host: string): Uint8Array => sequence(contextPrimitive(2, ascii(host)));

/** HelloRequests of TLS, in records of a size. */
const emptyMessages = (n: number, size: number): Uint8Array =>
  records(22, bytes(...many(n, () => message(0, nothing))), size);

/** The inputs of each parser, by its name. */
export const growths: Readonly<Record<string, Readonly<Record<string, Growth>>>> = {
  "PEM": pem,
  "certificate file": { ...pem, "blocks": (n) => block("CERTIFICATE", asn1).repeat(n) },
  "trust anchors": { ...pem, "unreadable": (n) => block("CERTIFICATE", asn1).repeat(n / 4) },
  "certificate": certificate,
  "request": {
    "attributes": (n) =>
      sequence(
        sequence(
          integer(0n),
          encodeDistinguishedName("CN=a"),
          sequence(sequence(objectIdentifier("1.3.101.112")), bitString(new Uint8Array(32))),
          contextConstructed(
            0,
            ...many(n, (index) => sequence(objectIdentifier(`1.2.3.${index}`), setOf(asn1))),
          ),
        ),
        ecdsa,
        bitString(new Uint8Array(64)),
      ),
    "bytes": (n) => new Uint8Array(n).fill(0x30),
  },
  "CRL": {
    "entries": (n) => crlOf(sequenceOf(many(n, (index) => sequence(integer(BigInt(index)), now)))),
    "a large number": (n) =>
      crlOf(contextConstructed(0, sequence(rawExtension("2.5.29.20", large(n))))),
    "extensions": (n) =>
      crlOf(contextConstructed(
        0,
        sequenceOf(many(n, (index) => rawExtension(`1.2.3.${index}`, nothing))),
      )),
    "the same extension": (n) =>
      crlOf(contextConstructed(0, sequenceOf(many(n, () => rawExtension("2.5.29.35", nothing))))),
    "bytes behind": (n) => Uint8Array.of(...crlDer, ...new Uint8Array(n)),
  },
  "private key file": {
    ...pem,
    "RSA numbers": (n) => rsaKey(...many(8, () => large(n))),
    "RSA numbers beyond the modulus": (n) => rsaKey(large(256), ...many(7, () => large(n))),
    "an EC key with zeros before it": (n) =>
      block(
        "EC PRIVATE KEY",
        sequence(
          integer(1n),
          octetString(Uint8Array.of(...new Uint8Array(n), ...new Uint8Array(32).fill(1))),
          contextConstructed(0, objectIdentifier("1.2.840.10045.3.1.7")),
        ),
      ),
    "parameters": (n) => block("EC PARAMETERS", asn1).repeat(n / 100),
  },
  "private key": { "bytes": (n) => new Uint8Array(n).fill(0x30) },
  "details of certificates": {
    "lines": (n) => many(n, (index) => `{"serial":"${(index + 256).toString(16)}"}\n`).join(""),
    "lines for one certificate": (n) => '{"serial":"02","profile":"a"}\n'.repeat(n),
    "names": (n) => `{"serial":"02","names":["${many(n, () => "DNS:a").join('","')}"]}`,
    "empty lines": (n) => "\n".repeat(n),
    "unknown fields": (n) => `{"serial":"02"${many(n, (index) => `,"x${index}":1`).join("")}}`,
    "a long value": (n) => `{"serial":"02","profile":"${"a".repeat(n)}"}`,
  },
  "distinguished name": {
    "relative names": (n) => "O=a,".repeat(n) + "O=a",
    "escapes": (n) => `O=${"\\41".repeat(n)}`,
    "spaces": (n) => `O=${" ".repeat(n)}a`,
    "spaces before": (n) => `${" ".repeat(n)}O=a`,
    "digits": (n) => `1.2.${"1".repeat(n)}=a`,
    "arcs": (n) => `1.2${".1".repeat(n)}=a`,
    "hexadecimal": (n) => `O=#${"0c".repeat(n)}`,
    "a long type": (n) => `${"O".repeat(n)}=a`,
    "a long value": (n) => `SN=${"a".repeat(n)}`,
  },
  "alternative names": {
    "names": (n) => many(n, (index) => `DNS:a${index}`).join(","),
    "commas": (n) => ",".repeat(n),
    "backslashes": (n) => `URI:a:${"\\".repeat(n)}`,
    "labels": (n) => `DNS:${"a.".repeat(n)}a`,
    "colons": (n) => `IP:${":".repeat(n)}`,
    "a long URI": (n) => `URI:${"a".repeat(n)}`,
    "at signs": (n) => `email:${"@".repeat(n)}`,
    "blanks": (n) => `${" ".repeat(n)}DNS:a${" ".repeat(n)}x`,
  },
  "alternative name": { "blanks": (n) => `DNS:${" ".repeat(n)}`, "letters": (n) => "a".repeat(n) },
  "IP address": {
    "colons": (n) => ":".repeat(n),
    "groups": (n) => "1:".repeat(n),
    "dots": (n) => "1.".repeat(n),
  },
  "serial number": { "zeros": (n) => "0".repeat(n), "digits": (n) => "1".repeat(n) },
  "configuration": {
    "unknown keys": (n) => many(n, (index) => `a${index} = 1\n`).join(""),
    "unknown keys of a pair": (n) => `[pair.a]\n${many(n, (index) => `a${index} = 1\n`).join("")}`,
    "pairs": (n) => many(n, (index) => `[pair.a${index}]\ndir = 1\n`).join(""),
    "a deep key": (n) => `${"a.".repeat(n)}a = 1\n`,
    "a deep key of a pair": (n) => `[pair.a]\nnames.${"a.".repeat(n)}a = 1\n`,
    "a long key": (n) => `${"a".repeat(n)} = 1\n`,
    "comments": (n) => `${"# a\n".repeat(n)}a = 1`,
    "one comment": (n) => `${"#".repeat(n)}\na = 1`,
    "blank lines": (n) => `${"\n \t".repeat(n)}a = 1`,
    "names": (n) => `[pair.a]\nnames = [${'"", '.repeat(n)}]\n`,
    "a long string": (n) => `a = "${"\\\\".repeat(n)}"\nb = 1`,
    "an open string": (n) => `a = """${'"'.repeat(2)}${"\\".repeat(n)}`,
    "brackets": (n) => `a = ${"[".repeat(n)}`,
  },
  "settings of a CA": {
    "unknown keys": (n) => many(n, (index) => `a${index} = 1\n`).join(""),
    "profiles": (n) => many(n, (index) => `[profile.a${index}]\nvalidity = 1\n`).join(""),
    "wrong values": (n) => many(n, (index) => `[profile.a${index}]\nvalidity = true\n`).join(""),
    "patterns": (n) => `[profile.a.names]\ndns = [${'"*.a", '.repeat(n)}]\n`,
    "a long pattern": (n) => `[profile.a.names]\ndns = ["${"*.".repeat(n)}a"]\n`,
    "a long URI": (n) => `[profile.a.names]\nuri = ["a:${"*".repeat(n)}"]\n`,
    "a long mailbox": (n) => `[profile.a.names]\nemail = ["${"*@".repeat(n)}a"]\n`,
    "a long range": (n) => `[profile.a.names]\nip = ["${"1".repeat(n)}/8"]\n`,
    "a long subject": (n) => `[profile.a.names]\nsubject = "${"CN=*,".repeat(n)}O=a"\n`,
    "a long address": (n) => `[addresses]\ncrl = ["http://a/${"a".repeat(n)}"]\n`,
  },
  "state file": {
    "other fields": (n) =>
      JSON.stringify({ version: 1, ...Object.fromEntries(many(n, (index) => [`a${index}`, 1])) }),
    "a long serial number": (n) =>
      JSON.stringify({ version: 1, owed: { replacedSerial: "0".repeat(n) } }),
    "blanks": (n) => `{"version":1}${" ".repeat(n)}`,
  },
  "journal": {
    "entries": (n) =>
      JSON.stringify({
        format: "certswap journal",
        version: 1,
        entries: many(n, () => ({ kind: "remove", target: "/d/a", old: "0".repeat(64) })),
      }) + "\nsha256 \n",
    "lines": (n) => "\n".repeat(n),
    "checksums": (n) => `sha256 ${"0".repeat(64)}\n`.repeat(n / 10),
  },
  "index.json": {
    "objects": (n) => `[${"{},".repeat(n)}{}]`,
    "lines": (n) => `[${"\n".repeat(n)}`,
    "brackets": (n) => "[".repeat(n),
    "a long string": (n) => `["${"\\\\".repeat(n)}"`,
    "fields": (n) => `[{${many(n, (index) => `"a${index}": 1`).join(",")}}]`,
  },
  "name constraints": {
    "subtrees": (n) => permitted(...many(n, (index) => dnsSubtree(`a${index}.example`))),
    "excluded subtrees": (n) =>
      sequence(contextConstructed(1, ...many(n, (index) => dnsSubtree(`a${index}.example`)))),
    "addresses": (n) =>
      permitted(...many(n, () => sequence(contextPrimitive(7, new Uint8Array(8))))),
    "a long host": (n) => permitted(dnsSubtree("a".repeat(n))),
    "labels": (n) => permitted(dnsSubtree("a.".repeat(n))),
    "a long mailbox": (n) => permitted(sequence(contextPrimitive(1, ascii("@".repeat(n))))),
    "relative names": (n) =>
      permitted(sequence(contextConstructed(
        4,
        sequenceOf(
          many(n, () => setOf(sequence(objectIdentifier("2.5.4.3"), rawValue(0x0c, "a")))),
        ),
      ))),
    "a large minimum": (n) =>
      permitted(sequence(contextPrimitive(2, ascii("a")), contextPrimitive(0, new Uint8Array(n)))),
    "a deep other name": (n) => {
      let value: Uint8Array = integer(1n);
      for (let depth = 0; depth < n; depth++) value = sequence(value);
      return permitted(sequence(contextConstructed(0, value)));
    },
  },
  "counter": { "digits": (n) => "1".repeat(n), "line ends": (n) => "\n".repeat(n) },
  "TLS server": {
    "records": (n) => bytes(records(22, serverHello()), emptyMessages(n, 4)),
    "records of a byte": (n) => bytes(records(22, serverHello()), emptyMessages(n, 1)),
    "messages in a record": (n) => bytes(records(22, serverHello()), emptyMessages(n, 2 ** 12)),
    "warnings": (n) => bytes(...many(n, () => alertRecord(112, 1))),
    "extensions": (n) =>
      records(22, serverHello({ extensions: bytes(...many(n, () => bytes(0, 9, 0, 0))) })),
    "certificates": (n) =>
      records(22, bytes(serverHello(), certificateMessage(...many(n, () => bytes(48))))),
    "a long certificate": (n) =>
      records(22, bytes(serverHello(), certificateMessage(new Uint8Array(16 * n))), 64),
    "text": (n) => "a".repeat(n),
  },
  "STARTTLS": {
    "lines of a greeting": (n) => `\0${"220-a\r\n".repeat(n)}`,
    "a long line": (n) => `\0${"220-".padEnd(n)}`,
    "untagged lines": (n) => `\x01* OK\r\n${"* a\r\n".repeat(n)}`,
    "a long answer of LDAP": (n) => bytes(3, 0x30, 0x82, n >> 8, n & 0xff, new Uint8Array(n)),
    "a long length of LDAP": (n) => bytes(3, 0x30, 0xff, new Uint8Array(n)),
    "a long packet of MySQL": (n) => bytes(5, n & 0xff, n >> 8, 0, 0, 10, new Uint8Array(n)),
    "lines of FTP": (n) => `\x06220-a\r\n${"b\r\n".repeat(n)}`,
    "a long stream header": (n) => `\x07${"<stream ".repeat(n)}`,
    "features": (n) => `\x07<stream:stream><stream:features>${"</stream:feature ".repeat(n)}`,
  },
  "encrypted private keys": {
    "a long salt": (n) => lockedKey(pbkdf2(octetString(bytes(...many(n, () => 1))), integer(1n))),
    "many rounds": (n) => lockedKey(pbkdf2(octetString(bytes(1)), integer(1n << BigInt(8 * n)))),
    "many parameters": (n) => lockedKey(pbkdf2(octetString(bytes(1)), ...many(n, nullValue))),
    "a long ciphertext": (n) =>
      lockedKey(pbkdf2(octetString(bytes(1)), integer(1n)), bytes(...many(n, () => 1))),
  },
  "PKCS#12": {
    "bytes": (n) => bytes(0x30, new Uint8Array(n).fill(0x30)),
    "nested lengths": (n) => Uint8Array.fromHex("3080".repeat(n)),
    "values of no length": (n) => pfx(sequenceOf(many(n, () => nullValue()))),
    "pieces of a string": (n) => inPieces(many(n, () => octetString(bytes(1)))),
    "contents": (n) => pfx(sequenceOf(many(n, () => plainContent(sequence())))),
    "bags": (n) => pfx(sequence(plainContent(sequenceOf(many(n, () => secretBag()))))),
    "attributes": (n) =>
      pfx(sequence(plainContent(sequence(secretBag(
        ...many(n, (index) =>
          sequence(objectIdentifier(`1.2.3.${index}`), setOf(octetString(bytes(1))))),
      ))))),
    "bags in bags": (n) => {
      let bag = secretBag();
      for (let depth = 0; depth < n / 100; depth++) {
        bag = sequence(
          objectIdentifier("1.2.840.113549.1.12.10.1.6"),
          contextConstructed(0, sequence(bag)),
        );
      }
      return pfx(sequence(plainContent(sequence(bag))));
    },
    "a long salt": (n) =>
      sequence(
        integer(3n),
        plainContent(sequence()),
        sequence(
          sequence(sequence(objectIdentifier("2.16.840.1.101.3.4.2.1")), octetString(bytes(1))),
          octetString(new Uint8Array(n)),
        ),
      ),
    "text": (n) => "MI" + "A".repeat(n),
    "blanks": (n) => " ".repeat(n),
  },
  "certs-only message": {
    "certificates": (n) => encodeCertsOnly(many(n / 10, () => rawCertificate())),
    "values that are not certificates": (n) => encodeCertsOnly(many(n, () => nullValue())),
    "nested lengths": (n) => Uint8Array.fromHex("3080".repeat(n)),
    "values of no length": (n) => sequenceOf(many(n, () => nullValue())),
  },
  "body of EST": {
    ...pem,
    "base64": (n) => "AAAA".repeat(n),
    "white space": (n) => " \n".repeat(n),
    "attributes": (n) =>
      encodeBody(sequence(
        sequence(
          integer(0n),
          sequence(),
          sequence(ecdsa, bitString(new Uint8Array(65))),
          contextConstructed(
            0,
            ...many(n, (index) => sequence(objectIdentifier(`1.2.3.${index}`), setOf())),
          ),
        ),
        ecdsa,
        bitString(new Uint8Array(70)),
      )),
  },
  "attributes of requests": {
    "identifiers": (n) => sequenceOf(many(n, (index) => objectIdentifier(`1.2.3.${index}`))),
    "values": (n) =>
      sequence(sequence(objectIdentifier("1.2.3"), setOf(...many(n, () => integer(1n))))),
    "extensions": (n) =>
      sequence(sequence(
        objectIdentifier("1.2.840.113549.1.9.14"),
        setOf(sequenceOf(many(n, (index) => sequence(objectIdentifier(`1.2.3.${index}`))))),
      )),
    "names of the subject": (n) =>
      sequence(sequence(
        objectIdentifier("1.2.840.113549.1.9.16.2.61"),
        setOf(sequence(
          integer(0n),
          sequenceOf(many(n, () => setOf(sequence(objectIdentifier("2.5.4.3"))))),
        )),
      )),
  },
  "header fields of HTTP": {
    "digits": (n) => "1".repeat(n),
    "blanks": (n) => " ".repeat(n),
    "parameters": (n) => `a/b${many(n, (index) => `;a${index}=b`).join("")}`,
    "a long type": (n) => `${"a".repeat(n)}/b`,
  },
  "OCSP request": {
    "certificates": (n) =>
      ocspRequest({ ids: many(n, (serial) => certIdDer({ serial: BigInt(serial) })) }),
    "extensions": (n) =>
      ocspRequest({
        ids: [certIdDer()],
        extensions: many(n / 10, (index) => extension(`1.2.3.${index}`, nothing)),
      }),
    "extensions of a certificate": (n) =>
      ocspRequest({
        ids: [certIdDer()],
        single: many(n / 10, (index) => extension(`1.2.3.${index}`, nothing)),
      }),
    "a long nonce": (n) =>
      ocspRequest({ ids: [certIdDer()], extensions: [nonceExtension(new Uint8Array(n))] }),
    "long hashes": (n) => ocspRequest({ ids: [certIdDer({ name: new Uint8Array(n) })] }),
  },
  "OCSP request in a path": {
    "slashes": (n) => "/".repeat(n),
    "encoded": (n) => "/MA" + "%2B".repeat(n),
    "percent": (n) => "/MA" + "%".repeat(n),
    "padding": (n) => "/MA" + "=".repeat(n),
    "base64": (n) => "/M" + "A".repeat(n * 4 - 1),
  },
};
