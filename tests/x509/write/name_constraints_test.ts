/** Tests the encoding of name constraints. */
import assert from "node:assert/strict";
import { encodeNameConstraints } from "../../../lib/x509/write/name_constraints.ts";

/** The DER of one permitted subtree's base. */
function baseOf(constraint: string): string | undefined {
  return encodeNameConstraints({ permitted: [constraint], excluded: [] })?.toHex().slice(12);
}

const hex = (text: string): string => new TextEncoder().encode(text).toHex();

Deno.test("encodeNameConstraints() encodes each kind of name as RFC 5280 4.2.1.10 says", () => {
  assert.equal(baseOf("DNS:a.example"), `8209${hex("a.example")}`);
  assert.equal(baseOf("email:a.example"), `8109${hex("a.example")}`);
  assert.equal(baseOf("EMAIL:.example"), `8108${hex(".example")}`);
  assert.equal(baseOf("email:b@a.example"), `810b${hex("b@a.example")}`);
  assert.equal(baseOf("URI:a.example"), `8609${hex("a.example")}`);
  assert.equal(baseOf("URI:.example"), `8608${hex(".example")}`);
  assert.equal(baseOf("IP:10.0.0.0/8"), "87080a000000ff000000");
  assert.equal(baseOf("IP:192.168.4.0/22"), "8708c0a80400fffffc00");
  assert.equal(baseOf("IP:0.0.0.0/0"), "87080000000000000000");
  assert.equal(baseOf("IP:192.0.2.1/32"), "8708c0000201ffffffff");
  const [address, mask] = [`20010db8${"00".repeat(12)}`, `ffffffff80${"00".repeat(11)}`];
  assert.equal(baseOf("IP:2001:db8::/33"), `8720${address}${mask}`);
});

Deno.test("encodeNameConstraints() separates permitted from excluded names, and omits an empty list", () => {
  const written = { permitted: ["DNS:a"], excluded: ["DNS:b"] };
  assert.equal(encodeNameConstraints(written)?.toHex(), "300ea0053003820161a1053003820162");
  assert.equal(
    encodeNameConstraints({ ...written, permitted: [] })?.toHex(),
    "3007a1053003820162",
  );
  assert.equal(encodeNameConstraints({ permitted: [], excluded: [] }), undefined);
});

Deno.test("encodeNameConstraints() refuses what has none of the forms, and says why", () => {
  const refused = {
    "unknown-kind": ["a.example", "dirName:CN=a", "", "DNS"],
    "not-a-domain": ["DNS:", "DNS:.a.example", "DNS:*.a", "DNS:a..b", "DNS:10.0.0.1", "DNS:\u00e4"],
    "not-a-network": [
      "IP:10.0.0.0",
      "IP:10.0.0.1/8",
      "IP:10.0.0.0/33",
      "IP:10.0.0.0/08",
      "IP:10.0.0.0/255.0.0.0",
      "IP:2001:db8::/129",
      "IP:2001:db8::1/64",
      "IP:/8",
    ],
    "not-a-mail-host": ["email:", "email:@a", "email:a@", "email:..a", "email:*.a"],
    "not-a-uri-host": ["URI:http://a.example", "URI:*.a", "URI:", "URI:.", "URI:10.0.0.1"],
  };
  for (const [reason, constraints] of Object.entries(refused)) {
    for (const constraint of constraints) {
      assert.throws(
        () => encodeNameConstraints({ permitted: [], excluded: [constraint] }),
        { code: "invalid-name-constraint", reason, written: constraint },
        constraint,
      );
    }
  }
});
