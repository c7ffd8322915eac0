import assert from "node:assert/strict";
import { CertswapError } from "../../../lib/system/errors.ts";
import {
  BadPemError,
  EncryptedPrivateKeyError,
  NotPemError,
  PemTooLargeError,
  TooManyPemBlocksError,
} from "../../../lib/x509/errors.ts";
import {
  decodeOwnPem,
  decodeStartOfOwnPem,
  encodePem,
  type PemBlock,
  readPem,
  readPemFile,
  writePem,
} from "../../../lib/x509/encoding/pem.ts";
import { SeededRandom } from "../../support/random.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string | Uint8Array, maxBlocks?: number): readonly PemBlock[] =>
  readPem(typeof text === "string" ? encode(text) : text, {
    limit: 10_000,
    ...(maxBlocks === undefined ? {} : { maxBlocks }),
  });

/** 00 01 02 ... */
const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
const block = writePem("CERTIFICATE", bytes);

function problemOf(text: string | Uint8Array): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof BadPemError) return `${error.problem} in line ${error.line}`;
    assert.ok(error instanceof CertswapError, String(error));
    return error.code;
  }
  return "accepted";
}

Deno.test("a large file is decoded as it was written, and any other is left to the full reader", () => {
  const der = new Uint8Array(100_000).map((_, index) => index * index);
  const pem = encodePem("X509 CRL", der);
  assert.equal(new TextDecoder().decode(pem), writePem("X509 CRL", der));
  for (const size of [1, 2, 3, 47, 48, 49, 49_152, 49_153, 100_000]) {
    const part = der.subarray(0, size);
    assert.deepEqual(decodeOwnPem("X509 CRL", encodePem("X509 CRL", part)), part, String(size));
    const encoded = new TextDecoder().decode(encodePem("X509 CRL", part));
    assert.equal(encoded, writePem("X509 CRL", part), String(size));
  }
  assert.deepEqual(
    decodeStartOfOwnPem("X509 CRL", pem.subarray(0, 1000)),
    der.subarray(0, 15 * 48),
  );
  assert.equal(decodeOwnPem("CERTIFICATE", pem), undefined);
  const text = new TextDecoder().decode(pem);
  const begin = "-----BEGIN X509 CRL-----\n".length;
  const changes: ((text: string) => string)[] = [
    (text) => `${text}\n`,
    (text) => `before\n${text}`,
    (text) => text.replaceAll("\n", "\r\n"),
    (text) => text.slice(0, begin + 3) + " " + text.slice(begin + 4),
    (text) => text.slice(0, begin + 64) + "A" + text.slice(begin + 65),
    (text) => text.slice(0, begin + 3) + "=" + text.slice(begin + 4),
    (text) => text.slice(0, begin + 65) + text.slice(begin + 66),
    (text) => text.replace(/.=*\n-----END/, "*\n-----END"),
  ];
  for (const [index, change] of changes.entries()) {
    const changed = new TextEncoder().encode(change(text));
    assert.equal(decodeOwnPem("X509 CRL", changed), undefined, String(index));
  }
});

Deno.test("writePem() breaks lines after 64 characters and ends each with LF", () => {
  const lines = block.split("\n");
  assert.deepEqual(lines.map((line) => line.length), [27, 64, 64, 8, 25, 0]);
  assert.equal(lines[0], "-----BEGIN CERTIFICATE-----");
  assert.equal(lines[4], "-----END CERTIFICATE-----");
});

Deno.test("readPem() reads what writePem() writes, for content of every length up to 200", () => {
  for (let length = 1; length <= 200; length++) {
    const der = new SeededRandom(length).bytes(length);
    assert.deepEqual(read(writePem("PRIVATE KEY", der)), [{ label: "PRIVATE KEY", der }]);
  }
});

Deno.test("readPem() reads several blocks in order, with text between them and CRLF", () => {
  const text = `Bag Attributes\n    name: G\u00e4rt\n${block}\n# and\n${writePem("X", bytes)}bye`;
  for (const variant of [text, text.replaceAll("\n", "\r\n")]) {
    assert.deepEqual(read(variant).map(({ label }) => label), ["CERTIFICATE", "X"]);
    assert.deepEqual(read(variant).map(({ der }) => der), [bytes, bytes]);
  }
});

