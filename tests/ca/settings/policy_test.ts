/** Who may get which name: patterns, ranges, and the judgement of requests. */
import assert from "node:assert/strict";
import { judgeRequest, type Refusal } from "../../../lib/ca/settings/policy/judge.ts";
import {
  dnsMatches,
  emailMatches,
  ipMatches,
  isDnsPattern,
  isEmailPattern,
  isUriPattern,
  parseRange,
  parseSubjectPattern,
  subjectMatches,
  uriMatches,
} from "../../../lib/ca/settings/policy/patterns.ts";
import type { NamePolicy, Profile } from "../../../lib/ca/settings/mod.ts";
import { standardSettings } from "../../../lib/ca/settings/standard.ts";
import { DerReader } from "../../../lib/x509/encoding/der_reader.ts";
import { encodeAlternativeNames } from "../../../lib/x509/name/alternative_names.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { type GeneralName, readGeneralNames } from "../../../lib/x509/name/general_name.ts";
import { parseIpAddress } from "../../../lib/x509/name/ip_address.ts";
import { type Name, readName } from "../../../lib/x509/name/name.ts";
import { readPublicKeyInfo } from "../../../lib/x509/key/public_key.ts";
import fc from "../../support/properties.ts";
import { requestKey } from "../../support/requests.ts";

type Case = readonly [pattern: string, name: string, isMatch: boolean];

const dns: readonly Case[] = [
  ["a.example", "a.example", true],
  ["a.example", "A.Example", true],
  ["A.EXAMPLE", "a.example", true],
  ["a.example", "b.a.example", false],
  ["*", "a.example", true],
  ["*.fleet.example", "a.fleet.example", true],
  // As in cert-manager's approver-policy, a star also matches dots.
  ["*.fleet.example", "a.b.fleet.example", true],
  ["*.fleet.example", "*.fleet.example", true],
  ["*.fleet.example", "fleet.example", false],
  ["*.fleet.example", "evilfleet.example", false],
  ["*.fleet.example", "a.fleet.example.evil.example", false],
  ["*fleet.example", "evilfleet.example", true],
  ["meter-*.fleet.example", "meter-17.fleet.example", true],
  ["meter-*.fleet.example", "gateway-17.fleet.example", false],
  ["a*a.example", "a.example", false],
  ["a*a.example", "aa.example", true],
  ["*a*b*.example", "xaxbx.example", true],
  ["*a*b*.example", "xbxax.example", false],
  ["*.fleet.example", "a b.fleet.example", false],
  ["*.fleet.example", "evil.example/.fleet.example", false],
  ["*", "a..example", false],
];
for (const [pattern, name, isMatch] of dns) {
  Deno.test(`the DNS pattern ${pattern} ${isMatch ? "allows" : "does not allow"} ${name}`, () => {
    assert.equal(dnsMatches(pattern, name), isMatch);
  });
}

const uris: readonly Case[] = [
  ["*", "urn:a", true],
  ["urn:device:*", "urn:device:17", true],
  ["URN:device:*", "urn:device:17", true],
  ["urn:device:*", "urn:DEVICE:17", false],
  ["urn:device:*", "urn:other:urn:device:17", false],
  ["spiffe://fleet.example/*", "spiffe://fleet.example/meter/17", true],
  ["spiffe://fleet.example/*", "spiffe://FLEET.example/meter", true],
  ["spiffe://fleet.example/*", "spiffe://fleet.example.evil/meter", false],
  ["spiffe://*", "spiffe://fleet.example/meter", true],
  ["https://*.fleet.example/*", "https://a.fleet.example/x", true],
  ["https://*.fleet.example/*", "https://evil.example/.fleet.example/x", false],
  ["https://*.fleet.example/*", "https://evil.example?.fleet.example/x", false],
  ["https://*.fleet.example/*", "https://evil.example#.fleet.example/x", false],
  ["https://*.fleet.example/*", "https://a.fleet.example", false],
  ["https://*.fleet.example", "https://evil.example/.fleet.example", false],
  ["https://*.fleet.example", "https://a.fleet.example/x", false],
  ["https://fleet.example*", "https://fleet.example/x", true],
  ["https://fleet.example/*", "urn:https://fleet.example/x", false],
  ["https://a.example/b", "https://a.example/B", false],
  // Programs disagree about where the host is.
  ["https://a.example*", "https://a.example:x@evil.example/", false],
  ["https://*.fleet.example/*", "https://x@a.fleet.example/", false],
  ["*", "https://a.example:x@evil.example/", false],
  ["*", "https:///x", false],
  ["*", "file:///etc/x", true],
  ["https://*/*", "https://[2001:db8::1]:8443/x", true],
  ["https://*/*", "https://[x]/x", false],
  ["https://*/*", "https://a.example:99999999/x", false],
  ["https://*/*", "https://300.1.1.1/x", false],
];

