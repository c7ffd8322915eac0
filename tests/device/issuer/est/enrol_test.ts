/** Enrolment and re-enrolment over EST, on a simulated device with a simulated server. */
import assert from "node:assert/strict";
import {
  anyRequest,
  encodeBody,
  encodeCsrAttributes,
  type RequestTemplate,
} from "../../../../lib/protocol/est/mod.ts";
import type { RotationResult } from "../../../../lib/device/rotation/mod.ts";
import {
  encodeAlternativeNames,
  formatGeneralName,
  formatName,
  readCertificate,
  readRequestFile,
  utf8String,
  writePem,
} from "../../../../lib/x509/mod.ts";
import { makeAuthority } from "../../../support/pairs.ts";
import { configured, day, type RotationWorld } from "../../../support/rotation_world.ts";
import { freshDevice, messagesOf, secretFile } from "./fresh_device.ts";
import { plant } from "../../../simulation/model/disk.ts";

Deno.test("a device without a pair enrols with its secret, which is then marked and removed", async () => {
  const { world, service } = await freshDevice();
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated", messagesOf(result));
  assert.deepEqual(world.active, service.issued[0]?.der);
  assert.deepEqual(
    service.received.map((
      { operation, authorization },
    ) => [operation, authorization !== undefined]),
    [["csrattrs", false], ["simpleenroll", true]],
  );
  assert.equal(world.state.secret?.isUsed, true);
  assert.equal(world.read(secretFile), undefined);
  const kept = JSON.stringify(world.tree);
  assert.ok(!JSON.stringify(world.state).includes("secret\\n"));
  assert.ok(!world.read("/tls/.certswap/cert.pem.state")?.includes(btoa("device:secret")), kept);
});

Deno.test("a pair is renewed with itself, with a new key, and without a secret", async () => {
  const { world, service } = await freshDevice();
  await world.rotate();
  const first = world.active;
  service.received.length = 0;
  world.pass(70 * day);
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated", messagesOf(result));
  assert.notDeepEqual(world.active, first);
  assert.deepEqual(
    service.received.map(({ operation, authorization, clientSerial }) => [
      operation,
      authorization,
      clientSerial,
    ]),
    [
      ["csrattrs", undefined, service.issued[0]?.serialNumber],
      ["simplereenroll", undefined, service.issued[0]?.serialNumber],
    ],
  );
  const keys = service.issued.map(({ subjectPublicKeyInfo }) => subjectPublicKeyInfo.der.toHex());
  assert.equal(new Set(keys).size, 2);
});

Deno.test("a pair is enrolled anew with itself if its names have changed (RFC 7030 4.2.2)", async () => {
  const { world, service } = await freshDevice();
  await world.rotate();
  service.received.length = 0;
  const identity = { ...configured.identity, names: ["DNS:device.example", "DNS:new.example"] };
  world.configuration = { ...world.configuration, identity };
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated", messagesOf(result));
  assert.deepEqual(service.received.map(({ operation }) => operation), [
    "csrattrs",
    "simpleenroll",
  ]);
});

Deno.test("an expired pair is tried by itself first", async () => {
  const { world, service } = await freshDevice();
  await world.rotate();
  service.takesExpired = true;
  service.received.length = 0;
  world.pass(400 * day);
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated", messagesOf(result));
  assert.deepEqual(service.received.map(({ operation }) => operation), [
    "csrattrs",
    "simplereenroll",
  ]);
});

