/** Requests that are refused: why, with exit code 1, and nothing changed on disk. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  integer,
  objectIdentifier,
  sequence,
  setOf,
} from "../../../lib/x509/encoding/der_writer.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";
import { algorithm, extension, type RequestCraft, requestKey } from "../../support/requests.ts";

/** Tests that one request is refused. */
function refusesRequest(
  what: string,
  craft: RequestCraft | ((ca: TestCa) => Promise<RequestCraft> | RequestCraft),
  error: string | RegExp,
): void {
  Deno.test(`ca sign refuses a request ${what}`, async () => {
    await withCa(async (ca) => {
      const made = typeof craft === "function" ? await craft(ca) : craft;
      await refused(ca, ["sign", await ca.request("bad.csr", made)], { error });
    });
  });
}

const unsupported =
  "unsupported key algorithm in CSR. Supported: ECDSA P-256, ECDSA P-384, RSA 2048 to 4096, Ed25519";
const unverified = "CSR signature verification failed";
const junkSignature = (): Promise<Uint8Array<ArrayBuffer>> => Promise.resolve(new Uint8Array(70));

const ecKeyInfo = (curve: string, point: Uint8Array): Uint8Array =>
  sequence(algorithm("1.2.840.10045.2.1", objectIdentifier(curve)), bitString(point));
const point = (length: number): Uint8Array => Uint8Array.of(4, ...new Uint8Array(length).fill(7));

