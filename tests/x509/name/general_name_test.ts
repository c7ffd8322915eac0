import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import fc from "../../support/properties.ts";
import { formatGeneralName, type GeneralName } from "../../../lib/x509/name/general_name.ts";
import { formatAddress, parseIpAddress } from "../../../lib/x509/name/ip_address.ts";

Deno.test("formatGeneralName() formats every name as one word", () => {
  const kinds = ["dns", "uri", "email"] as const;
  fc.assert(fc.property(
    fc.constantFrom(...kinds),
    fc.string({ unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)) }),
    (kind, text) => {
      const shown = formatGeneralName({ kind, text });
      assert.match(shown, /^(?:DNS|URI|email):[!-~]*$/);
      assert.doesNotMatch(shown.slice(shown.indexOf(":")), /[,;"' ]/);
    },
  ));
});

Deno.test("formatGeneralName() shows different names differently", () => {
  const names: GeneralName[] = [
    { kind: "uri", text: "a, DNS:b" },
    { kind: "uri", text: "a\\2C\\20DNS:b" },
    { kind: "dns", text: "a, DNS:b" },
    { kind: "uri", text: "a\nDNS:b" },
  ];
  assert.equal(new Set(names.map(formatGeneralName)).size, names.length);
});

Deno.test("formatAddress() writes IPv6 as in RFC 5952", () => {
  const cases = {
    "20010db8000000000000000000000001": "2001:db8::1",
    "20010db8000000000000000000020001": "2001:db8::2:1",
    "20010db8000000010001000100010001": "2001:db8:0:1:1:1:1:1",
    "20010000000000010000000000000001": "2001:0:0:1::1",
    "20010db8000000000001000000000001": "2001:db8::1:0:0:1",
    "00000000000000000000000000000000": "::",
    "00000000000000000000000000000001": "::1",
    "00010000000000000000000000000000": "1::",
    "20010db800000000000000000000aaaa": "2001:db8::aaaa",
    "00000000000000000000ffffc0000201": "::ffff:192.0.2.1",
    "c0000201": "192.0.2.1",
  };
  for (const [hex, text] of Object.entries(cases)) {
    assert.equal(formatAddress(Uint8Array.fromHex(hex)), text);
  }
});

Deno.test("formatAddress() writes every address so that it can be read back", () => {
  const zeroOrAny = fc.oneof(fc.constant(0), fc.nat({ max: 255 }));
  fc.assert(fc.property(fc.array(zeroOrAny, { minLength: 16, maxLength: 16 }), (bytes) => {
    const text = formatAddress(Uint8Array.from(bytes));
    assert.ok(isIPv6(text), text);
    assert.deepEqual([...parseIpAddress(text) ?? []], bytes, text);
  }));
});
