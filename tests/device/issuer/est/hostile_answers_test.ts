/** What an EST server can answer wrongly: a message each, and nothing is lost. */
import assert from "node:assert/strict";
import { encodeCertsOnly } from "../../../../lib/protocol/cms/mod.ts";
import {
  encodeBody,
  estContentType,
  readCertificates,
  readEnrolmentRequest,
} from "../../../../lib/protocol/est/mod.ts";
import { encodePem, readCertificateFile } from "../../../../lib/x509/mod.ts";
import {
  certificatesAnswer,
  type EstAnswer,
  type EstRequest,
  type EstService,
  usualAuthorization,
} from "../../../support/est_service.ts";
import { makeAuthority } from "../../../support/pairs.ts";
import { day } from "../../../support/rotation_world.ts";
import { makeSigner } from "../../../support/signer.ts";
import { craftRequest } from "../../../support/requests.ts";
import { freshDevice, messagesOf, secretFile } from "./fresh_device.ts";

const html = "<html><head><title>Sign in</title></head></html>";
const isEnrolment = (operation: string): boolean => operation.endsWith("enroll");

/** A certificate for the request, but on other terms. */
async function issued(
  { signer, now }: Pick<EstService, "signer" | "now">,
  { body }: EstRequest,
  { from, to, omitsNames }: {
    readonly from: number;
    readonly to: number;
    readonly omitsNames?: true;
  },
): Promise<EstAnswer> {
  const { der } = readEnrolmentRequest(body);
  const at = (days: number): Date =>
    new Date(Math.floor(now().getTime() / 1000) * 1000 + days * day);
  const pem = await signer.sign(encodePem("CERTIFICATE REQUEST", der), {
    notBefore: at(from),
    notAfter: at(to),
    ...(omitsNames ? { omitsNames } : {}),
  });
  return certificatesAnswer([leafOf(pem)]);
}

const leafOf = (pem: string): Uint8Array =>
  readCertificateFile(new TextEncoder().encode(pem)).leaf.der;

const certificatesOf = (body: string): EstAnswer => ({
  status: 200,
  headers: { "content-type": estContentType.certificates },
  body,
});

/** What a server answers to an enrolment, and what the message says. */
const cases: Readonly<
  Record<
    string,
    {
      readonly answer: (
        service: EstService,
        request: EstRequest,
      ) => EstAnswer | Promise<EstAnswer>;
      readonly message: RegExp;
    }
  >
