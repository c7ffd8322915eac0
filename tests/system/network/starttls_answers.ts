/** What servers say before TLS, as far as a client hears it, and a connection on which they say it. */
import type { Connection } from "../../../lib/system/network/connection.ts";
import type { StartTls } from "../../../lib/system/mod.ts";

const tls = "urn:ietf:params:xml:ns:xmpp-tls";

/** All that a server says until TLS starts. What is binary is ASCII. */
export const answers: Readonly<Record<StartTls, string>> = {
  smtp: "220-mail.example\r\n220 ESMTP\r\n250-mail.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n" +
    "250 SIZE 1000\r\n220 2.0.0 Ready to start TLS\r\n",
  imap: "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n* NOTE wait\r\na1 OK Begin TLS\r\n",
  pop3: "+OK ready\r\n+OK Begin TLS\r\n",
  // ExtendedResponse: success, no matched DN, no text, and the name of the request.
  ldap: "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0",
  postgres: "S",
  // Version 10, a connection 1, a challenge, the capabilities 0x0a00, and more.
  mysql: "\x20\0\0\0\x0a8.0.36\0\x01\0\0\0abcdefgh\0\0\x0a\x21\x02\0\0\0\x15\0\0\0",
  ftp:
    "120 wait\r\n220-Welcome\r\nto this server\r\n 220 or not\r\n220 ready\r\n234 AUTH TLS OK\r\n",
  xmpp: "<?xml version='1.0'?><stream:stream from='a.example' id='1' version='1.0' " +
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><stream:features>" +
    `<starttls xmlns='${tls}'><required/></starttls></stream:features><proceed xmlns='${tls}'/>`,
};

/** Every protocol with STARTTLS. */
export const protocols = Object.keys(answers) as StartTls[];

/** A connection to a server that says this in pieces of a given size, regardless of what is sent. */
export function channelOf(
  said: Uint8Array,
  pieceSize = said.length,
  sent: Uint8Array[] = [],
): Pick<Connection, "endpoint" | "localAddress" | "read" | "write"> {
  let at = 0;
  return {
    endpoint: { host: "device.example", port: 25, serverName: "a.example" },
    localAddress: "192.0.2.1",
    read() {
      const piece = said.subarray(at, at + pieceSize);
      at += pieceSize;
      return Promise.resolve(piece.length === 0 ? undefined : piece);
    },
    write: (bytes) => Promise.resolve(void sent.push(bytes)),
  };
}
