import assert from "node:assert/strict";
import { isIP } from "node:net";
import fc from "../../support/properties.ts";
import { encodeAlternativeNames } from "../../../lib/x509/name/alternative_names.ts";
import { parseIpAddress } from "../../../lib/x509/name/ip_address.ts";
import { InvalidAlternativeNameError } from "../../../lib/x509/errors.ts";

const hex = (written: string): string => encodeAlternativeNames(written).toHex();
const ascii = (value: string): string => new TextEncoder().encode(value).toHex();

Deno.test("encodeAlternativeNames() encodes DNS, IP, URI and email names", () => {
  assert.equal(hex("DNS:a.b"), "30058203" + ascii("a.b"));
  assert.equal(hex("IP:10.0.0.1"), "300687040a000001");
  assert.equal(hex("IP:2001:db8::1"), "3012871020010db8000000000000000000000001");
  assert.equal(hex("URI:urn:x"), "30078605" + ascii("urn:x"));
  assert.equal(hex("email:a@b"), "30058103" + ascii("a@b"));
  assert.equal(hex("DNS:a,DNS:b"), "3006820161820162");
});

Deno.test("encodeAlternativeNames() ignores the case of a kind, and spaces around a name", () => {
  assert.equal(hex(" dns:a , EMAIL:a@b"), hex("DNS:a,email:a@b"));
});

Deno.test("encodeAlternativeNames() accepts wildcards and underscores", () => {
  assert.equal(hex("DNS:*.a"), "30058203" + ascii("*.a"));
  assert.equal(hex("DNS:_a.b"), "30068204" + ascii("_a.b"));
});

Deno.test("encodeAlternativeNames() accepts a comma inside a name only if it is escaped", () => {
  assert.equal(hex(String.raw`URI:a:b\,DNS:c`), "300b8609" + ascii("a:b,DNS:c"));
  assert.equal(hex("URI:a:b,DNS:c"), "30088603" + ascii("a:b") + "820163");
  assert.throws(() => hex("URI:a:b,c"), InvalidAlternativeNameError);
});

Deno.test("encodeAlternativeNames() names the invalid name", () => {
  const cases: [string, string, InvalidAlternativeNameError["reason"]][] = [
    ["", "", "empty"],
    ["DNS:a,", "", "empty"],
    [",DNS:a", "", "empty"],
    ["DNS:a,,DNS:b", "", "empty"],
    ["DNS:a,foo.example", "foo.example", "unknown-kind"],
    ["RID:1.2.3", "RID:1.2.3", "unknown-kind"],
    ["DNS:", "DNS:", "not-a-dns-name"],
    ["DNS:a..b", "DNS:a..b", "not-a-dns-name"],
    ["DNS:a.", "DNS:a.", "not-a-dns-name"],
    ["DNS:-a", "DNS:-a", "not-a-dns-name"],
    ["DNS:a b", "DNS:a b", "not-a-dns-name"],
    ["DNS:a\nb", "DNS:a\nb", "not-a-dns-name"],
    ["DNS:b\u00fccher.example", "DNS:b\u00fccher.example", "not-a-dns-name"],
    ["DNS:a.*.b", "DNS:a.*.b", "not-a-dns-name"],
    [`DNS:${"a".repeat(64)}`, `DNS:${"a".repeat(64)}`, "not-a-dns-name"],
    ["IP:10.0.0", "IP:10.0.0", "not-an-ip-address"],
    ["IP:10.0.0.0/8", "IP:10.0.0.0/8", "not-an-ip-address"],
    ["IP:010.0.0.1", "IP:010.0.0.1", "not-an-ip-address"],
    ["IP:fe80::1%eth0", "IP:fe80::1%eth0", "not-an-ip-address"],
    ["URI:no-scheme", "URI:no-scheme", "not-a-uri"],
    ["URI:http://a b/", "URI:http://a b/", "not-a-uri"],
    ["email:nobody", "email:nobody", "not-an-email-address"],
    ["email:@b", "email:@b", "not-an-email-address"],
    ["email:a@*.b", "email:a@*.b", "not-an-email-address"],
  ];
  for (const [written, name, reason] of cases) {
    assert.throws(() => encodeAlternativeNames(written), (error) => {
      assert.ok(error instanceof InvalidAlternativeNameError, written);
      assert.deepEqual([error.written, error.reason], [name, reason], written);
      return true;
    });
  }
});

Deno.test("parseIpAddress() accepts the same addresses as Node, except zones", () => {
  const piece = fc.constantFrom(
    "",
    "0",
    "1",
    "ffff",
    "10000",
    "g",
    ":",
    "::",
    ".",
    "1.2.3.4",
    "255",
    "256",
  );
  const near = fc.array(piece, { maxLength: 17 }).map((pieces) => pieces.join(""));
  const groups = fc.array(fc.constantFrom("0", "ab", "ffff", "", "1.2.3.4"), { maxLength: 9 })
    .map((pieces) => pieces.join(":"));
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), near, groups), (written) => {
      const length = { 0: undefined, 4: 4, 6: 16 }[isIP(written)];
      assert.equal(parseIpAddress(written)?.length, length, written);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("parseIpAddress() parses every form of RFC 4291 2.2", () => {
  const cases = {
    "::": "00000000000000000000000000000000",
    "::1": "00000000000000000000000000000001",
    "1::": "00010000000000000000000000000000",
    "ABCD:EF01:2345:6789:abcd:ef01:2345:6789": "abcdef0123456789abcdef0123456789",
    "2001:DB8::8:800:200C:417A": "20010db80000000000080800200c417a",
    "::ffff:129.144.52.38": "00000000000000000000ffff81903426",
    "1:2:3:4:5:6:7::": "00010002000300040005000600070000",
  };
  for (const [written, bytes] of Object.entries(cases)) {
    assert.equal(parseIpAddress(written)?.toHex(), bytes, written);
  }
});