for (
  const pattern of [
    "https:///x",
    "https://a..example/*",
    "https://user@a.example/",
    "https://[zz]/",
    "https://a.example:port/",
    "https://-a.example/",
  ]
) {
  Deno.test(`${pattern} is no pattern for URIs: no URI that it matches has a valid host`, () => {
    assert.equal(isUriPattern(pattern), false);
  });
}
for (const [pattern, name, isMatch] of uris) {
  Deno.test(`the URI pattern ${pattern} ${isMatch ? "allows" : "does not allow"} ${name}`, () => {
    assert.equal(uriMatches(pattern, name), isMatch);
  });
}

const mailboxes: readonly Case[] = [
  ["*", "a@fleet.example", true],
  ["*@fleet.example", "a@fleet.example", true],
  ["*@fleet.example", "a@FLEET.example", true],
  ["*@fleet.example", "a@b.fleet.example", false],
  ["*@fleet.example", "a@evil.example@fleet.example", false],
  ["*@*.fleet.example", "a@b.fleet.example", true],
  ["meter-*@fleet.example", "meter-17@fleet.example", true],
  ["meter-*@fleet.example", "Meter-17@fleet.example", false],
  ["m*@fleet.example", "m@evil.example", false],
];
for (const [pattern, name, isMatch] of mailboxes) {
  Deno.test(`the mailbox pattern ${pattern} ${isMatch ? "allows" : "does not allow"} ${name}`, () => {
    assert.equal(emailMatches(pattern, name), isMatch);
  });
}

const addresses: readonly Case[] = [
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["0.0.0.0/0", "255.255.255.255", true],
  ["0.0.0.0/0", "::1", false],
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "192.0.2.2", false],
  ["192.0.2.128/25", "192.0.2.127", false],
  ["192.0.2.128/25", "192.0.2.128", true],
  ["10.0.0.0/12", "10.15.255.255", true],
  ["10.0.0.0/12", "10.16.0.0", false],
  ["2001:db8::/32", "2001:db8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["::/0", "10.0.0.1", false],
  ["::ffff:10.0.0.0/104", "10.0.0.1", false],
];
for (const [range, address, isMatch] of addresses) {
  Deno.test(`the range ${range} ${isMatch ? "has" : "does not have"} ${address}`, () => {
    assert.equal(ipMatches(range, parseIpAddress(address) ?? assert.fail()), isMatch);
  });
}

const name = (text: string): Name => readName(new DerReader(encodeDistinguishedName(text)));

const subjects: readonly Case[] = [
  ["CN=*,O=Fleet", "CN=a,O=Fleet", true],
  ["CN=*,O=Fleet", "CN=a\\,O\\=Fleet", false],
  ["CN=*,O=Fleet", "CN=a,OU=b,O=Fleet", false],
  ["CN=*,O=Fleet", "O=Fleet,CN=a", false],
  ["CN=*,O=Fleet", "CN=a,O=fleet", false],
  ["cn = *.fleet.example , o = Fleet", "CN=a.fleet.example,O=Fleet", true],
  ["CN=*.fleet.example", "CN=fleet.example", false],
  ["CN=meter \\2a*", "CN=meter *17", true],
  ["CN=meter \\2a*", "CN=meter 17", false],
  ["CN=a\\,*", "CN=a\\,b", true],
  ["CN=a\\+*+UID=*", "UID=1+CN=a\\+b", true],
  ["CN=*+UID=*", "CN=a", false],
  ["CN=* b", "CN=a b", true],
  ["C=*", "C=DE", true],
  ["C=D*", "C=DE", true],
  ["serialNumber=17*,C=DE", "serialNumber=1742,C=DE", true],
  ["2.5.4.3=*", "CN=a", true],
  ["", "", true],
  ["", "CN=a", false],
  ["CN=*", "", false],
];
for (const [pattern, subject, isMatch] of subjects) {
  const verb = isMatch ? "allows" : "does not allow";
  Deno.test(`the subject pattern "${pattern}" ${verb} "${subject}"`, () => {
    const parsed = parseSubjectPattern(pattern);
    assert.ok(parsed !== undefined);
    assert.equal(subjectMatches(parsed, name(subject)), isMatch);
  });
}