> = {
  "a web page": {
    answer: () => ({ status: 200, headers: { "content-type": "text/html" }, body: html }),
    message: /\/simpleenroll \(text\/html\): not base64-encoded DER: it is a web page/,
  },
  "an empty body": {
    answer: () => certificatesOf(""),
    message: /not base64-encoded DER: it is empty/,
  },
  "base64 with rubbish": {
    answer: () => certificatesOf("MIIB!!!!"),
    message: /it is text that is not base64/,
  },
  "base64 of something else": {
    answer: () => certificatesOf(btoa("hello, world")),
    message: /cannot use the response of https:\/\/ca\.example to \/simpleenroll/,
  },
  "no certificate": {
    answer: () => certificatesAnswer([]),
    message: /the response contains no certificate/,
  },
  "another key's certificate": {
    answer: async ({ signer, now }) => {
      const request = await craftRequest({ subject: "CN=device.example" });
      const pem = await signer.sign(encodePem("CERTIFICATE REQUEST", request), {
        notBefore: new Date(now().getTime() - 1000),
        notAfter: new Date(now().getTime() + day),
      });
      return certificatesAnswer([leafOf(pem)]);
    },
    message: /contains 1 certificate, but none for the requested key/,
  },
  "fewer names": {
    answer: (service, request) => issued(service, request, { from: 0, to: 90, omitsNames: true }),
    message: /DNS:device\.example/,
  },
  "an expired certificate": {
    answer: (service, request) => issued(service, request, { from: -90, to: -1 }),
    message: /expired/,
  },
  "a chain that goes round in a loop": {
    answer: async ({ now }, request) => {
      const [one, other] = [await makeSigner("CN=One"), await makeSigner("CN=Other")];
      const { body } = await issued({ signer: one, now }, request, { from: 0, to: 90 });
      assert.ok(body instanceof Uint8Array);
      const [leaf] = readCertificates(body);
      return certificatesAnswer([
        leaf?.der ?? new Uint8Array(),
        await other.certify(one),
        await one.certify(other),
      ]);
    },
    message: /does not lead to a trust anchor/,
  },
  "more certificates than anyone has": {
    answer: async () => {
      const { certificateDer } = await makeAuthority();
      const many = Array.from({ length: 200 }, () => certificateDer);
      return certificatesOf(new TextDecoder().decode(encodeBody(encodeCertsOnly(many))));
    },
    message: /it has more certificates than certswap reads \(128\)/,
  },
  "a redirect elsewhere": {
    answer: () => ({ status: 302, headers: { location: "https://evil.example/x" } }),
    message: /redirects to another server: https:\/\/evil\.example\/x/,
  },
  "a redirect to HTTP": {
    answer: () => ({ status: 307, headers: { location: "http://ca.example/x" } }),
    message: /redirects to another server/,
  },
  "a redirect to itself": {
    answer: (_, { path }) => ({ status: 308, headers: { location: path } }),
    message: /keeps redirecting/,
  },
  "401": {
    answer: () => ({
      status: 401,
      headers: { "content-type": "text/plain" },
      body: "unknown\ntoken",
    }),
    message:
      /refused the secret with HTTP 401 \(\/simpleenroll\)\nthe server says: unknown token\n/,
  },
  "400": {
    answer: () => ({ status: 400 }),
    message: /responded to \/simpleenroll with HTTP 400/,
  },
  "501": {
    answer: () => ({ status: 501 }),
    message: /responded to \/simpleenroll with HTTP 501/,
  },
  "a certificate that is valid only next year": {
    answer: (service, request) => issued(service, request, { from: 365, to: 400 }),
    message: /not valid before/,
  },
};

for (const [what, { answer, message }] of Object.entries(cases)) {
  Deno.test(`a server that answers with ${what} gets a message, and the next run goes on`, async () => {
    const { world, service } = await freshDevice();
    const usual = service.handle.bind(service);
    service.handle = async (request) =>
      isEnrolment(request.path)
        ? (await usual(request).then(() => {}), await answer(service, request))
        : await usual(request);
    const bad = await world.rotate();
    assert.equal(bad.outcome, "failed");
    assert.match(messagesOf(bad), message);
    assert.ok(!messagesOf(bad).includes(usualAuthorization));
    assert.equal(world.active, undefined);
    assert.equal(world.read(secretFile), "secret\n", "the secret is kept");
    const request = service.received.filter(({ operation }) => isEnrolment(operation)).at(-1)?.body;
    service.handle = usual;
    world.pass(day);
    const good = await world.rotate();
    assert.equal(good.outcome, "rotated", messagesOf(good));
    const last = service.received.filter(({ operation }) => isEnrolment(operation)).at(-1);
    assert.equal(last?.body, request, "the same request, with the same key");
    assert.equal(world.read(secretFile), undefined);
  });
}

Deno.test("a bad server leaves an active pair as it is, and its renewal goes on", async () => {
  const { world, service } = await freshDevice();
  await world.rotate();
  const active = world.active;
  world.pass(70 * day);
  service.answers = (_, operation) =>
    isEnrolment(operation)
      ? { status: 200, headers: { "content-type": "text/html" }, body: html }
      : undefined;
  assert.equal((await world.rotate()).outcome, "failed");
  assert.deepEqual(world.active, active);
  service.answers = () => undefined;
  world.pass(day);
  assert.equal((await world.rotate()).outcome, "rotated");
});

