import assert from "node:assert/strict";
import { type Banner, type StartTls, TlsConnectionError } from "../../../lib/system/mod.ts";
import { startTls } from "../../../lib/system/network/starttls/mod.ts";
import { answers, channelOf, protocols } from "./starttls_answers.ts";

/** A character is a byte. */
const encode = (text: string): Uint8Array => Uint8Array.from(text, (one) => one.charCodeAt(0));
const postgresRequest = "\0\0\0\x08\x04\xd2\x16\x2f";
const ldapRequest = "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
const mysqlRequest = "\x20\0\0\x01\x01\x8a\0\0\0\0\0\x01\x21" + "\0".repeat(23);

/** What a client sends, by RFC 3207, 9051, 2595, 4511, 4217, 6120 and the databases' documentation. */
const requests: Readonly<Record<StartTls, string>> = {
  smtp: "EHLO [192.0.2.1]\r\nSTARTTLS\r\n",
  imap: "a1 STARTTLS\r\n",
  pop3: "STLS\r\n",
  ldap: ldapRequest,
  postgres: postgresRequest,
  mysql: mysqlRequest,
  ftp: "AUTH TLS\r\n",
  xmpp: "<?xml version='1.0'?><stream:stream to='a.example' xmlns='jabber:client' " +
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>" +
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
};

for (const protocol of protocols) {
  Deno.test(`startTls() starts TLS with ${protocol}, also if the answer arrives in pieces`, async () => {
    const said = encode(answers[protocol]);
    for (const size of [1, 2, 7, said.length]) {
      const sent: Uint8Array[] = [];
      await startTls(channelOf(said, size, sent), protocol);
      const text = sent.map((bytes) => String.fromCharCode(...bytes)).join("");
      assert.equal(text, requests[protocol]);
    }
  });

  Deno.test(`startTls() takes nothing that is said before the server of ${protocol} starts TLS`, async () => {
    await refuses(protocol, `${answers[protocol]}x`, "more than its answer");
  });

  Deno.test(`startTls() gives up when the server of ${protocol} hangs up`, async () => {
    for (let length = 0; length < answers[protocol].length; length += 9) {
      await refuses(protocol, answers[protocol].slice(0, length));
    }
  });

  Deno.test(`startTls() gives up on a server of ${protocol} that goes on and on`, async () => {
    const said = "220-a\r\n* OK\r\n+OK\r\n<?xml><stream:stream><stream:features>".padEnd(
      200_000,
      "* ",
    );
    await refuses(protocol, said);
  });
}

for (
  const [protocol, said, expected, banner] of [
    ["smtp", "554 5.7.1 no\r\n", "554 5.7.1 no", "smtp"],
    ["smtp", "220 a\r\n250 a\r\n502 5.5.1 unknown\r\n", "502 5.5.1 unknown", "smtp"],
    ["smtp", "* OK ready\r\n", "* OK ready", "imap"],
    ["imap", "* PREAUTH welcome\r\n", "* PREAUTH welcome", "imap"],
    ["imap", "* OK\r\n* x\r\na1 NO not today\r\n", "a1 NO not today", "imap"],
    ["pop3", "+OK\r\n-ERR unknown\r\n", "-ERR unknown", "pop3"],
    ["ftp", "220 FTP\r\n500 unknown\r\n", "500 unknown", "ftp"],
    ["postgres", "N", "N", undefined],
    ["postgres", "EFATAL", "E", undefined],
    [
      "ldap",
      "\x30\x13\x02\x01\x01\x78\x0e\x0a\x01\x34\x04\0\x04\x07no keys",
      "result code 52: no keys",
      undefined,
    ],
    ["ldap", "\x30\x84\0\0\0\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0", undefined, undefined],
    ["mysql", "\x4a\0\0\0\x0a8.0\0\x01\0\0\0abcdefgh\0\0\x02".padEnd(78), undefined, "mysql"],
    ["mysql", "SSH-2.0-OpenSSH_9.2\r\n", undefined, "ssh"],
    ["ftp", "220 welcome\r\n502 what?\r\n", "502 what?", undefined],
    ["ftp", "220 a ESMTP\r\n502 what?\r\n", "502 what?", "smtp"],
    ["imap", "220 a ESMTP\r\n", "220 a ESMTP", "smtp"],
    ["ldap", "* OK ready\r\n", undefined, "imap"],
    ["postgres", "\x15\x03\x01\0\x02\x02\x16", undefined, "tls"],
    ["xmpp", "\x15\x03\x01\0\x02\x02\x16", undefined, "tls"],
    ["xmpp", "<stream:stream><stream:features/>", "stream features without TLS", undefined],
    ["xmpp", "<stream:stream><stream:error>", "<stream:error>", undefined],
    [
      "xmpp",
      answers.xmpp.slice(0, answers.xmpp.indexOf("<proceed")) + "<failure xmlns='a'/>",
      "<failure xmlns='a'/>",
      undefined,
    ],
  ] as const satisfies readonly [StartTls, string, string | undefined, Banner | undefined][]
) {
  Deno.test(`startTls() says what ${protocol} said: ${JSON.stringify(said)}`, async () => {
    const error = await refuses(protocol, said, expected);
    assert.equal(error.banner, banner);
  });
}

Deno.test("startTls() keeps at most 200 characters of a server's answer", async () => {
  const { said } = await refuses("smtp", `554 ${"a".repeat(5000)}\r\n`);
  assert.equal(said?.length, 200);
});

Deno.test("startTls() reads an answer of LDAP whose lengths have more bytes than they need", async () => {
  const body = "\x02\x01\x01\x78\x84\0\0\0\x07\x0a\x01\0\x04\0\x04\0";
  const said = `\x30\x84\0\0\0${String.fromCharCode(body.length)}${body}`;
  await startTls(channelOf(encode(said)), "ldap");
});

async function refuses(
  protocol: StartTls,
  text: string,
  said?: string,
): Promise<TlsConnectionError> {
  try {
    await startTls(channelOf(encode(text), 1000), protocol);
  } catch (error) {
    assert.ok(error instanceof TlsConnectionError, String(error));
    assert.equal(error.reason, "starttls");
    if (said !== undefined) assert.equal(error.said, said);
    return error;
  }
  throw new Error("TLS was started");
}

Deno.test("startTls() says what a server speaks that leaves it waiting", async () => {
  const said = encode("220 mail.example ESMTP Postfix\r\n");
  const { read, ...channel } = channelOf(said);
  let reads = 0;
  const late = {
    ...channel,
    read: async () => {
      if (++reads === 1) return await read();
      throw new TlsConnectionError(channel.endpoint, "time-limit");
    },
  };
  await assert.rejects(startTls(late, "xmpp"), { reason: "time-limit", banner: "smtp" });
});