Deno.test("an expired pair that the server refuses needs a new secret, and a message says so", async () => {
  const { world, service } = await freshDevice();
  await world.rotate();
  world.pass(400 * day);
  const before = world.active;
  const refused = await world.rotate();
  assert.equal(refused.outcome, "failed");
  assert.match(messagesOf(refused), /the secret in \/etc\/certswap\/secret has already been used/);
  assert.match(messagesOf(refused), /refused this device's certificate with HTTP 401/);
  assert.match(messagesOf(refused), /Create a new secret on the CA/);
  assert.deepEqual(world.active, before);
  // A new secret in the same file is another one.
  service.secrets.set(`Basic ${btoa("device:another")}`, "");
  world.files.disk = plant(
    { [secretFile]: { content: "another\n", attributes: { mode: 0o600 } } },
    world.files.disk,
  );
  world.pass(day);
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated", messagesOf(result));
  assert.equal(world.read(secretFile), undefined);
});

Deno.test("a new secret that was not sent yet stays when the pair is renewed with itself", async () => {
  const { world } = await freshDevice();
  await world.rotate();
  world.files.disk = plant(
    { [secretFile]: { content: "another\n", attributes: { mode: 0o600 } } },
    world.files.disk,
  );
  world.pass(70 * day);
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated", messagesOf(result));
  assert.equal(world.read(secretFile), "another\n");
});

Deno.test("an empty secret is never sent, and a message says so", async () => {
  const { world, service } = await freshDevice();
  world.files.disk = plant(
    { [secretFile]: { content: "\nsecret\n", attributes: { mode: 0o600 } } },
    world.files.disk,
  );
  const result = await world.rotate();
  assert.match(
    messagesOf(result),
    /the first line of the secret file \/etc\/certswap\/secret is empty/,
  );
  assert.match(messagesOf(result), /Create a secret on the CA/);
  assert.deepEqual(service.received, []);
});

Deno.test("a valid pair that the server refuses is replaced with a new secret, if there is one", async () => {
  const { world, service } = await freshDevice();
  await world.rotate();
  world.pass(70 * day);
  service.answers = ({ client }, operation) =>
    client === undefined || operation === "csrattrs" ? undefined : { status: 401 };
  const before = world.active;
  assert.match(messagesOf(await world.rotate()), /refused this device's certificate with HTTP 401/);
  assert.deepEqual(world.active, before);
  service.secrets.set(`Basic ${btoa("device:another")}`, "");
  world.files.disk = plant(
    { [secretFile]: { content: "another\n", attributes: { mode: 0o600 } } },
    world.files.disk,
  );
  service.received.length = 0;
  // Without force, it waits until the next attempt is due.

  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "rotated", messagesOf(result));
  assert.deepEqual(world.active, service.issued[1]?.der);
  const proven = service.received.filter(({ operation }) => operation !== "csrattrs");
  assert.deepEqual(
    proven.map(({ operation, authorization }) => [
      operation,
      authorization !== undefined,
    ]),
    [["simplereenroll", false], ["simpleenroll", true]],
  );
  assert.equal(world.read(secretFile), undefined);
});

Deno.test("an expired pair falls back to the pair that the device was made with", async () => {
  const bootstrap = { certificate: "/etc/certswap/birth.pem", key: "/etc/certswap/birth.key" };
  const { world, service } = await freshDevice({ bootstrap });
  const maker = await makeAuthority({ subject: "CN=Maker" });
  const birth = await maker.issue({ notAfter: new Date("2049-01-01T00:00:00Z") });
  world.write(bootstrap.certificate, birth.certificatePem);
  world.write(bootstrap.key, birth.keyPem);
  service.births.add(readCertificate(birth.certificateDer).serialNumber);
  const first = await world.rotate();
  assert.equal(first.outcome, "rotated", messagesOf(first));
  assert.equal(world.state.secret, undefined, "no secret was sent");
  world.pass(400 * day);
  service.received.length = 0;
  const second = await world.rotate();
  assert.equal(second.outcome, "rotated", messagesOf(second));
  assert.deepEqual(service.received.map(({ operation }) => operation), [
    "csrattrs",
    "simplereenroll",
    "simpleenroll",
  ]);
});

Deno.test("a device with nothing to enrol with says what to configure", async () => {
  const { world } = await freshDevice({ secretFile: undefined });
  const result = await world.rotate();
  assert.match(
    messagesOf(result),
    /neither a secret nor a bootstrap certificate is configured\nSet 'secret_file' or 'bootstrap'/,
  );
});

Deno.test("a missing secret is reported with the path", async () => {
  const { world } = await freshDevice({ secretFile: "/etc/certswap/none" });
  const result = await world.rotate();
  assert.match(messagesOf(result), /the secret file \/etc\/certswap\/none does not exist/);
});

Deno.test("after 202 the same request is asked again, and the secret is not yet used", async () => {
  const { world, service } = await freshDevice();
  service.answers = (_, operation) =>
    operation === "simpleenroll" ? { status: 202, headers: { "retry-after": "7200" } } : undefined;
  const waiting = await world.rotate();
  assert.equal(waiting.outcome, "waiting", messagesOf(waiting));
  assert.deepEqual(waiting.nextAttempt, new Date(world.now.getTime() + 7_200_000));
  assert.equal(world.state.secret?.isUsed, false);
  const tooEarly = await world.rotate();
  assert.equal(tooEarly.outcome, "waiting");
  world.pass(7_200_000);
  await world.rotate();
  service.answers = () => undefined;
  world.pass(7_200_000);
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated", messagesOf(result));
  const bodies = service.received.filter(({ operation }) => operation === "simpleenroll")
    .map(({ body }) => body);
  assert.equal(bodies.length, 3);
  assert.equal(new Set(bodies).size, 1, "always the same request");
});

Deno.test("202 with a date waits until then, and 202 without a time asks at the next run", async () => {
  const { world, service } = await freshDevice();
  const at = new Date(world.now.getTime() + 3_600_000);
  let header: Record<string, string> = { "retry-after": at.toUTCString() };
  service.answers = (_, operation) =>
    operation === "simpleenroll" ? { status: 202, headers: header } : undefined;
  assert.deepEqual((await world.rotate()).nextAttempt, at);
  header = {};
  world.now = at;
  assert.deepEqual((await world.rotate()).nextAttempt, at);
});

Deno.test("503 with Retry-After puts the next attempt off", async () => {
  const { world, service } = await freshDevice();
  service.answers = () => ({ status: 503, headers: { "retry-after": "600" } });
  const result = await world.rotate();
  assert.equal(result.outcome, "failed");
  assert.match(messagesOf(result), /responded to \/csrattrs with HTTP 503/);
});

/** Makes a device enrol at a server that wants this in requests. */
async function enrolledWith(
  template: Partial<RequestTemplate>,
  configuration: Partial<typeof configured> = {},
): Promise<
  { readonly result: RotationResult; readonly world: RotationWorld; readonly asked: string }
> {
  const { world, service } = await freshDevice();
  world.configuration = { ...world.configuration, ...configuration };
  service.attributes = {
    status: 200,
    headers: { "content-type": "application/csrattrs" },
    body: encodeBody(encodeCsrAttributes({ ...anyRequest, ...template })),
  };
  const result = await world.rotate();
  const asked = service.received.find(({ operation }) => operation === "simpleenroll")?.body ?? "";
  return { result, world, asked };
}

const requestIn = (body: string) =>
  readRequestFile(
    new TextEncoder().encode(writePem("CERTIFICATE REQUEST", Uint8Array.fromBase64(body))),
  );

Deno.test("a request has the extensions that the server wants", async () => {
  const { result, asked } = await enrolledWith({
    extensions: [
      { oid: "2.5.29.15", critical: true, value: undefined },
      { oid: "2.5.29.37", critical: false, value: undefined },
      { oid: "1.2.3.4", critical: false, value: Uint8Array.of(5, 0) },
      { oid: "1.2.3.5", critical: false, value: undefined },
    ],
    challengePassword: true,
  });
  assert.equal(result.outcome, "rotated", messagesOf(result));
  const { extensions, keyUsage, extKeyUsage } = requestIn(asked);
  assert.deepEqual(extensions.map(({ oid }) => oid), [
    "2.5.29.17",
    "2.5.29.15",
    "2.5.29.37",
    "1.2.3.4",
  ]);
  assert.deepEqual(keyUsage, ["digitalSignature"]);
  assert.deepEqual(extKeyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

Deno.test("a server that wants another kind of key gets a message with the line to change", async () => {
  const { result, world } = await enrolledWith({ keys: [{ kind: "rsa", bits: 3072 }] });
  assert.equal(result.outcome, "failed");
  assert.match(
    messagesOf(result),
    /requires the key algorithm RSA 3072, but key_algorithm is "ecdsa-p256"/,
  );
  assert.match(messagesOf(result), /Set key_algorithm = "rsa-3072" for the pair/);
  assert.notEqual(world.read(secretFile), undefined, "the secret is kept");
});

Deno.test("a device without a configured identity takes the one of the server", async () => {
  const { result, world } = await enrolledWith({
    subject: [[{ type: "2.5.4.10", value: utf8String("Example") }], [{
      type: "2.5.4.3",
      value: undefined,
    }]],
    extensions: [
      { oid: "2.5.29.17", critical: false, value: encodeAlternativeNames("DNS:m1.example") },
    ],
  }, { identity: { subject: undefined, names: undefined } });
  assert.equal(result.outcome, "rotated", messagesOf(result));
  const leaf = readCertificate(world.active ?? new Uint8Array());
  assert.equal(formatName(leaf.subject), "CN=m1.example,O=Example");
  assert.deepEqual(leaf.subjectAltName.map(formatGeneralName), ["DNS:m1.example"]);
});

Deno.test("a server that wants names that the pair does not have gets a message", async () => {
  const { result } = await enrolledWith({
    extensions: [
      { oid: "2.5.29.17", critical: false, value: encodeAlternativeNames("DNS:evil.example") },
    ],
  });
  assert.match(messagesOf(result), /requires names that differ from those of the pair: DNS:evil/);
});
