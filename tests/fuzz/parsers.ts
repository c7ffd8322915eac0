/** Every parser of untrusted text and bytes, each with inputs that it accepts. */
import assert from "node:assert/strict";
import { parseSettings } from "../../lib/ca/settings/parse_settings.ts";
import { encodeCounter, parseCounter } from "../../lib/ca/store/directory/counter.ts";
import { appendToDetails } from "../../lib/ca/store/directory/details/append.ts";
import { serialsWithKeys } from "../../lib/ca/store/directory/details/find_keys.ts";
import { readDetails } from "../../lib/ca/store/directory/details/read.ts";
import { encodeIndex, readIndex } from "../../lib/ca/store/directory/index_file.ts";
import { parseFile } from "../../lib/device/configuration/parse_file.ts";
import { encodeState } from "../../lib/device/pair/state.ts";
import { decodeState } from "../../lib/device/pair/state_reader.ts";
import { readEncryptedPrivateKeyInfo, readPbes2 } from "../../lib/protocol/pbes2/mod.ts";
import { decodeCertsOnly, encodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import {
  anyRequest,
  decodeBody,
  decodeCsrAttributes,
  encodeBody,
  encodeCsrAttributes,
  readEnrolmentRequest,
  readTemplate,
} from "../../lib/protocol/est/mod.ts";
import { parseMediaType, parseRetryAfter } from "../../lib/protocol/http/mod.ts";
import { requireBearable } from "../../lib/protocol/pbes2/limits.ts";
import { certIdLimit, readOcspRequest, requestInPath } from "../../lib/protocol/ocsp/mod.ts";
import { pairOf, readPkcs12 } from "../../lib/protocol/pkcs12/mod.ts";
import { startTls } from "../../lib/system/network/starttls/mod.ts";
import { ServerFlight } from "../../lib/system/network/tls/server_flight.ts";
import { encodeJournal, encodeWithChecksum } from "../../lib/transaction/journal.ts";
import { readJournal } from "../../lib/transaction/recovery/journal_reader.ts";
import { DerReader } from "../../lib/x509/encoding/der_reader.ts";
import { contextPrimitive, readWhole, sequence, tag } from "../../lib/x509/encoding/mod.ts";
import { certificateFileLimit, readPem, writePem } from "../../lib/x509/encoding/pem.ts";
import { readPrivateKeyFile } from "../../lib/x509/key/private_key_file.ts";
import {
  encodeAlternativeNames,
  encodeEachAlternativeName,
} from "../../lib/x509/name/alternative_names.ts";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";
import { formatGeneralName, readGeneralNames } from "../../lib/x509/name/general_name.ts";
import { formatAddress, parseIpAddress } from "../../lib/x509/name/ip_address.ts";
import { formatName, namesEqual, readName } from "../../lib/x509/name/name.ts";
import { type Certificate, readCertificate } from "../../lib/x509/read/certificate.ts";
import { readAnchorFile, readCertificateFile } from "../../lib/x509/read/certificate_file.ts";
import { readCrl, readCrlFile } from "../../lib/x509/read/crl.ts";
import { readRequest, readRequestFile } from "../../lib/x509/read/request.ts";
import { normalizeSerial, parseSerial } from "../../lib/x509/serial.ts";
import { compareIdentities } from "../../lib/x509/verify/identity.ts";
import { proveKeyBelongs } from "../../lib/x509/verify/pair.ts";
import { ocspRequests } from "../protocol/ocsp/samples.ts";
import { derOf as encryptedKey } from "../protocol/pbes2/testdata.ts";
import { p12 } from "../protocol/pkcs12/testdata.ts";
import {
  alertRecord,
  bytes,
  certificateMessage,
  certificateRequest,
  records,
  serverHello,
  serverHelloDone,
} from "../system/network/tls/raw_flight.ts";
import { answers, channelOf, protocols } from "../system/network/starttls_answers.ts";
import { crashedDisk, journalPath, machineWith, site } from "../transaction/crashed.ts";
import { allCertificates, allKeyPems } from "../x509/fixtures.ts";
import { acceptsNameConstraints, nameConstraintSamples } from "./name_constraints.ts";
import { crlDer, requestDer } from "./signed_samples.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A parser under test. */
export interface Parser {
  readonly name: string;
  /** Inputs that it accepts, most of them in full. */
  readonly samples: readonly [Bytes, ...Bytes[]];
  /**
   * Reads `input`, and checks what must be true of every accepted input.
   *
   * @returns whether it was accepted. Throws only errors of certswap.
   */
  accepts(input: Bytes): boolean | Promise<boolean>;
}

const encode = (text: string): Bytes => new TextEncoder().encode(text);
const decode = (bytes: Bytes): string => new TextDecoder().decode(bytes);

const managingAll = { ...site, manages: () => true };

/** Every parser. The order must stay: a seed depends on it. */
export const parsers: readonly [Parser, ...Parser[]] = [
  {
    name: "PEM",
    samples: pemSamples(),
    accepts(input) {
      const blocks = readPem(input, { limit: certificateFileLimit });
      const written = blocks.map(({ label, der }) => writePem(label, der)).join("");
      assert.deepEqual(readPem(encode(written), { limit: certificateFileLimit }), blocks);
      return true;
    },
  },
  {
    name: "certificate file",
    samples: pemSamples(),
    accepts(input) {
      const { leaf, chain, content } = readCertificateFile(input);
      const again = readCertificateFile(new Uint8Array(content));
      assert.deepEqual(again, { leaf, chain, content });
      return true;
    },
  },
  {
    name: "trust anchors",
    samples: pemSamples(),
    accepts: (input) => readAnchorFile(input).anchors.length > 0,
  },
  {
    name: "certificate",
    samples: toSamples(certificates().map(({ der }) => der)),
    accepts(input) {
      const certificate = readCertificate(input);
      checkNames(certificate);
      assert.equal(compareIdentities(certificate, certificate).verdict, "equal");
      return true;
    },
  },
  {
    name: "request",
    samples: [requestDer],
    accepts(input) {
      checkNames(readRequest(input));
      readRequestFile(encode(writePem("CERTIFICATE REQUEST", input)));
      return true;
    },
  },
  {
    name: "CRL",
    samples: [crlDer],
    accepts(input) {
      assert.match(formatName(readCrl(input).issuer), /^[^\p{Cc}\p{Cf}]*$/u);
      readCrlFile(encode(writePem("X509 CRL", input)));
      return true;
    },
  },
  {
    name: "private key file",
    samples: toSamples(allKeyPems().map(encode)),
    accepts(input) {
      const { content, ...key } = readPrivateKeyFile(input);
      const { content: _, ...again } = readPrivateKeyFile(new Uint8Array(content));
      assert.deepEqual(again, key);
      return true;
    },
  },
  {
    name: "private key",
    samples: toSamples(
      allKeyPems().filter((pem) => !pem.includes("ENCRYPTED"))
        .map((pem) => new Uint8Array(readPem(encode(pem), { limit: 10_000 }).at(-1)?.der ?? [])),
    ),
    accepts(input) {
      // The bytes after the version tell the three forms apart, unless a mutation has changed them.
      const begin = input.subarray(0, 9).toHex();
      const label = begin.includes("02010104")
        ? "EC PRIVATE KEY"
        : begin.includes("02010002")
        ? "RSA PRIVATE KEY"
        : "PRIVATE KEY";
      const { pkcs8 } = readPrivateKeyFile(encode(writePem(label, input)));
      // The PKCS#8 form of any key can be read again, and stays the same.
      assert.deepEqual(readPrivateKeyFile(encode(writePem("PRIVATE KEY", pkcs8))).pkcs8, pkcs8);
      return true;
    },
  },
  {
    name: "distinguished name",
    samples: toSamples(
      [
        "CN=My Root CA,O=My Org,C=US",
        "CN=a\\,b+UID=\\41\\ ,DC=example , 1.2.3=#0c0141",
        "serialNumber=12 3,emailAddress=a@b.example,2.5.4.3=Ger\u00e4t",
      ].map(encode),
    ),
    accepts(input) {
      const der = encodeDistinguishedName(decode(input));
      const name = readName(new DerReader(der));
      // A formatted name is read as the same name again, if all of its types are known.
      const written = formatName(name);
      assert.doesNotMatch(written, /[\p{Cc}\p{Cf}]/u);
      const again = readName(new DerReader(encodeDistinguishedName(written)));
      assert.equal(formatName(again), written);
      return true;
    },
  },
  {
    name: "alternative names",
    samples: toSamples(
      [
        "DNS:a.example,IP:192.0.2.1,URI:https://a.example/,email:a@b.example",
        "dns:*.a_b.example, IP:2001:db8::1 ,URI:urn:a\\,b",
      ].map(encode),
    ),
    accepts(input) {
      const names = readGeneralNames(new DerReader(encodeAlternativeNames(decode(input))));
      for (const name of names) assert.match(formatGeneralName(name), /^[!-~]*$/);
      return true;
    },
  },
  {
    name: "alternative name",
    samples: toSamples(["DNS:a.example", "IP:::ffff:192.0.2.1", "email:a@b.example"].map(encode)),
    accepts(input) {
      encodeEachAlternativeName([decode(input)]);
      return true;
    },
  },
  {
    name: "IP address",
    samples: toSamples(["192.0.2.1", "2001:db8::1:2", "::ffff:192.0.2.1", "::"].map(encode)),
    accepts(input) {
      const address = parseIpAddress(decode(input));
      if (address === undefined) return false;
      assert.deepEqual(parseIpAddress(formatAddress(address)), address);
      return true;
    },
  },
  {
    name: "serial number",
    samples: toSamples(["01", "00001A9", "f".repeat(39), `7${"0".repeat(39)}`].map(encode)),
    accepts(input) {
      const serial = normalizeSerial(decode(input));
      if (serial === undefined) return false;
      assert.ok((parseSerial(serial) ?? 0n) > 0n);
      return true;
    },
  },
  {
    name: "details of certificates",
    samples: toSamples([
      `{"serial":"02","profile":"device","names":["DNS:a"],"key":"${"ab".repeat(32)}"}\n`,
      '{"serial":"02","requested_by":"user a"}\n{"serial":"02","superseded_by":"03","names":null}',
    ].map(encode)),
    accepts(input) {
      const details = readDetails(input, "/ca/details.jsonl");
      const lines = [...details].map(([serial, one]) => ({ serial, details: one }));
      const written = appendToDetails(undefined, { lines, path: "/ca/details.jsonl" });
      assert.deepEqual(readDetails(written, "/ca/details.jsonl"), details);
      const keys = [...details.values()].flatMap(({ key }) => key ?? []);
      const found = serialsWithKeys(written, new Set(keys));
      assert.equal(found.size, keys.length);
      return true;
    },
  },
  {
    name: "configuration",
    samples: [encode(configurationSample())],
    accepts(input) {
      const { problems } = parseFile("/etc/certswap/certswap.toml", input);
      for (const { line } of problems) assert.ok(line === undefined || line >= 1);
      return problems.length === 0;
    },
  },
  {
    name: "settings of a CA",
    samples: [encode(settingsSample())],
    accepts(input) {
      const { settings, problems } = parseSettings("/ca/ca.toml", input);
      assert.ok(settings.profiles.has("device"));
      for (const { line } of problems) assert.ok(line === undefined || line >= 1);
      return problems.length === 0;
    },
  },
  {
    name: "state file",
    samples: [await stateSample()],
    async accepts(input) {
      const now = new Date("2026-06-01T12:00:00Z");
      const decoded = decodeState(input, now);
      if (decoded === undefined) return false;
      // A state that could be read is written, and read again completely.
      const again = decodeState(await encodeState(decoded.state), now);
      assert.deepEqual(again, { state: decoded.state, unreadable: [] });
      return true;
    },
  },
  {
    name: "journal",
    samples: [
      await encodeJournal(managingAll, [
        { kind: "replace", target: "/d/a", old: "0".repeat(64), new: "f".repeat(64) },
        { kind: "create", target: "/d/b", new: "a".repeat(64) },
        { kind: "remove", target: "/d/c", old: "2".repeat(64) },
        { kind: "makeDirectory", target: "/d/certs", mode: 0o750 },
      ]) as Bytes,
    ],
    async accepts(input) {
      // Half of the inputs have the right checksum, so that the code after the check is reached.
      const [, text = ""] = /^([^]*\n)sha256 [^]*$/.exec(decode(input)) ?? [];
      const content = input.length % 2 === 0 ? input : await encodeWithChecksum(text);
      const { system } = machineWith(crashedDisk({ [journalPath]: { content } }));
      await readJournal(system, managingAll);
      return true;
    },
  },
  {
    name: "index.json",
    samples: [indexSample()],
    accepts(input) {
      const entries = readIndex(input, "/ca/index.json");
      assert.deepEqual(readIndex(encodeIndex(entries), "/ca/index.json"), entries);
      return true;
    },
  },
  {
    name: "counter",
    samples: toSamples(["01\n", "1a9\n", `7${"f".repeat(39)}\n`].map(encode)),
    accepts(input) {
      const value = parseCounter(input);
      if (value === undefined) return false;
      assert.equal(parseCounter(encodeCounter(value)), value);
      return true;
    },
  },
  {
    name: "name constraints",
    samples: toSamples(nameConstraintSamples),
    accepts: acceptsNameConstraints,
  },
  {
    name: "TLS server",
    samples: tlsSamples(),
    accepts(input) {
      const { end, certificate } = flightIn(input, input.length);
      // The result must not depend on the sizes of the pieces.
      const pieces = flightIn(input, 3);
      assert.deepEqual([pieces.end, pieces.certificate], [end, certificate]);
      return certificate !== undefined;
    },
  },
  {
    name: "STARTTLS",
    // The first byte says which protocol it is.
    samples: toSamples(
      protocols.map((protocol, index) => bytes(index, encode(answers[protocol]))),
    ),
    async accepts(input) {
      const [first = 0] = input;
      const protocol = protocols[first % protocols.length] ?? "smtp";
      await startTls(channelOf(input.subarray(1), 3), protocol);
      return true;
    },
  },
  {
    name: "PKCS#12",
    samples: toSamples(
      ["openssl-quick", "openssl-quick-3des", "openssl-quick-no-mac", "openssl-plain"].map(p12),
    ),
    async accepts(input) {
      const { key, leaf, chain } = await pairOf(await readPkcs12(input, encode("secret")));
      assert.ok(await proveKeyBelongs(key, leaf));
      for (const [index, issuer] of chain.entries()) {
        const { issuer: wanted } = chain[index - 1] ?? leaf;
        assert.ok(namesEqual(issuer.subject, wanted));
      }
      return true;
    },
  },
  {
    name: "encrypted private keys",
    samples: toSamples(["aes256-sha256", "aes128-sha1", "des3-sha256", "scrypt"].map(encryptedKey)),
    // Up to where the work begins.
    accepts(input) {
      const { algorithm } = readWhole(input, tag.sequence, readEncryptedPrivateKeyInfo);
      requireBearable(readPbes2(algorithm).derivation);
      return true;
    },
  },
  {
    name: "certs-only message",
    samples: toSamples([
      encodeCertsOnly(certificates().slice(0, 3).map(({ der }) => der)),
      encodeCertsOnly([]),
    ]),
    accepts(input) {
      const found = decodeCertsOnly(input);
      assert.deepEqual(decodeCertsOnly(encodeCertsOnly(found)), found);
      return true;
    },
  },
  {
    name: "body of EST",
    samples: toSamples([
      encodeBody(requestDer),
      encode(writePem("CERTIFICATE REQUEST", requestDer)),
      encode(requestDer.toBase64()),
    ]),
    accepts(input) {
      const der = decodeBody(input, "request");
      assert.deepEqual(decodeBody(encodeBody(der), "request"), der);
      const { request, ...known } = readEnrolmentRequest(input);
      assert.deepEqual(known.der, der);
      checkNames(request);
      return true;
    },
  },
  {
    name: "attributes of requests",
    samples: toSamples(csrAttributesSamples()),
    accepts(input) {
      const template = readTemplate(decodeCsrAttributes(input));
      const [key] = template.keys;
      // What could be read is written, and read again as the same.
      const written = { ...template, keys: key === undefined ? [] : [key] };
      const again = readTemplate(decodeCsrAttributes(encodeCsrAttributes(written)));
      if (key?.kind !== "other") assert.deepEqual(again, { ...written, ignored: [] });
      return true;
    },
  },
  {
    name: "header fields of HTTP",
    samples: toSamples(
      [
        "120",
        "Mon, 01 Jun 2026 12:01:00 GMT",
        "Monday, 01-Jun-26 12:01:00 GMT",
        "Mon Jun  1 12:01:00 2026",
        'application/pkcs7-mime; smime-type="certs-only"',
      ].map(encode),
    ),
    accepts(input) {
      const text = decode(input);
      const wait = parseRetryAfter(text, new Date("2026-06-01T12:00:00Z"));
      assert.ok(wait === undefined || wait >= 0);
      return wait !== undefined || parseMediaType(text) !== undefined;
    },
  },
  {
    name: "OCSP request",
    samples: ocspRequests,
    accepts(input) {
      const { certIds, nonce } = readOcspRequest(input);
      assert.ok(certIds.length <= certIdLimit);
      assert.ok(nonce === undefined || (nonce.length >= 1 && nonce.length <= 128));
      // Responses repeat the CertIDs: each must be a value of its own.
      for (const { der } of certIds) readWhole(der, tag.sequence, (parts) => readToEnd(parts));
      return true;
    },
  },
  {
    name: "OCSP request in a path",
    samples: [
      encode(`/${ocspRequests[0].toBase64()}`),
      encode(`//${encodeURIComponent(ocspRequests[1].toBase64())}`),
    ],
    accepts: (input) => requestInPath(decode(input)).length > 0,
  },
];

function readToEnd(parts: DerReader): void {
  while (!parts.isAtEnd()) parts.next();
}

function flightIn(input: Bytes, pieceSize: number): ServerFlight {
  const flight = new ServerFlight();
  for (let at = 0; at < input.length; at += pieceSize) {
    flight.push(input.subarray(at, at + pieceSize));
  }
  return flight;
}

function tlsSamples(): Parser["samples"] {
  const [leaf = nothing, issuer = nothing] = certificates().map(({ der }) => der);
  const flight = bytes(
    serverHello({ extensions: bytes(0xff, 1, 0, 1, 0) }),
    certificateMessage(leaf, issuer),
    certificateRequest,
    serverHelloDone,
  );
  return [
    records(22, flight),
    records(22, flight, 60),
    bytes(alertRecord(112, 1), records(22, serverHello()), records(22, certificateMessage(leaf))),
    bytes(records(22, flight, 500), alertRecord(40)),
  ];
}

const nothing = new Uint8Array();

function checkNames(
  { subject, subjectAltName }: Pick<Certificate, "subject" | "subjectAltName">,
): void {
  assert.doesNotMatch(formatName(subject), /[\p{Cc}\p{Cf}]/u);
  assert.match(subjectAltName.map(formatGeneralName).join(""), /^[!-~]*$/);
}

function csrAttributesSamples(): Bytes[] {
  const value = sequence(contextPrimitive(2, encode("a.example")));
  return [
    encodeCsrAttributes({
      ...anyRequest,
      keys: [{ kind: "rsa", bits: 3072 }],
      extensions: [
        { oid: "2.5.29.17", critical: true, value },
        { oid: "2.5.29.37", critical: false, value: undefined },
      ],
      subject: [[{ type: "2.5.4.3", value: undefined }], [{ type: "2.5.4.10", value }]],
      challengePassword: true,
    }),
    encodeCsrAttributes({
      ...anyRequest,
      keys: [{ kind: "ec", curve: "P-384" }],
      extensions: [{ oid: "2.5.29.17", critical: false, value }],
    }),
    // The example of RFC 7030 4.5.2.
    Uint8Array.fromBase64(
      "MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJBgcrBgEBAQEWBggqhkjOPQQDAw==",
    ),
  ];
}

function toSamples([first, ...others]: readonly Bytes[]): Parser["samples"] {
  assert.ok(first);
  return [first, ...others];
}

function certificates(): Certificate[] {
  return allCertificates().map(([, { pem }]) => readCertificateFile(encode(pem)).leaf);
}

function pemSamples(): Parser["samples"] {
  const [first = "", second = "", third = ""] = allCertificates().map(([, { pem }]) => pem);
  const [{ der }] = [readCertificateFile(encode(first)).leaf];
  return toSamples([
    first + second,
    `# a comment\n${third}\n\n${first}`,
    `\ufeff${first}`,
    first.replace("\n", "\n\n"),
    first.replaceAll("\n", "\r\n"),
    writePem("TRUSTED CERTIFICATE", Uint8Array.of(...der, 0x30, 0)),
    `${writePem("DH PARAMETERS", Uint8Array.of(0x30, 0))}${second}`,
  ].map(encode));
}

function settingsSample(): string {
  return `serial = "random"
[defaults]
profile = "meter"
validity = 30
[addresses]
crl = ["http://pki.example/ca.crl"]
[crl]
publish = { command = ["/bin/publish"] }
[profile.meter]
max_validity = "90d"
key_usage = ["digitalSignature"]
subject = "O=Fleet"
names = { dns = ["*.a.example"], ip = ["10.0.0.0/8"], uri = ["urn:*"], subject = "CN=*,O=Fleet" }
[profile.site]
ca = true
path_length = 0
name_constraints = { permitted = ["DNS:a.example"] }
`;
}

function configurationSample(): string {
  return `metrics = "/var/lib/node_exporter/certswap.prom"
# a comment
[pair.web]
dir = "/etc/tls"
trust = "/etc/ca.pem"
subject = 'CN=device.example'
names = ["DNS:device.example", "IP:192.0.2.1"]
renew_before = "30d"
keep_previous = true
services = ["nginx.service"]
allow_ca = false
[pair.web.issuer]
kind = "command"
command = ["/usr/bin/issue", """a
b"""]
[pair.web.hook]
command = ["systemctl", "reload", "nginx"]
[[pair.web.probe]]
url = "tls://[::1]:443"
starttls = "smtp"
key_type = "rsa"
identity = { cert = "/a", key = "/b" }
[[pair.web.probe]]
command = ["look"]
[pair.b]
dir = "/b"
probe = [{ kind = "client", url = "tls://a:1", trust = "/t" }]
`;
}

async function stateSample(): Promise<Bytes> {
  const at = new Date("2026-06-01T12:00:00Z");
  const fingerprint = "a".repeat(64);
  return await encodeState({
    lastChange: { at, by: "swap", fingerprint, combined: "/etc/tls/all.pem" },
    owed: { hook: true, probe: false, since: at, fingerprint, replacedSerial: "-1a9" },
    renewal: { attempts: 2, lastAttempt: at, nextAttempt: at },
    lastSuccess: at,
    lastFailure: { at, code: "hook-failed" },
    totals: { attempts: 3, failures: 1 },
    latestTime: at,
    suspectTime: at,
    other: { later: [1, { a: "b" }] },
  }) as Bytes;
}

function indexSample(): Bytes {
  const entry = {
    serial: "02",
    subject: "CN=device.example",
    not_before: "2026-01-01T00:00:00Z",
    not_after: "2027-01-01T00:00:00Z",
    status: "active",
    revoked_at: "",
    revocation_reason: "",
  } as const;
  const revoked = {
    ...entry,
    serial: "1a9",
    status: "revoked",
    revoked_at: "2026-02-01T00:00:00Z",
    revocation_reason: "keyCompromise",
  } as const;
  return encodeIndex([entry, revoked]) as Bytes;
}
