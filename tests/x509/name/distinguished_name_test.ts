import assert from "node:assert/strict";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { InvalidDistinguishedNameError } from "../../../lib/x509/errors.ts";

const hex = (written: string): string => encodeDistinguishedName(written).toHex();

/** An RDN with one attribute. `value` is a complete DER value in hexadecimal. */
function rdn(oid: string, value: string): string {
  const attribute = tlv("30", oid + value);
  return tlv("31", attribute);
}

function tlv(identifier: string, content: string): string {
  return identifier + (content.length / 2).toString(16).padStart(2, "0") + content;
}

const cn = "0603550403";
const o = "060355040a";
const c = "0603550406";
const utf8 = (value: string): string => tlv("0c", new TextEncoder().encode(value).toHex());

Deno.test("encodeDistinguishedName() encodes in reverse order", () => {
  assert.equal(
    hex("CN=My Root CA,O=My Org,C=US"),
    tlv("30", rdn(c, "13025553") + rdn(o, utf8("My Org")) + rdn(cn, utf8("My Root CA"))),
  );
});

Deno.test("encodeDistinguishedName() encodes each attribute with its own string type", () => {
  assert.equal(hex("C=de"), tlv("30", rdn(c, "13026465")));
  assert.equal(hex("serialNumber=7"), tlv("30", rdn("0603550405", "130137")));
  assert.equal(hex("DC=net"), tlv("30", rdn("060a0992268993f22c640119", "16036e6574")));
  assert.equal(
    hex("emailAddress=a@b"),
    tlv("30", rdn("06092a864886f70d010901", "1603614062")),
  );
});

Deno.test("encodeDistinguishedName() accepts CN, O, OU, L, ST, C, serialNumber and DC in any case", () => {
  for (const name of ["CN", "O", "OU", "L", "ST", "SERIALNUMBER", "DC"]) {
    assert.equal(hex(`${name}=x`), hex(`${name.toLowerCase()}=x`));
  }
  assert.equal(hex("C=FI"), hex("c=FI"));
});

Deno.test("encodeDistinguishedName() unescapes as in RFC 4514", () => {
  assert.equal(
    hex(String.raw`CN=a\,b\+c\"d\\e\<f\>g\;h\=i`),
    tlv("30", rdn(cn, utf8('a,b+c"d\\e<f>g;h=i'))),
  );
  assert.equal(hex(String.raw`CN=\20\ x\ `), tlv("30", rdn(cn, utf8("  x "))));
  assert.equal(hex(String.raw`CN=\#x`), tlv("30", rdn(cn, utf8("#x"))));
  assert.equal(hex(String.raw`CN=Lu\C4\8Di\C4\87`), tlv("30", rdn(cn, utf8("Lu\u010di\u0107"))));
  assert.equal(hex("CN=Lu\u010di\u0107"), tlv("30", rdn(cn, utf8("Lu\u010di\u0107"))));
  assert.equal(hex("CN=a=b#c"), tlv("30", rdn(cn, utf8("a=b#c"))));
});

Deno.test("encodeDistinguishedName() ignores spaces around separators, but keeps those in values", () => {
  assert.equal(hex("  CN = a  b , O = c  "), hex("CN=a  b,O=c"));
});

Deno.test("encodeDistinguishedName() sorts the attributes of one RDN as DER requires", () => {
  assert.equal(hex("O=b+CN=a"), hex("CN=a+O=b"));
  assert.notEqual(hex("O=b+CN=a"), hex("CN=a,O=b"));
});

Deno.test("encodeDistinguishedName() accepts types in dots, and values in hexadecimal DER", () => {
  assert.equal(hex("2.5.4.3=x"), hex("CN=x"));
  assert.equal(hex("1.2.3=x"), tlv("30", rdn("06022a03", utf8("x"))));
  assert.equal(hex("CN=#0c0178"), hex("CN=x"));
  assert.equal(
    hex("1.2.3=#130178 ,C=US"),
    tlv("30", rdn(c, "13025553") + rdn("06022a03", "130178")),
  );
});

Deno.test("encodeDistinguishedName() encodes the empty text as the empty name", () => {
  assert.equal(hex(""), "3000");
  assert.equal(hex("  "), "3000");
});

Deno.test("encodeDistinguishedName() reports what is wrong, and where", () => {
  const cases: [string, InvalidDistinguishedNameError["reason"], number][] = [
    ["example.com", "attribute-type-unknown", 7],
    ["=x", "attribute-type-missing", 0],
    ["CN", "equals-sign-missing", 2],
    ["CN:x", "equals-sign-missing", 2],
    ["XX=x", "attribute-type-unknown", 2],
    ["3.1=x", "attribute-type-unknown", 3],
    ["1.40=x", "attribute-type-unknown", 4],
    [`1.2.${2n ** 63n}=x`, "attribute-type-unknown", 23],
    [`1.2${".1".repeat(64)}=x`, "attribute-type-unknown", 131],
    ["CN=", "value-missing", 3],
    ["CN=  ,O=x", "value-missing", 5],
    ["CN=a,", "attribute-type-missing", 5],
    ["CN=a,,O=b", "attribute-type-missing", 5],
    ["CN=a;O=b", "unexpected-character", 4],
    ['CN="a"', "value-missing", 3],
    ["CN=a<b", "unexpected-character", 4],
    [String.raw`CN=a\z`, "unexpected-character", 4],
    ["CN=a\\", "unexpected-character", 4],
    ["CN=#xyz", "value-not-der", 4],
    ["CN=#0c02", "value-not-der", 8],
    ["CN=#0c017878", "value-not-der", 12],
    ["CN=#", "value-not-der", 4],
    ["CN=#0c01ff", "value-not-der", 10],
    ["CN=#30020c05", "value-not-der", 12],
    ["CN=#0c00", "value-missing", 8],
    ["CN=#020105", "value-not-a-string", 10],
    ["1.2.3=#1a0161", "value-not-a-string", 13],
    ["CN=\0", "value-missing", 3],
    ["C=USA", "not-a-country-code", 5],
    ["C=U", "not-a-country-code", 3],
    ["C=1 ", "not-a-country-code", 4],
    ["C=#1303555341", "not-a-country-code", 13],
    ["C=#0c025553", "not-a-country-code", 11],
    ["serialNumber=a_b", "value-not-printable-string", 16],
    ["DC=b\u00fccher", "value-not-ascii", 9],
    [`CN=${"x".repeat(65)}`, "value-too-long", 68],
    [String.raw`CN=\FF`, "value-not-utf8", 6],
    ["CN=\ud800", "not-unicode", 0],
  ];
  for (const [written, reason, position] of cases) {
    assert.throws(() => encodeDistinguishedName(written), (error) => {
      assert.ok(error instanceof InvalidDistinguishedNameError, written);
      assert.deepEqual([error.reason, error.position], [reason, position], written);
      return true;
    });
  }
});

Deno.test("encodeDistinguishedName() applies the upper bounds to characters, not bytes", () => {
  assert.ok(encodeDistinguishedName(`CN=${"\u{1f600}".repeat(64)}`).length > 256);
});
