import assert from "node:assert/strict";
import { clientHello } from "../../../../lib/system/network/tls/client_hello.ts";

/** What a ClientHello holds, read by RFC 8446 section 4.1.2. */
function read(record: Uint8Array): {
  readonly version: number;
  readonly suites: number[];
  readonly extensions: ReadonlyMap<number, Uint8Array>;
} {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  assert.deepEqual([...record.subarray(0, 3)], [22, 3, 1]);
  assert.equal(view.getUint16(3), record.length - 5);
  assert.equal(view.getUint32(5), (1 << 24) + record.length - 9);
  assert.equal(record[43], 0);
  const suitesEnd = 46 + view.getUint16(44);
  const suites = Array.from({ length: (suitesEnd - 46) / 2 }, (_, i) => view.getUint16(46 + 2 * i));
  assert.deepEqual([...record.subarray(suitesEnd, suitesEnd + 2)], [1, 0]);
  assert.equal(view.getUint16(suitesEnd + 2), record.length - suitesEnd - 4);
  const extensions = new Map<number, Uint8Array>();
  for (let at = suitesEnd + 4; at < record.length;) {
    const end = at + 4 + view.getUint16(at + 2);
    const type = view.getUint16(at);
    assert.ok(!extensions.has(type), `extension ${type} is there twice`);
    extensions.set(type, record.subarray(at + 4, end));
    at = end;
  }
  return { version: view.getUint16(9), suites, extensions };
}

Deno.test("clientHello() asks for TLS 1.2, by name, with all kinds of keys", () => {
  const { version, suites, extensions } = read(
    clientHello({ serverName: "device.example", keyType: undefined }),
  );
  assert.equal(version, 0x0303);
  for (const suite of [0xc02b, 0xc02f, 0x009e, 0x002f]) assert.ok(suites.includes(suite));
  assert.equal(new Set(suites).size, suites.length);
  assert.equal(
    new TextDecoder().decode(extensions.get(0)?.subarray(5)),
    "device.example",
  );
  assert.ok(!extensions.has(43), "supported_versions would let the server choose TLS 1.3");
});

Deno.test("clientHello() sends no name if there is none", () => {
  assert.ok(!read(clientHello({ serverName: undefined, keyType: undefined })).extensions.has(0));
});

Deno.test("clientHello() avoids the lengths at which some servers hang", () => {
  for (const keyType of [undefined, "rsa", "ecdsa"] as const) {
    for (const length of [0, 1, 60, 150, 253]) {
      const serverName = length === 0 ? undefined : "a".repeat(length);
      const size = clientHello({ serverName, keyType }).length - 5;
      assert.ok(size >= 512, `${size}`);
    }
  }
});

Deno.test("clientHello() offers only the requested kind of key", () => {
  const rsa = read(clientHello({ serverName: undefined, keyType: "rsa" }));
  const ecdsa = read(clientHello({ serverName: undefined, keyType: "ecdsa" }));
  assert.deepEqual(rsa.suites.filter((suite) => ecdsa.suites.includes(suite)), []);
  const schemesOf = ({ extensions }: typeof rsa): string[] =>
    (extensions.get(13)?.subarray(2).toHex() ?? "").match(/.{4}/g) ?? [];
  assert.ok(schemesOf(rsa).length > 0);
  assert.deepEqual(schemesOf(rsa).filter((scheme) => schemesOf(ecdsa).includes(scheme)), []);
});