Deno.test("readPem() accepts a last line without newline, blanks at line ends, and lines of 76", () => {
  assert.equal(read(block.trimEnd()).length, 1);
  assert.equal(read(block.replaceAll("\n", " \t\n")).length, 1);
  const line = "A".repeat(76);
  assert.equal(read(`-----BEGIN X-----\n${line}\n-----END X-----`)[0]?.der.length, 57);
});

/** What OpenSSL accepts but RFC 7468 section 3 does not allow. */
const lenient: readonly (readonly [string, Uint8Array])[] = [
  ["a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, ...encode(block))],
  ["a blank line after BEGIN", encode(block.replace("\n", "\n\n"))],
  [
    "a blank line after BEGIN, with CRLF",
    encode(block.replace("\n", "\n\n").replaceAll("\n", "\r\n")),
  ],
  ["a line of blanks after BEGIN", encode(block.replace("\n", "\n \t\n"))],
  [
    "all base64 in one line",
    encode(block.replaceAll(/(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/])/g, "")),
  ],
  ["a comment in ISO 8859-1", Uint8Array.of(0x47, 0xe4, 0x72, 0x74, 0x0a, ...encode(block))],
];

Deno.test("readPemFile() accepts what OpenSSL accepts, and marks it as not strict", () => {
  for (const [what, file] of lenient) {
    const { blocks, isStrict } = readPemFile(file, { limit: 10_000 });
    assert.deepEqual(blocks, [{ label: "CERTIFICATE", der: bytes }], what);
    assert.equal(isStrict, false, what);
  }
  const strict = ["", "G\u00e4rt\n", "text\n\n"].map((comment) => encode(comment + block));
  for (const file of [...strict, encode(block.replaceAll("\n", " \r\n"))]) {
    assert.equal(readPemFile(file, { limit: 10_000 }).isStrict, true);
  }
});

Deno.test("readPem() recognizes PKCS#12 and PKCS#7, in DER and in BER", () => {
  const found = (hex: string): string => {
    try {
      readPem(Uint8Array.fromHex(hex), { limit: 1000 });
    } catch (error) {
      if (error instanceof NotPemError) return error.found;
    }
    return "";
  };
  const signedData = "06092a864886f70d010702a0820100";
  assert.equal(found("308203e802010330820300"), "pkcs12");
  assert.equal(found("308002010330800609"), "pkcs12");
  assert.equal(found(`30820200${signedData}`), "pkcs7");
  assert.equal(found(`3080${signedData}`), "pkcs7");
  assert.equal(found("3005020101ff"), "der");
  assert.equal(found("30"), "text");
  assert.equal(found("30ff"), "der");
});

Deno.test("readPem() recognizes what a file without PEM blocks is", () => {
  const found = (content: Uint8Array): string | undefined => {
    try {
      readPem(content, { limit: 1000 });
    } catch (error) {
      assert.ok(error instanceof NotPemError);
      return error.found;
    }
    return undefined;
  };
  assert.equal(found(encode("")), "nothing");
  assert.equal(found(encode("hello\n")), "text");
  assert.equal(found(Uint8Array.of(0x30, 0x82, 1, 0, 2)), "der");
  assert.equal(found(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0)), "binary");
  assert.equal(found(new Uint8Array(100)), "binary");
});

