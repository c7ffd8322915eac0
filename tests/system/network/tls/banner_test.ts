import assert from "node:assert/strict";
import { firstLine, recognizeBanner } from "../../../../lib/system/network/tls/mod.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

for (
  const [greeting, banner] of [
    ["220 mail.example ESMTP Postfix\r\n", "smtp"],
    ["220-mail.example\r\n220 ready\r\n", "smtp"],
    ["220 ftp.example ESMTP Postfix\r\n", "smtp"],
    ["554 5.7.1 go away\r\n", "smtp"],
    ["220 (vsFTPd 3.0.3)\r\n", "ftp"],
    ["220-Welcome to Pure-FTPd\r\n", "ftp"],
    ["* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n", "imap"],
    ["+OK Dovecot ready.\r\n", "pop3"],
    ["SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "ssh"],
    ["HTTP/1.1 400 Bad Request\r\n", "http"],
    ["<html>\r\n<head><title>400", "http"],
    ["J\0\0\0\n8.0.36\0", "mysql"],
    ["HTTPS", undefined],
    ["2200 ", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`recognizeBanner() takes ${JSON.stringify(greeting)} for ${banner}`, () => {
    assert.equal(recognizeBanner(encode(greeting)), banner);
  });
}

Deno.test("recognizeBanner() knows the error of a MySQL server by its bytes", () => {
  assert.equal(recognizeBanner(Uint8Array.of(0x45, 0, 0, 0, 0xff, 0x6a, 4)), "mysql");
});

Deno.test("firstLine() is at most 200 characters of the first line", () => {
  assert.equal(firstLine(encode("\r\n554 no\r\nmore")), "554 no");
  assert.equal(firstLine(encode("a".repeat(100_000))).length, 200);
  assert.equal(firstLine(Uint8Array.of(0xff, 0xfe)), "\ufffd\ufffd");
});