/** The same by a regular expression, which may be slow but is plainly right. */
function byExpression(pattern: string, text: string): boolean {
  const source = pattern.split("*").map((part) => part.replaceAll(/[.\\+?^$(){}|[\]-]/g, "\\$&"));
  return new RegExp(`^${source.join("[^]*")}$`, "i").test(text);
}

Deno.test("DNS patterns match as the same regular expressions do", () => {
  const labels = fc.array(fc.constantFrom("a", "b", "ab", "x-1"), { minLength: 1, maxLength: 4 });
  const pattern = fc.array(fc.constantFrom("a", "b", ".", "*", "ab"), {
    minLength: 1,
    maxLength: 8,
  })
    .map((parts) => parts.join("")).filter(isDnsPattern);
  fc.assert(
    fc.property(pattern, labels.map((parts) => parts.join(".")), (pattern, name) => {
      assert.equal(dnsMatches(pattern, name), byExpression(pattern, name));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a pattern that is accepted matches at least one name", () => {
  const pattern = fc.array(fc.constantFrom("a", "-", ".", "*", "@", "x:", "//", "/"), {
    maxLength: 8,
  })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(pattern, (pattern) => {
      const names = ["a", "", "a.a"].map((filling) => pattern.replaceAll("*", filling));
      if (isDnsPattern(pattern)) {
        assert.ok(names.some((name) => dnsMatches(pattern, name)), pattern);
      }
      if (isUriPattern(pattern) && pattern !== "*") {
        assert.ok(names.some((name) => uriMatches(pattern, name)), pattern);
      }
      if (isEmailPattern(pattern) && pattern !== "*") {
        assert.ok(names.some((name) => emailMatches(pattern, name)), pattern);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a range has exactly the addresses that begin with its bits", () => {
  const bits = (address: Uint8Array): string =>
    Array.from(address, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
  fc.assert(fc.property(bytes, bytes, fc.integer({ min: 0, max: 32 }), (base, address, length) => {
    const range = `${base.join(".")}/${length}`;
    const isRange = !bits(base).slice(length).includes("1");
    assert.equal(parseRange(range) !== undefined, isRange);
    if (!isRange) return;
    // A neighbour is in it more often than a random address.
    for (const one of [address, base.with(3, address[3] ?? 0)]) {
      const isIn = bits(one).startsWith(bits(base).slice(0, length));
      assert.equal(ipMatches(range, one), isIn, `${range} ${one.join(".")}`);
    }
  }));
});

Deno.test("matching a pattern with many stars ends", () => {
  // Backtracking would take longer than the universe exists.
  const name = `${"a".repeat(60)}.`.repeat(4) + "example";
  assert.equal(dnsMatches(`${"*a".repeat(100)}*b`, name), false);
});

const standard = standardSettings().profiles.get("device") ?? assert.fail();
const none: NamePolicy = {
  dns: undefined,
  ip: undefined,
  uri: undefined,
  email: undefined,
  subject: undefined,
};

async function judge(
  profile: Partial<Profile>,
  { subject = "", names = "" }: { readonly subject?: string; readonly names?: string },
): Promise<Refusal | undefined> {
  const subjectAltName: GeneralName[] = names === ""
    ? []
    : readGeneralNames(new DerReader(encodeAlternativeNames(names)));
  const subjectPublicKeyInfo = readPublicKeyInfo((await requestKey()).publicKey);
  return judgeRequest(
    { subject: name(subject), subjectAltName, subjectPublicKeyInfo },
    { ...standard, ...profile },
  );
}

Deno.test("a profile without rules allows everything", async () => {
  assert.equal(await judge({}, { subject: "CN=a.example", names: "DNS:b,IP:::1" }), undefined);
});

Deno.test("a list that is left out allows no name of its kind", async () => {
  for (
    const [key, written] of [
      ["dns", "DNS:a.example"],
      ["ip", "IP:10.0.0.1"],
      ["uri", "URI:urn:a"],
      ["email", "email:a@b.example"],
    ] as const
  ) {
    const refusal = await judge({ names: none }, { names: written });
    assert.deepEqual(refusal, { key: `names.${key}`, refused: written, allowed: [] });
  }
});

Deno.test("the first name that is not allowed is told, with what is allowed", async () => {
  const names = { ...none, dns: ["*.a.example", "b.example"] };
  const allowed = await judge({ names }, { names: "DNS:x.a.example,DNS:b.example" });
  assert.equal(allowed, undefined);
  const refusal = await judge({ names }, { names: "DNS:x.a.example,DNS:c.example,DNS:d.example" });
  assert.deepEqual(refusal, { key: "names.dns", refused: "DNS:c.example", allowed: names.dns });
});

Deno.test("a malformed name is told apart from one that is not allowed", async () => {
  const all = { ...none, dns: ["*"], uri: ["*"], email: ["*"] };
  const malformed = [
    ["dns", "DNS:a..example"],
    ["uri", "URI:https://a.example:x@b.example/"],
    ["uri", "URI:https:///x"],
  ] as const;
  for (const [key, text] of malformed) {
    const wanted = { kind: key, text: text.slice(text.indexOf(":") + 1), der: new Uint8Array() };
    const subjectPublicKeyInfo = readPublicKeyInfo((await requestKey()).publicKey);
    const refusal = judgeRequest(
      { subject: name(""), subjectAltName: [wanted as GeneralName], subjectPublicKeyInfo },
      { ...standard, names: all },
    );
    assert.equal(refusal?.key, `names.${key}`);
    assert.equal(refusal.isMalformed, true, text);
  }
});

Deno.test("a common name that is a DNS name or an address has to be allowed as one", async () => {
  const names = { ...none, dns: ["*.a.example"], ip: ["10.0.0.0/8"] };
  const refused = async (subject: string): Promise<string | undefined> =>
    (await judge({ names }, { subject }))?.key;
  assert.equal(await refused("CN=x.a.example,O=Any"), undefined);
  assert.equal(await refused("CN=Meter 17,O=Any"), undefined);
  assert.equal(await refused("CN=10.1.2.3"), undefined);
  assert.equal(await refused("CN=bank.example"), "names.dns");
  assert.equal(await refused("CN=x.a.example+CN=bank.example"), "names.dns");
  assert.equal(await refused("CN=192.0.2.1"), "names.ip");
});

Deno.test("a common name that any program may take for a name of a service has to be allowed", async () => {
  const names = { ...none, dns: ["*.a.example"] };
  const refused = async (subject: string, alternative?: string): Promise<string | undefined> =>
    (await judge({ names }, { subject, ...(alternative ? { names: alternative } : {}) }))?.key;
  for (
    const text of [
      "w*.evil.example",
      "evil.example.",
      "localhost",
      "-evil.example",
      "*",
      "*.*",
      "evil.example\\00.a.example",
      "evil.example:443",
      "\\ evil.example",
      "https://evil.example",
      "[2001:db8::1]",
      "evil\u3002example",
    ]
  ) {
    assert.equal(await refused(`CN=${text}`), "names.dns", text);
  }
  assert.equal(await refused("CN=meter-17", "DNS:meter-17.a.example"), undefined);
  assert.equal(await refused("CN=meter-17.evil", "DNS:meter-17.a.example"), "names.dns");
});

Deno.test("a pattern for the subject replaces the rule for common names", async () => {
  const names = { ...none, subject: ["CN=*.b.example", "O=x"] };
  assert.equal(await judge({ names }, { subject: "CN=a.b.example" }), undefined);
  assert.deepEqual(await judge({ names }, { subject: "CN=a" }), {
    key: "names.subject",
    refused: "CN=a",
    allowed: names.subject,
  });
});

Deno.test("a key of another kind is refused, by the list or by the key usage", async () => {
  const keyKinds = ["rsa-2048"] as const;
  const refusal = { refused: "ecdsa-p256", allowed: keyKinds };
  const written = { keyKinds, lines: { "key_algorithms": 3 } };
  assert.deepEqual(await judge(written, {}), { key: "key_algorithms", ...refusal });
  assert.deepEqual(await judge({ keyKinds }, {}), { key: "key_usage", ...refusal });
});