Deno.test("readPem() refuses malformed PEM, and gives the line", () => {
  const [begin = "", first = "", second = "", third = "", end = ""] = block.split("\n");
  const file = (...lines: string[]): string => lines.join("\n");
  const cases: [string, string | Uint8Array, string][] = [
    ["truncated before the END line", file(begin, first, second), "unterminated in line 1"],
    [
      "truncated within the END line",
      file(begin, first, second, third, "-----END CERT"),
      "boundary in line 5",
    ],
    [
      "a second BEGIN before the END",
      file("text", begin, first, begin, first, end),
      "unterminated in line 2",
    ],
    [
      "an END of another label",
      file(begin, first, second, third, "-----END X-----"),
      "label-mismatch in line 5",
    ],
    ["an END without BEGIN", file(end), "boundary in line 1"],
    ["four hyphens", file(`${begin.slice(1)}`, first, end), "boundary in line 1"],
    ["lower case", file("-----begin CERTIFICATE-----", first, end), "boundary in line 1"],
    [
      "a blank before the BEGIN",
      file(` ${begin}`, first, second, third, end),
      "boundary in line 1",
    ],
    ["text before the BEGIN", file(`x${begin}`, first, second, third, end), "boundary in line 1"],
    ["text after the BEGIN", file(`${begin}x`, first, second, third, end), "boundary in line 1"],
    [
      "a byte order mark in the middle",
      file("text", `\ufeff${begin}`, first, second, third, end),
      "boundary in line 2",
    ],
    ["an empty label", file("-----BEGIN -----", first, "-----END -----"), "boundary in line 1"],
    ["a label without end", file(`-----BEGIN ${"X".repeat(65)}-----`), "boundary in line 1"],
    [
      "a label with a control character",
      file("-----BEGIN X\tY-----", first, "-----END X\tY-----"),
      "boundary in line 1",
    ],
    ["no content", file(begin, end), "empty-block in line 1"],
    ["an empty line", file(begin, first, "", second, third, end), "base64 in line 3"],
    [
      "a blank within a line",
      file(begin, first, `${second.slice(0, 9)} ${second.slice(9)}`, third, end),
      "base64 in line 3",
    ],
    [
      "a character that is not base64",
      file(begin, `${first.slice(1)}-`, end),
      "base64 in line 2",
    ],
    ["base64url", file(begin, "__--", end), "base64 in line 2"],
    ["padding in the middle", file(begin, "AA==", "AAAA", end), "base64 in line 2"],
    ["missing padding", file(begin, "AAA", end), "base64 in line 2"],
    ["too much padding", file(begin, "AAA==", end), "base64 in line 2"],
    ["bits after the last byte", file(begin, "AB==", end), "base64 in line 2"],
    ["a checksum, as OpenPGP has it", file(begin, "AAAA", "=AAAA", end), "base64 in line 3"],
    ["headers", file(begin, "Comment: x", "", first, end), "headers in line 2"],
    ["NUL in the text", file("a\0b", block), "binary in line 1"],
    ["NUL in a block", file(begin, "AAAA\0", end), "binary in line 2"],
    ["escape sequences", file("", "\x1b[2J", block), "binary in line 2"],
    ["CR alone as line end", block.replaceAll("\n", "\r"), "binary in line 1"],
    ["two blank lines after the BEGIN", file(begin, "", "", first, end), "base64 in line 3"],
    ["a blank line and nothing more", file(begin, "", end), "empty-block in line 2"],
    ["a character beyond ASCII in a block", file(begin, "AA\u00c4A", end), "base64 in line 2"],
    ["UTF-16", Uint8Array.from(block.split("").flatMap((c) => [c.charCodeAt(0), 0])), "not-pem"],
  ];
  for (const [what, text, expected] of cases) assert.equal(problemOf(text), expected, what);
});

Deno.test("readPem() reports an encrypted key regardless of the rest of the block", () => {
  const text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n" +
    "DEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
  assert.throws(() => read(text), EncryptedPrivateKeyError);
});

Deno.test("readPem() refuses input above its limit without parsing it", () => {
  assert.throws(() => readPem(new Uint8Array(101), { limit: 100 }), PemTooLargeError);
  assert.throws(() => readPem(encode(block), { limit: block.length - 1 }), PemTooLargeError);
  assert.equal(readPem(encode(block), { limit: block.length }).length, 1);
});

Deno.test("readPem() reads no more blocks than the limit", () => {
  assert.equal(read(block.repeat(3), 3).length, 3);
  assert.throws(() => read(block.repeat(4), 3), TooManyPemBlocksError);
});
