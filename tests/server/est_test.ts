/** The EST server (RFC 7030, 8951, 9908), without a network. */
import assert from "node:assert/strict";
import { BadEnrolmentEntryError } from "../../lib/ca/enrol/errors.ts";
import { approve, listRequests } from "../../lib/ca/enrol/mod.ts";
import { tokenFromText } from "../../lib/ca/enrol/token.ts";
import { waitingFromText } from "../../lib/ca/enrol/waiting.ts";
import { decodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import { decodeBody, decodeCsrAttributes } from "../../lib/protocol/est/mod.ts";
import { day, hour } from "../../lib/system/mod.ts";
import {
  type Bytes,
  type Certificate,
  formatName,
  readCertificate,
  readCertificateFile,
  readPrivateKeyFile,
  webCryptoKeys,
  writePem,
} from "../../lib/x509/mod.ts";
import {
  bitString,
  integer,
  objectIdentifier,
  sequence,
  setOf,
  time,
} from "../../lib/x509/encoding/der_writer.ts";
import { type TestCa, testCa, withCa, withHierarchy } from "../support/ca.ts";
import { craftRequest } from "../support/requests.ts";
import { refusing, testTime } from "../support/test_world.ts";
import { watchedFileSystem } from "../support/watched_file_system.ts";
import { denoFileSystem } from "../../lib/system/mod.ts";
import { base, device, estOf, issued, serials, type TestEst, withEst } from "./test_est.ts";
import { textOf } from "./test_server.ts";

Deno.test("RFC 7030 4.1: /cacerts answers anyone with the CA certificates, in base64", async () => {
  await withHierarchy(async ({ inter }) => {
    const { ask } = await estOf(inter);
    const response = await ask(`${base}/cacerts`);
    assert.equal(
      response.headers?.["content-type"],
      "application/pkcs7-mime; smime-type=certs-only",
    );
    assert.equal(textOf(response).trim().includes("\n"), false);
    const found = decodeCertsOnly(decodeBody(response.body ?? new Uint8Array(), "certificates"));
    assert.deepEqual(found.map((der) => readCertificate(der).subject.relativeNames[0]?.[0]?.text), [
      "Inter",
      "Root",
    ]);
    assert.equal((await ask(`${base}/server/cacerts`)).status, 200);
  });
});

Deno.test("/cacerts has the bundle of the CA as soon as it is changed", async () => {
  await withCa(async (ca) => {
    const other = testCa(ca.root, "other");
    await other.done(["init", "--subject", "CN=Other"]);
    const { ask, context } = await estOf(ca);
    await ca.done(["bundle", "add", other.path("ca.crt")]);
    await context.watch.refresh();
    const { body } = await ask(`${base}/cacerts`);
    const found = decodeCertsOnly(decodeBody(body ?? new Uint8Array(), "certificates"));
    assert.deepEqual(found.map((der) => formatName(readCertificate(der).subject)), [
      "CN=My Root CA,O=My Org,C=US",
      "CN=Other",
    ]);
  });
});

Deno.test("a one-time secret gets one certificate, and the same request the same one", async () => {
  await withEst(async ({ enrol, token, ca, time, events }) => {
    const { request, newKey } = await device();
    const secret = await token({ names: "DNS:a.example" });
    const first = issued(await enrol(await request(), { secret }));
    assert.equal(first.serialNumber, "02");
    // Another signature of the same key over the same names: ECDSA has a new one each time.
    assert.equal(issued(await enrol(await request(), { secret })).serialNumber, "02");
    await newKey();
    assert.equal((await enrol(await request(), { secret })).status, 401);
    assert.deepEqual(serials(ca), ["02"]);
    assert.match(await ca.done(["show", "02"]), /EST token [0-9a-f]{8}/);
    time.now = new Date(testTime.getTime() + 25 * hour);
    assert.equal((await enrol(await request(), { secret })).status, 401);
    assert.ok(events.every((event) => !JSON.stringify(event).includes(secret.slice(9))));
    assert.ok(!ca.read("enrolments.json").includes(secret.slice(9)));
    assert.equal(denoFileSystem.stat(ca.path("enrolments.json")).mode, 0o600);
  });
});

Deno.test("a secret is for its names and its profile only", async () => {
  await withEst(async ({ enrol, token }) => {
    const { request } = await device();
    const secret = await token({ names: "DNS:a.example,IP:192.0.2.1", profile: "client" });
    assert.equal((await enrol(await request("DNS:b.example"), { secret })).status, 403);
    assert.equal(
      (await enrol(await request("DNS:a.example,DNS:b.example"), { secret })).status,
      403,
    );
    assert.equal(
      (await enrol(await request("DNS:a.example", "CN=b.example"), { secret })).status,
      403,
    );
    const ofServer = await enrol(await request(), { secret, operation: "server/simpleenroll" });
    assert.equal(ofServer.status, 403);
    const certificate = issued(await enrol(await request("IP:192.0.2.1"), { secret }));
    assert.deepEqual(certificate.extKeyUsage, ["1.3.6.1.5.5.7.3.2"]);
  });
});

Deno.test("RFC 7030 3.2.3: without a proof, 401 with the same challenge for every wrong secret", async () => {
  await withEst(async ({ enrol, token }) => {
    const { request } = await device();
    const secret = await token();
    const wrong = [
      undefined,
      "",
      "nonsense",
      secret.slice(0, -1),
      `${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}`,
      `00000000${secret.slice(8)}`,
    ];
    const texts = new Set<string>();
    for (const one of wrong) {
      const response = await enrol(await request(), one === undefined ? {} : { secret: one });
      assert.equal(response.status, 401);
      assert.match(response.headers?.["www-authenticate"] ?? "", /^Basic realm="[^"]+"/);
      texts.add(textOf(response));
    }
    assert.equal(texts.size, 1);
    // The user name means nothing.
    issued(await enrol(await request(), { secret, user: "" }));
  });
});

Deno.test("guesses at secrets are limited by address and by secret", async () => {
  await withEst(async ({ enrol, token, time }) => {
    const { request } = await device();
    const secret = await token();
    const guess = `${secret.slice(0, 9)}${"x".repeat(22)}`;
    for (let index = 0; index < 10; index++) {
      const client = `192.0.2.${index}`;
      assert.equal((await enrol(await request(), { secret: guess, client })).status, 401);
    }
    // The secret is closed for everyone now, the address of another secret is not.
    assert.equal((await enrol(await request(), { secret, client: "192.0.2.99" })).status, 429);
    const other = await token();
    for (let index = 0; index < 10; index++) {
      const none = `${index.toString().padStart(8, "0")}.${"x".repeat(22)}`;
      assert.equal(
        (await enrol(await request(), { secret: none, client: "192.0.2.50" })).status,
        401,
      );
    }
    const late = await enrol(await request(), { secret: other, client: "192.0.2.50" });
    assert.deepEqual([late.status, late.headers?.["retry-after"]], [429, "60"]);
    time.now = new Date(time.now.getTime() + 60_000);
    issued(await enrol(await request(), { secret, client: "192.0.2.50" }));
  });
});

Deno.test("ca token revoke ends a secret, and list says what each was for", async () => {
  await withEst(async ({ enrol, ca }) => {
    const { request } = await device();
    const secret = (await ca.done(["token", "create", "--names", "DNS:a.example"])).trim();
    const other = (await ca.done(["token", "create"])).trim();
    issued(await enrol(await request(), { secret }));
    const list = await ca.done(["token", "list"]);
    assert.match(list, new RegExp(`^${secret.slice(0, 8)} +used for 02 .* DNS:a.example$`, "m"));
    assert.match(list, new RegExp(`^${other.slice(0, 8)} +unused .* any$`, "m"));
    await ca.done(["token", "revoke", other.slice(0, 8)]);
    assert.equal((await enrol(await request(), { secret: other })).status, 401);
    assert.equal((await ca.run(["token", "revoke", other.slice(0, 8)])).exit, 1);
  });
});

Deno.test("a damaged entry of a secret or a request is reported by its id", async () => {
  await withEst(async ({ ca, enrol }) => {
    const { request } = await device();
    const damaged = (entry: unknown): void =>
      ca.write("enrolments.json", JSON.stringify({ tokens: { "3f9a0c1e": entry }, requests: {} }));
    const secret = `3f9a0c1e.${"A".repeat(22)}`;
    for (const entry of [null, 1, "text", [], {}, { hash: "", names: [1] }]) {
      damaged(entry);
      const { exit, stderr } = await ca.run(["token", "list"]);
      assert.deepEqual([exit, /entry 3f9a0c1e .* is corrupt/.test(stderr)], [1, true], stderr);
      assert.equal((await enrol(await request(), { secret })).status, 503);
    }
    ca.write("enrolments.json", JSON.stringify({ tokens: {}, requests: { "0123": null } }));
    const { exit, stderr } = await ca.run(["requests"]);
    assert.deepEqual([exit, /entry 0123 .* is corrupt/.test(stderr)], [1, true], stderr);
  });
  // A database keeps any text.
  for (const text of ["", "{", "null"]) {
    assert.throws(() => tokenFromText("3f9a0c1e", text), BadEnrolmentEntryError);
    assert.throws(() => waitingFromText("0123", text), BadEnrolmentEntryError);
  }
});

/** A certificate that a device got with a secret. */
async function firstOf(est: TestEst, request: Bytes): Promise<Certificate> {
  return issued(await est.enrol(request, { secret: await est.token() }));
}

const reenroll = { operation: "simplereenroll" };

Deno.test("RFC 7030 4.2.2: a current certificate is renewed with a new key or the same", async () => {
  await withEst(async (est) => {
    const { enrol, ca, events } = est;
    const { request, newKey } = await device();
    const first = await firstOf(est, await request());
    await newKey();
    const second = issued(await enrol(await request(), { certificate: first, ...reenroll }));
    assert.deepEqual([...second.subject.der], [...first.subject.der]);
    assert.deepEqual(second.subjectAltName, first.subjectAltName);
    const third = issued(await enrol(await request(), { certificate: second, ...reenroll }));
    assert.equal(third.serialNumber, "04");
    assert.match(await ca.done(["show", "02"]), /superseded by 03/);
    assert.equal(events.filter(({ event }) => event === "enrolled").length, 3);
    assert.match(await ca.done(["list"]), /^02 +active/m);
  });
});

Deno.test("the answer to a renewal that was lost is given again, and only to that request", async () => {
  await withEst(async (est) => {
    const { enrol, ca } = est;
    const { request, newKey } = await device();
    const first = await firstOf(est, await request());
    await newKey();
    const lost = issued(await enrol(await request(), { certificate: first, ...reenroll }));
    const again = issued(await enrol(await request(), { certificate: first, ...reenroll }));
    assert.equal(again.serialNumber, lost.serialNumber);
    await newKey();
    assert.equal((await enrol(await request(), { certificate: first, ...reenroll })).status, 403);
    assert.deepEqual(serials(ca), ["02", "03"]);
  });
});

Deno.test("RFC 7030 4.2.2: subject and names of a renewal are those of the certificate", async () => {
  await withEst(async (est) => {
    const { enrol, ca } = est;
    const { request } = await device();
    const first = await firstOf(est, await request("DNS:a.example,DNS:b.example"));
    const others = [
      await request("DNS:a.example"),
      await request("DNS:a.example,DNS:b.example,DNS:c.example"),
      await request("DNS:a.example,DNS:b.example", "CN=b.example"),
      await request("DNS:a.example,DNS:b.example", ""),
    ];
    for (const other of others) {
      assert.equal((await enrol(other, { certificate: first, ...reenroll })).status, 403);
    }
    issued(
      await enrol(await request("DNS:b.example,DNS:a.example"), {
        certificate: first,
        ...reenroll,
      }),
    );
    assert.deepEqual(serials(ca), ["02", "03"]);
  });
});

Deno.test("a revoked or superseded certificate is never renewed, expired or not", async () => {
  await withEst(async (est) => {
    const { enrol, ca, time } = est;
    const { request, newKey } = await device();
    const first = await firstOf(est, await request());
    await ca.done(["revoke", "02"]);
    assert.equal((await enrol(await request(), { certificate: first, ...reenroll })).status, 403);
    // A certificate that was issued later for the same names by hand also supersedes it.
    const other = await firstOf(est, await request("DNS:o.example", "CN=o.example"));
    await newKey();
    const file = `${ca.root}/o.csr`;
    Deno.writeTextFileSync(
      file,
      writePem("CERTIFICATE REQUEST", await request("DNS:o.example", "CN=o.example")),
    );
    await ca.done(["sign", file]);
    const again = await request("DNS:o.example", "CN=o.example");
    assert.equal((await enrol(again, { certificate: other, ...reenroll })).status, 403);
    time.now = new Date(testTime.getTime() + 370 * day);
    for (const certificate of [first, other]) {
      const response = await enrol(await request(), { certificate, ...reenroll });
      assert.equal(response.status, 403);
    }
    assert.equal(serials(ca).length, 3);
  }, '[est]\nexpired_grace = "1000d"\n');
});

Deno.test("an expired certificate is renewed within the grace, and only then", async () => {
  await withEst(async (est) => {
    const { enrol, time, events, ca } = est;
    const { request, newKey } = await device();
    const first = await firstOf(est, await request());
    await newKey();
    time.now = new Date(first.notAfter.getTime() + 30 * day + 1000);
    assert.equal((await enrol(await request(), { certificate: first, ...reenroll })).status, 403);
    time.now = new Date(first.notAfter.getTime() + 30 * day - 1000);
    const back = issued(await enrol(await request(), { certificate: first, ...reenroll }));
    const enrolled = events.filter((event) => event.event === "enrolled");
    assert.deepEqual(enrolled.map(({ wasExpired }) => wasExpired), [false, true]);
    assert.match(await ca.done(["show", "03"]), /EST expired certificate 02/);
    assert.equal(back.serialNumber, "03");
  }, '[est]\nexpired_grace = "30d"\n');
});

Deno.test("the grace is off unless it is configured", async () => {
  await withEst(async (est) => {
    const { request } = await device();
    const first = await firstOf(est, await request());
    est.time.now = new Date(first.notAfter.getTime() + 2000);
    const response = await est.enrol(await request(), { certificate: first, ...reenroll });
    assert.equal(response.status, 403);
  });
});

Deno.test("superseded certificates are revoked if ca.toml says so", async () => {
  await withEst(async (est) => {
    const { request, newKey } = await device();
    const first = await firstOf(est, await request());
    await newKey();
    issued(await est.enrol(await request(), { certificate: first, ...reenroll }));
    assert.match(await est.ca.done(["list"]), /^02 +revoked/m);
    assert.match(est.ca.read("index.json"), /"revocation_reason": "superseded"/);
  }, '[est]\nsuperseded = "revoke"\n');
});

Deno.test("a renewal keeps its profile, with any label in the path", async () => {
  await withEst(async (est) => {
    const { request } = await device();
    const secret = await est.token({ profile: "client" });
    const first = issued(await est.enrol(await request(), { secret }));
    const asServer = await est.enrol(await request(), {
      certificate: first,
      operation: "server/simplereenroll",
    });
    assert.equal(asServer.status, 403);
    const next = issued(await est.enrol(await request(), { certificate: first, ...reenroll }));
    assert.deepEqual(next.extKeyUsage, ["1.3.6.1.5.5.7.3.2"]);
  });
});

Deno.test("certificates that this CA has not signed, or does not know, prove nothing", async () => {
  await withEst(async (est) => {
    const { request } = await device();
    const own = await firstOf(est, await request());
    await withCa(async (other) => {
      const there = await estOf(other);
      const foreign = await firstOf(there, await request());
      for (const operation of ["simpleenroll", "simplereenroll"]) {
        const { status } = await est.enrol(await request(), { certificate: foreign, operation });
        assert.equal(status, operation === "simpleenroll" ? 401 : 403);
      }
      // The same CA before its backup was restored: a certificate that its index does not have.
      est.ca.write("index.json", "[]\n");
      const lost = await est.enrol(await request(), { certificate: own, ...reenroll });
      assert.ok(lost.status === 403 || lost.status === 503, String(lost.status));
    });
  });
});

/** A certificate of version 1, signed by the CA with its own key: as some programs make them. */
async function versionOne(ca: TestCa, of: Certificate): Promise<Certificate> {
  const issuer = readCertificateFile(new TextEncoder().encode(ca.read("ca.crt"))).leaf;
  const key = readPrivateKeyFile(new TextEncoder().encode(ca.read("ca.key")));
  const signer = await webCryptoKeys.load(key, issuer.subjectPublicKeyInfo);
  const tbs = sequence(
    integer(of.serial),
    signer.algorithm.signature,
    issuer.subject.der,
    sequence(time(of.notBefore), time(of.notAfter)),
    of.subject.der,
    of.subjectPublicKeyInfo.der,
  );
  return readCertificate(
    sequence(tbs, signer.algorithm.signature, bitString(await signer.sign(tbs))),
  );
}

Deno.test("a certificate of version 1 is no certificate, even if this CA has signed it", async () => {
  await withEst(async (est) => {
    const { request } = await device();
    const own = await firstOf(est, await request());
    const certificate = await versionOne(est.ca, own);
    assert.equal(certificate.version, 1);
    for (const [operation, status] of [["simpleenroll", 401], ["simplereenroll", 403]] as const) {
      const response = await est.enrol(await request(), { certificate, operation });
      assert.equal(response.status, status);
    }
    assert.deepEqual(serials(est.ca), ["02"]);
  });
});

Deno.test("RFC 7030 4.2.3: a request without a proof waits for a person if ca.toml says so", async () => {
  await withEst(async ({ enrol, ca, events, time }) => {
    const { request } = await device();
    const body = await request();
    const waiting = await enrol(body);
    assert.deepEqual([waiting.status, waiting.headers?.["retry-after"]], [202, "60"]);
    assert.equal((await enrol(body)).status, 202);
    assert.equal(events.filter(({ event }) => event === "enrolment-waiting").length, 1);
    const list = await ca.done(["requests"]);
    const [, id = ""] =
      /^([0-9a-f]{16}) +waiting .* 192\.0\.2\.1 +CN=a\.example +DNS:a\.example$/m.exec(list) ?? [];
    await ca.done(["approve", id]);
    const certificate = issued(await enrol(body));
    assert.equal(certificate.serialNumber, "02");
    assert.equal(issued(await enrol(body)).serialNumber, "02");
    for (const words of [["approve", id], ["reject", id]]) {
      const { exit, stderr } = await ca.run(words);
      assert.deepEqual([exit, /already approved/.test(stderr)], [1, true], stderr);
    }
    await ca.done(["revoke", "02"]);
    assert.equal((await enrol(body)).status, 403);
    time.now = new Date(testTime.getTime() + 8 * day);
    assert.equal((await enrol(body)).status, 202);
  }, "[est]\nby_hand = true\n");
});

Deno.test("a rejected request is refused, and what no profile allows does not wait", async () => {
  await withEst(async ({ enrol, ca }) => {
    const { request } = await device();
    const body = await request();
    assert.equal((await enrol(body)).status, 202);
    const [, id = ""] = /^([0-9a-f]{16})/m.exec(await ca.done(["requests"])) ?? [];
    await ca.done(["reject", id]);
    assert.equal((await enrol(body)).status, 403);
    assert.equal((await enrol(await request("DNS:bank.test", "CN=bank.test"))).status, 403);
    assert.deepEqual(serials(ca), []);
  }, '[est]\nby_hand = true\n[profile.device.names]\ndns = ["*.example"]\n');
});

Deno.test("policy is judged again at approval", async () => {
  await withEst(async ({ enrol, ca }) => {
    const { request } = await device();
    await enrol(await request());
    const [, id = ""] = /^([0-9a-f]{16})/m.exec(await ca.done(["requests"])) ?? [];
    ca.write("ca.toml", '[est]\nby_hand = true\n[profile.device.names]\ndns = ["*.other"]\n');
    const { exit, stderr } = await ca.run(["approve", id]);
    assert.deepEqual([exit, /not allowed by profile device/.test(stderr)], [1, true], stderr);
    assert.match(await ca.done(["requests"]), /waiting/);
  }, "[est]\nby_hand = true\n");
});

Deno.test("requests that wait are limited by address", async () => {
  await withEst(async ({ enrol }) => {
    const { request } = await device();
    const ask = async (index: number, client: string): Promise<number> =>
      (await enrol(await request(`DNS:d${index}.example`, `CN=d${index}.example`), { client }))
        .status;
    for (let index = 0; index < 10; index++) assert.equal(await ask(index, "192.0.2.1"), 202);
    assert.equal(await ask(10, "192.0.2.1"), 429);
    assert.equal(await ask(10, "192.0.2.2"), 202);
  }, "[est]\nby_hand = true\n");
});

Deno.test("requests of one address that arrive together are limited in the same way", async () => {
  await withEst(async ({ enrol, context }) => {
    const { request } = await device();
    const all = await Promise.all(
      Array.from({ length: 15 }, (_, index) => request(`DNS:d${index}.example`, `CN=d${index}`)),
    );
    const answers = await Promise.all(all.map((one) => enrol(one)));
    const count = (wanted: number): number =>
      answers.filter(({ status }) => status === wanted).length;
    assert.deepEqual([count(202), count(429)], [10, 5]);
    assert.equal((await context.store.enrolments("request")).size, 10);
  }, "[est]\nby_hand = true\n");
});

Deno.test("RFC 8951 3: base64 with any white space, or PEM, regardless of the encoding field", async () => {
  await withEst(async ({ ask, token }) => {
    const { request } = await device();
    const der = await request();
    const text = der.toBase64();
    const bodies = [
      text,
      text.replaceAll(/.{10}/g, "$& \r\n\t"),
      writePem("CERTIFICATE REQUEST", der),
      writePem("NEW CERTIFICATE REQUEST", der),
    ];
    for (const body of bodies) {
      const basic = new TextEncoder().encode(`d:${await token()}`).toBase64();
      const response = await ask(`${base}/simpleenroll`, {
        method: "POST",
        headers: {
          "content-type": "application/pkcs10",
          "content-transfer-encoding": "binary",
          authorization: `basic ${basic}`,
        },
        body,
      });
      issued(response);
    }
  });
});

Deno.test("bodies that are no request get 400 and a reason in plain text", async () => {
  await withEst(async ({ ask, token, ca }) => {
    const { request } = await device();
    const der = await request();
    const basic = new TextEncoder().encode(`d:${await token()}`).toBase64();
    const challenge = sequence(
      objectIdentifier("1.2.840.113549.1.9.7"),
      setOf(Uint8Array.of(12, 1, 97)),
    );
    const bodies: readonly (string | Uint8Array<ArrayBuffer>)[] = [
      "",
      "<html>",
      "AAAA",
      der,
      der.slice(0, -1).toBase64(),
      `${der.toBase64()}!`,
      writePem("CERTIFICATE", der),
      // RFC 7030 3.5: the link to the TLS connection cannot be verified.
      (await craftRequest({ names: "DNS:a.example", attributes: [challenge] })).toBase64(),
      (await craftRequest({ sign: () => Promise.resolve(new Uint8Array(70)) })).toBase64(),
    ];
    for (const body of bodies) {
      const response = await ask(`${base}/simpleenroll`, {
        method: "POST",
        headers: { "content-type": "application/pkcs10", authorization: `Basic ${basic}` },
        body,
      });
      assert.equal(response.status, 400, textOf(response));
      assert.equal(response.headers?.["content-type"], "text/plain; charset=utf-8");
      assert.ok(textOf(response).length > 10);
    }
    assert.deepEqual(serials(ca), []);
  });
});

Deno.test("unknown paths and labels get 404, other methods 405, other operations 501", async () => {
  await withEst(async ({ ask, enrol, token }) => {
    const get = async (path: string): Promise<number> => (await ask(path)).status;
    for (
      const path of [
        "",
        "/",
        "/nope",
        "/nope/cacerts",
        "/intermediate/cacerts",
        "/a/b/cacerts",
        "/%63acerts",
        "/cacerts/",
        "//cacerts",
        "/../est/cacerts",
      ]
    ) {
      assert.equal(await get(`${base}${path}`), 404, path);
    }
    assert.equal(await get(`${base}/fullcmc`), 501);
    assert.equal(await get(`${base}/serverkeygen`), 501);
    assert.equal(await get(`${base}/simpleenroll`), 405);
    assert.equal((await ask(`${base}/cacerts`, { method: "POST" })).status, 405);
    const { request } = await device();
    const wrongType = await enrol(await request(), { secret: await token(), type: "text/plain" });
    assert.equal(wrongType.status, 415);
  });
});

Deno.test("RFC 7030 4.5.2, RFC 9908: /csrattrs says what a profile wants, or 204", async () => {
  await withEst(async ({ ask }) => {
    assert.equal((await ask(`${base}/client/csrattrs`)).status, 204);
    const { status, headers, body = new Uint8Array() } = await ask(`${base}/meter/csrattrs`);
    assert.deepEqual([status, headers?.["content-type"]], [200, "application/csrattrs"]);
    const found = decodeCsrAttributes(decodeBody(body, "attributes"));
    assert.ok(found.some(({ type }) => type === "1.2.840.113549.1.9.16.2.61"));
    assert.ok(found.some(({ type }) => type === "1.2.840.10045.2.1"));
  }, '[profile.meter]\nkey_algorithms = ["ecdsa-p384"]\n');
});

Deno.test("enrolments that arrive together are one change, and each gets its own answer", async () => {
  await withEst(async ({ enrol, token, ca, context }) => {
    const devices = await Promise.all(Array.from({ length: 20 }, () => device()));
    const secrets: string[] = [];
    for (const _ of devices) secrets.push(await token());
    const answers = await Promise.all(
      devices.map(async ({ request }, index) =>
        await enrol(await request(`DNS:d${index}.example`, `CN=d${index}.example`), {
          secret: secrets[index] ?? "",
          client: `192.0.2.${index}`,
        })
      ),
    );
    const found = answers.map(issued);
    assert.equal(new Set(found.map(({ serialNumber }) => serialNumber)).size, 20);
    for (const [index, { subjectAltName: [name] }] of found.entries()) {
      assert.ok(name?.kind === "dns" && name.text === `d${index}.example`);
    }
    const [batches = ""] = context.counters.samples("server_batches_total");
    assert.ok(Number(batches.split(" ").at(-1)) < 10, batches);
    assert.match(await ca.done(["check"]), /OK/);
  });
});

Deno.test("two requests with the same secret at the same time are told apart", async () => {
  await withEst(async ({ enrol, token, ca }) => {
    const [one, two] = [await device(), await device()];
    const secret = await token();
    const answers = await Promise.all([
      enrol(await one.request(), { secret }),
      enrol(await two.request(), { secret }),
      enrol(await one.request(), { secret }),
    ]);
    // Requests are checked at the same time, so any of them may be the first.
    const [first = 0, second = 0, again] = answers.map(({ status }) => status);
    assert.deepEqual([first, second].toSorted(), [200, 401]);
    assert.equal(again, first);
    assert.deepEqual(serials(ca), ["02"]);
  });
});

Deno.test("a full disk gets 503 with Retry-After and issues nothing; later requests succeed", async () => {
  let isFull = false;
  const files = refusing(
    denoFileSystem,
    (operation) => isFull && operation === "create" ? "ENOSPC" : undefined,
  );
  await withEst(
    async ({ enrol, token, ca, events }) => {
      const { request } = await device();
      const secret = await token();
      isFull = true;
      const refused = await enrol(await request(), { secret });
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers?.["retry-after"]) > 0);
      assert.deepEqual(serials(ca), []);
      assert.ok(events.some(({ event }) => event === "cannot-enrol"));
      isFull = false;
      issued(await enrol(await request(), { secret }));
    },
    "",
    { files },
  );
});

Deno.test("what is kept of secrets and requests is read once for each change", async () => {
  let [reads, isStaged] = [0, false];
  // The commit reads every file once more, to see that it is still the same.
  const files = watchedFileSystem(denoFileSystem, (operation, path) => {
    if (path.endsWith("/ca.lock")) isStaged = false;
    if (operation === "create" && path.includes(".enrolments.json.")) isStaged = true;
    if (operation === "open" && !isStaged && path.endsWith("/enrolments.json")) reads++;
  });
  await withEst(
    async ({ enrol, token, context }) => {
      const { request, newKey } = await device();
      const readsOf = async (work: () => Promise<unknown>): Promise<number> => {
        const before = reads;
        await work();
        return reads - before;
      };
      const secret = await token();
      assert.equal(await readsOf(async () => issued(await enrol(await request(), { secret }))), 1);
      await newKey();
      const asked = await request("DNS:b.example", "CN=b.example");
      assert.equal(await readsOf(() => enrol(asked)), 1);
      const [{ id } = { id: "" }] = await listRequests(context.system, context.ca);
      assert.equal(await readsOf(() => approve(context.system, { ...context.ca, id })), 1);
    },
    "[est]\nby_hand = true\n",
    { files },
  );
});