for (
  const [what, answer, message] of [
    [
      "the active certificate again",
      (service) =>
        Promise.resolve(certificatesAnswer([service.issued[0]?.der ?? new Uint8Array()])),
      /contains 1 certificate, but none for the requested key/,
    ],
    [
      "an older certificate for the new key",
      (service, request) => issued(service, request, { from: -80, to: 5 }),
      /is older than the active one/,
    ],
  ] as readonly (readonly [
    string,
    (service: EstService, request: EstRequest) => Promise<EstAnswer>,
    RegExp,
  ])[]
) {
  Deno.test(`a server that answers a renewal with ${what} leaves the active pair`, async () => {
    const { world, service } = await freshDevice();
    await world.rotate();
    const active = world.active;
    world.pass(70 * day);
    const usual = service.handle.bind(service);
    service.handle = (request) =>
      isEnrolment(request.path) ? answer(service, request) : usual(request);
    const bad = await world.rotate();
    assert.equal(bad.outcome, "failed");
    assert.match(messagesOf(bad), message);
    assert.deepEqual(world.active, active);
    service.handle = usual;
    world.pass(day);
    const good = await world.rotate();
    assert.equal(good.outcome, "rotated", messagesOf(good));
  });
}

Deno.test("a server that repeats the secret does not make certswap print it", async () => {
  const { world, service } = await freshDevice();
  service.answers = (_, operation) =>
    isEnrolment(operation)
      ? {
        status: 403,
        headers: { "content-type": "text/plain" },
        body: `wrong: ${usualAuthorization} device:secret`,
      }
      : undefined;
  const text = messagesOf(await world.rotate());
  assert.match(text, /refused the secret with HTTP 403/);
  assert.doesNotMatch(text, /wrong|device:secret/);
  const state = world.read("/tls/.certswap/cert.pem.state") ?? "";
  assert.ok(!state.includes(btoa("device:secret")) && !state.includes("device:secret"));
});

Deno.test("202 for ever is no failure, keeps one request, and never uses the secret up", async () => {
  const { world, service } = await freshDevice();
  service.answers = (_, operation) => isEnrolment(operation) ? { status: 202 } : undefined;
  for (let run = 0; run < 20; run++) {
    const result = await world.rotate();
    assert.equal(result.outcome, "waiting", messagesOf(result));
    world.pass(day);
  }
  const bodies = service.received.filter(({ operation }) => isEnrolment(operation));
  assert.equal(bodies.length, 20);
  assert.equal(new Set(bodies.map(({ body }) => body)).size, 1);
  assert.equal(world.state.secret?.isUsed, false);
});

Deno.test("401 after an answer that was lost tells how to go on, and keeps the request", async () => {
  const { world, service } = await freshDevice();
  // The server has issued, and the answer did not arrive. Then it does not know the secret any more.
  const usual = service.handle.bind(service);
  service.handle = async (request) => {
    const answer = await usual(request);
    return isEnrolment(request.path) ? { status: 500 } : answer;
  };
  await world.rotate();
  service.handle = usual;
  service.secrets.clear();
  world.pass(day);
  const refused = await world.rotate();
  assert.match(messagesOf(refused), /refused the secret with HTTP 401/);
  assert.match(messagesOf(refused), /Create a new secret on the CA/);
  service.secrets.set(usualAuthorization, "");
  world.pass(day);
  assert.equal((await world.rotate()).outcome, "rotated");
  const bodies = service.received.filter(({ operation }) => isEnrolment(operation));
  assert.equal(new Set(bodies.map(({ body }) => body)).size, 1);
});

Deno.test("fifty certificates in an answer are no obstacle", async () => {
  const { world, service } = await freshDevice();
  const usual = service.handle.bind(service);
  const { certificateDer } = await makeAuthority();
  service.handle = async (request) => {
    const answer = await usual(request);
    const leaf = service.issued.at(-1)?.der;
    if (!isEnrolment(request.path) || leaf === undefined) return answer;
    return certificatesAnswer([...Array.from({ length: 49 }, () => certificateDer), leaf]);
  };
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated", messagesOf(result));
  assert.equal(world.read("/tls/cert.pem")?.match(/BEGIN CERTIFICATE/g)?.length, 1);
});
