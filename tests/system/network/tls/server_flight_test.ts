import assert from "node:assert/strict";
import { ServerFlight } from "../../../../lib/system/network/tls/server_flight.ts";
import {
  alertRecord,
  bytes,
  certificateMessage,
  certificateRequest,
  message,
  records,
  serverHello,
  serverHelloDone,
  uint,
} from "./raw_flight.ts";

const leaf = new Uint8Array(700).fill(0x30);
const issuer = new Uint8Array(900).fill(0x31);
const flight = bytes(
  serverHello(),
  certificateMessage(leaf, issuer),
  certificateRequest,
  serverHelloDone,
);

/** Reads bytes in pieces of a size. */
function read(input: Uint8Array, size = input.length): ServerFlight {
  const found = new ServerFlight();
  for (let at = 0; at < input.length; at += size) found.push(input.slice(at, at + size));
  return found;
}

for (const recordSize of [2 ** 14, 1000, 64, 7, 1]) {
  Deno.test(`ServerFlight reads the leaf from records of at most ${recordSize} bytes, in any pieces`, () => {
    const input = records(22, flight, recordSize);
    for (const pieceSize of [input.length, 1000, 5, 3, 1]) {
      const { certificate, end, asksForCertificate, hasAnswered } = read(input, pieceSize);
      assert.deepEqual(certificate, leaf);
      assert.deepEqual({ end, asksForCertificate, hasAnswered }, {
        end: "done",
        asksForCertificate: true,
        hasAnswered: true,
      });
    }
  });
}

Deno.test("ServerFlight reads each message from a record of its own, and old versions", () => {
  for (const version of [0x0300, 0x0301, 0x0302, 0x0303]) {
    const { certificate, asksForCertificate } = read(bytes(
      records(22, message(0, bytes())),
      records(22, serverHello({ version, extensions: bytes(0xff, 1, 0, 1, 0) })),
      records(22, certificateMessage(leaf)),
      records(22, serverHelloDone),
    ));
    assert.deepEqual(certificate, leaf);
    assert.equal(asksForCertificate, false);
  }
});

Deno.test("ServerFlight reads a certificate whose record has the full 16,384 bytes", () => {
  const large = new Uint8Array(40_000).fill(0x30);
  const { certificate } = read(records(22, bytes(serverHello(), certificateMessage(large))));
  assert.deepEqual(certificate, large);
});

Deno.test("ServerFlight sees that TLS 1.3 is encrypted after the hello", () => {
  const { end, hasAnswered, isEncrypted, certificate } = read(bytes(
    records(22, serverHello({ version13: true })),
    records(20, bytes(1)),
    records(23, new Uint8Array(900)),
  ));
  assert.deepEqual({ end, hasAnswered, isEncrypted, certificate }, {
    end: "done",
    hasAnswered: true,
    isEncrypted: true,
    certificate: undefined,
  });
});

Deno.test("ServerFlight names the alert that ends the handshake, and skips a warning", () => {
  const refused = read(bytes(alertRecord(112, 1), alertRecord(70)));
  assert.deepEqual([refused.end, refused.alert, refused.hasAnswered], [
    "alert",
    "protocol_version",
    true,
  ]);
  const warned = read(bytes(alertRecord(112, 1), records(22, flight)));
  assert.deepEqual([warned.end, warned.alert, warned.certificate], ["done", undefined, leaf]);
  const closed = read(alertRecord(0, 1));
  assert.deepEqual([closed.end, closed.alert], ["alert", "close_notify"]);
  assert.equal(read(alertRecord(200)).alert, "alert_200");
});

Deno.test("ServerFlight has no certificate before the last byte of the message", () => {
  const input = records(22, bytes(serverHello(), certificateMessage(leaf)));
  for (let length = 0; length < input.length; length += 97) {
    const { certificate, end } = read(input.subarray(0, length));
    assert.deepEqual([certificate, end], [undefined, "open"]);
  }
  assert.equal(read(input.subarray(0, -1)).certificate, undefined);
});

for (
  const [what, input] of Object.entries({
    "text": new TextEncoder().encode("220 mail.example ESMTP\r\n"),
    "a single letter": bytes(0x32),
    "another first byte": bytes(0, 3, 3, 0, 1, 0),
    "another major version": bytes(22, 2),
    "SSL 2.0": bytes(0x80, 0x2e, 4, 0, 1, 0, 2),
  })
) {
  Deno.test(`ServerFlight tells ${what} from TLS`, () => {
    const { end, hasAnswered, beginning } = read(input, 1);
    assert.deepEqual([end, hasAnswered], ["not-tls", false]);
    assert.deepEqual(beginning, input);
  });
}

for (
  const [what, input] of Object.entries({
    "an empty record": bytes(22, 3, 3, 0, 0),
    "a record that is too long": bytes(22, 3, 3, 0x40, 1),
    "application data first": records(23, bytes(1)),
    "a certificate before the hello": records(22, certificateMessage(leaf)),
    "a hello without a version": records(22, message(2, bytes())),
    "a hello whose session is too long": records(
      22,
      message(2, bytes(3, 3, new Uint8Array(32), 33, new Uint8Array(40))),
    ),
    "a hello with bytes behind it": records(22, message(2, bytes(serverHello().subarray(4), 7))),
    "a hello with half an extension": records(22, serverHello({ extensions: bytes(0, 1, 0, 9) })),
    "two certificates": records(
      22,
      bytes(serverHello(), certificateMessage(leaf), certificateMessage(leaf)),
    ),
    "no certificate in the list": records(22, bytes(serverHello(), certificateMessage())),
    "an empty certificate": records(22, bytes(serverHello(), certificateMessage(bytes()))),
    "a certificate longer than its list": records(
      22,
      bytes(serverHello(), message(11, bytes(uint(5, 3), uint(9, 3), 1, 2))),
    ),
    "a list longer than its message": records(
      22,
      bytes(serverHello(), message(11, bytes(uint(9, 3), uint(2, 3), 1, 2))),
    ),
    "a message of more than 256 KiB": records(22, bytes(serverHello(), 11, uint(2 ** 18 + 1, 3))),
    "text behind the hello": bytes(records(22, serverHello()), 0x41),
  })
) {
  Deno.test(`ServerFlight refuses ${what}`, () => {
    for (const size of [input.length, 1]) assert.equal(read(input, size).end, "malformed");
  });
}

Deno.test("ServerFlight reads at most 512 KiB from a server that never stops", () => {
  const found = new ServerFlight();
  const requests = records(22, bytes(...Array.from({ length: 2000 }, () => message(0, bytes()))));
  found.push(records(22, serverHello()));
  let pushed = 0;
  while (found.end === "open" && pushed < 2 ** 20) {
    found.push(requests);
    pushed += requests.length;
  }
  assert.equal(found.end, "malformed");
  assert.ok(pushed < 2 ** 19 + requests.length, `${pushed}`);
  assert.ok(found.beginning.length <= 1024);
});