async function rsaKeyInfo(modulusLength: number): Promise<Uint8Array> {
  const { publicKey } = await crypto.subtle.generateKey(
    { name: "RSA-PSS", hash: "SHA-256", modulusLength, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ["sign", "verify"],
  );
  return new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
}

refusesRequest(
  "for a key on secp256k1, before its signature is checked",
  { publicKeyInfo: ecKeyInfo("1.3.132.0.10", point(64)), sign: junkSignature },
  unsupported,
);
refusesRequest(
  "for a key on P-521",
  { publicKeyInfo: ecKeyInfo("1.3.132.0.35", point(132)), sign: junkSignature },
  unsupported,
);
for (const bits of [1024, 4160]) {
  refusesRequest(
    `for an RSA key of ${bits} bits`,
    async () => ({ publicKeyInfo: await rsaKeyInfo(bits), sign: junkSignature }),
    unsupported,
  );
}
refusesRequest(
  "for an Ed448 key",
  {
    publicKeyInfo: sequence(algorithm("1.3.101.113"), bitString(new Uint8Array(57))),
    sign: junkSignature,
  },
  unsupported,
);
refusesRequest(
  "for a compressed point",
  {
    publicKeyInfo: ecKeyInfo(
      "1.2.840.10045.3.1.7",
      Uint8Array.of(2, ...new Uint8Array(32).fill(7)),
    ),
    sign: junkSignature,
  },
  unsupported,
);
refusesRequest(
  "for a point that is not on the curve",
  { publicKeyInfo: ecKeyInfo("1.2.840.10045.3.1.7", point(64)) },
  /CSR signature verification failed|unsupported key algorithm/,
);
refusesRequest("with an invalid signature", { sign: junkSignature }, unverified);
refusesRequest(
  "for a key that the requester does not have",
  async () => ({ publicKeyInfo: (await requestKey("rsa-2048")).publicKey }),
  unverified,
);
for (
  const [name, oid] of [
    ["SHA-1 and RSA", "1.2.840.113549.1.1.5"],
    ["MD5 and RSA", "1.2.840.113549.1.1.4"],
    ["SHA-1 and ECDSA", "1.2.840.10045.4.1"],
  ] as const
) {
  Deno.test(`ca sign refuses a request signed with ${name}, and a hint says why`, async () => {
    await withCa(async (ca) => {
      const keyType = name.endsWith("RSA") ? "rsa-2048" : "ecdsa-p256";
      const request = await ca.request("bad.csr", { keyType, signatureAlgorithm: algorithm(oid) });
      const stderr = await refused(ca, ["sign", request], { error: unverified });
      assert.match(
        stderr,
        /^Hint: Create the request again with SHA-256: .*(sha1|SHA1|md5).* is broken/m,
      );
    });
  });
}
refusesRequest(
  "signed with an unknown algorithm",
  { signatureAlgorithm: algorithm("1.2.3.4") },
  unverified,
);
refusesRequest("without any name", { subject: "" }, /^Error: CSR refused: it has neither/);
refusesRequest(
  "for the CA's own name",
  { subject: "CN=My Root CA,O=My Org,C=US" },
  /^Error: CSR refused: its subject is the CA's own name/,
);
refusesRequest(
  "for the CA's own name in another case and another string type",
  {
    subject: sequence(
      ...[["2.5.4.6", "us"], ["2.5.4.10", "my  ORG"], ["2.5.4.3", "My Root CA"]].map(
        ([oid = "", value = ""]) => {
          const text = new TextEncoder().encode(value);
          const attribute = sequence(
            objectIdentifier(oid),
            Uint8Array.of(0x13, text.length, ...text),
          );
          return Uint8Array.of(0x31, attribute.length, ...attribute);
        },
      ),
    ),
  },
  /^Error: CSR refused: its subject is the CA's own name/,
);
testOnEachStore("ca sign refuses a request for the CA's own key", async (ca) => {
  const pem = ca.read("ca.key").split("\n").slice(1, -2).join("");
  const key = await crypto.subtle.importKey(
    "pkcs8",
    Uint8Array.fromBase64(pem),
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign"],
  );
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", key);
  const decode = (part: string): Uint8Array =>
    Uint8Array.fromBase64(part, { alphabet: "base64url" });
  const request = await ca.request("bad.csr", {
    publicKeyInfo: ecKeyInfo("1.2.840.10045.3.1.7", Uint8Array.of(4, ...decode(x), ...decode(y))),
    sign: async (tbs) => {
      const raw = new Uint8Array(
        await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, tbs),
      );
      const number = (bytes: Uint8Array) => integer(BigInt(`0x${bytes.toHex()}`));
      return sequence(number(raw.subarray(0, 32)), number(raw.subarray(32)));
    },
  });
  await refused(ca, ["sign", request], { error: "CSR refused: its key is the CA's own key" });
});
refusesRequest(
  "with a registeredID among its names",
  {
    names: sequence(contextPrimitive(2, Uint8Array.of(97)), contextPrimitive(8, Uint8Array.of(42))),
  },
  /^Error: CSR refused: .*\(supported: DNS, IP, URI, email\): registeredID$/,
);
refusesRequest(
  "with a directoryName among its names",
  { names: sequence(contextConstructed(4, encodeDistinguishedName("CN=x"))) },
  /email\): directoryName$/,
);
refusesRequest(
  "with an empty name",
  { names: sequence(contextPrimitive(2, new Uint8Array())) },
  /is empty/,
);
refusesRequest(
  "with a control character in a name",
  { names: sequence(contextPrimitive(2, new TextEncoder().encode("a\n.example"))) },
  /^Error: CSR refused: an alternative name contains a control character: DNS:a\\0A\.example$/,
);
refusesRequest(
  "with a name that no index of PostgreSQL can hold",
  { names: sequence(contextPrimitive(6, new TextEncoder().encode(`urn:${"x".repeat(1993)}`))) },
  /^Error: CSR refused: an alternative name is longer than 2000 bytes: URI:urn:x{52}\.\.\.$/,
);
refusesRequest(
  "with a subject that no index of PostgreSQL can hold",
  { subject: encodeDistinguishedName(`CN=a${`,OU=${"\u00e4".repeat(64)}`.repeat(16)}`) },
  "CSR refused: its subject is longer than 2000 bytes",
);
refusesRequest(
  "with a name that is not ASCII",
  { names: sequence(contextPrimitive(2, new TextEncoder().encode("b\u00fccher.example"))) },
  /^Error: failed to parse CSR from .*bad\.csr$/,
);
refusesRequest(
  "with an unknown critical extension",
  { extensions: [extension("1.2.3.4", Uint8Array.of(5, 0), true)] },
  "CSR refused: it has an unknown critical extension: 1.2.3.4",
);
// OpenSSL could not read a certificate for it.
refusesRequest(
  "with an INTEGER in its subject",
  { subject: sequence(Uint8Array.of(0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 2, 1, 5)) },
  "CSR refused: its subject has a value of an invalid type: CN=#020105",
);
// GnuTLS could not read certificates for the next two (RFC 5280 appendix A.1: SIZE (1..)).
refusesRequest(
  "with an empty value in its subject",
  { subject: sequence(Uint8Array.of(0x31, 9, 0x30, 7, 6, 3, 0x55, 4, 3, 0x0c, 0)) },
  "CSR refused: its subject has an empty value: CN=",
);
refusesRequest(
  "with an attribute type above 64 bits in its subject",
  {
    subject: sequence(
      setOf(sequence(objectIdentifier(`1.2.${2n ** 64n}`), Uint8Array.of(0x0c, 1, 0x61))),
    ),
  },
  `CSR refused: its subject has an attribute type whose number is too large: 1.2.${
    2n ** 64n
  }=#0c0161`,
);
refusesRequest(
  "whose subject is not UTF-8",
  {
    subject: sequence(
      Uint8Array.of(0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 3, 0x0c, 2, 0xff, 0xfe),
    ),
  },
  /^Error: failed to parse CSR from .*bad\.csr$/,
);

testOnEachStore("ca sign refuses files that are not a request, and names the file", async (ca) => {
  const file = join(ca.root, "bad.csr");
  const error = `failed to parse CSR from ${file}`;
  const good = Deno.readTextFileSync(await ca.request());
  for (
    const text of [
      "",
      "junk",
      good.slice(0, 100),
      good.replace("\nMI", "\nAA"),
      good + good,
      ca.read("ca.crt"),
      ca.read("ca.key"),
    ]
  ) {
    Deno.writeTextFileSync(file, text);
    await refused(ca, ["sign", file], { error });
  }
});

testOnEachStore("ca sign refuses a request of 100 MB without reading it", async (ca) => {
  const file = await ca.request("bad.csr");
  Deno.truncateSync(file, 100_000_000);
  await refused(ca, ["sign", file], { error: `failed to parse CSR from ${file}` });
});

testOnEachStore("ca sign names a request file that does not exist", async (ca) => {
  const file = join(ca.root, "missing.csr");
  await refused(ca, ["sign", file], { error: /missing\.csr: no such file or directory/ });
});
