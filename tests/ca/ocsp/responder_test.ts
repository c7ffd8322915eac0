/** The key and certificate of an OCSP responder. */
import assert from "node:assert/strict";
import {
  isResponderDue,
  issueResponder,
  readResponder,
  responderPath,
  responderStamp,
} from "../../../lib/ca/ocsp/mod.ts";
import { findCa } from "../../../lib/ca/mod.ts";
import { readRoot } from "../../../lib/ca/issue/mod.ts";
import { day } from "../../../lib/system/mod.ts";
import {
  extensionOid,
  formatName,
  keyIdentifierOf,
  purposeOid,
  readPublicKeyInfo,
  verifyChain,
} from "../../../lib/x509/mod.ts";
import { type TestCa, testOnEachStore, withCa, withHierarchy } from "../../support/ca.ts";
import { testTime } from "../../support/test_world.ts";

const after = (days: number): Date => new Date(testTime.getTime() + days * day);
const locationOf = ({ dataDirectory }: TestCa) => ({ dataDirectory, lockTimeout: 1000 });

async function kept(ca: TestCa, now = testTime): Promise<unknown> {
  const system = ca.system({ now });
  const location = locationOf(ca);
  const root = await readRoot(await findCa(system, location));
  return await readResponder(system, { location, root });
}

Deno.test("RFC 6960 4.2.2.2: a responder's certificate is the CA's, for OCSP signing only", async () => {
  await withHierarchy(async ({ root: top, inter: ca }) => {
    const system = ca.system();
    const { responder: { certificate, signer } } = await issueResponder(system, locationOf(ca));
    const root = await readRoot(await findCa(system, locationOf(ca)));
    assert.deepEqual(certificate.extKeyUsage, [purposeOid.OCSPSigning]);
    assert.deepEqual(certificate.keyUsage, ["digitalSignature"]);
    assert.equal(certificate.basicConstraints?.ca, false);
    // id-pkix-ocsp-nocheck: NULL, not critical.
    const noCheck = certificate.extensions.find(({ oid }) => oid === extensionOid.ocspNoCheck);
    assert.deepEqual(noCheck && { ...noCheck, value: noCheck.value.toHex() }, {
      oid: "1.3.6.1.5.5.7.48.1.5",
      critical: false,
      value: "0500",
    });
    assert.deepEqual(certificate.authorityKeyIdentifier, root.keyIdentifier);
    const key = readPublicKeyInfo(signer.publicKey);
    assert.deepEqual(certificate.subjectPublicKeyInfo.der, key.der);
    assert.deepEqual(certificate.subjectKeyIdentifier, await keyIdentifierOf(key));
    assert.equal(formatName(certificate.subject), "CN=OCSP responder");
    assert.equal(certificate.notAfter.getTime() - certificate.notBefore.getTime(), 7 * day);
    const anchors = [(await readRoot(await findCa(system, locationOf(top)))).certificate];
    const intermediates = [root.certificate];
    const purposes = [purposeOid.OCSPSigning];
    await verifyChain({ leaf: certificate, intermediates, anchors, at: testTime, purposes });
  });
});

testOnEachStore("a responder has the CA's name with a common name of its own", async (ca) => {
  const { responder: { certificate } } = await issueResponder(ca.system(), locationOf(ca));
  assert.equal(formatName(certificate.subject), "CN=OCSP responder,O=My Org,C=US");
});

Deno.test("a responder is recorded like every certificate, and the one before it is superseded", async () => {
  await withCa(async (ca) => {
    const first = await issueResponder(ca.system(), locationOf(ca));
    const second = await issueResponder(ca.system({ now: after(4) }), locationOf(ca));
    assert.deepEqual([first.serial, second.serial], ["02", "03"]);
    assert.notDeepEqual(first.responder.signer.publicKey, second.responder.signer.publicKey);
    assert.equal(ca.read("serial"), "04\n");
    const shown = await ca.done(["show", "02"]);
    assert.match(shown, /^ {2}Profile: +ocsp-responder$/m);
    assert.match(shown, /superseded by 03$/m);
    assert.match(await ca.done(["check"], { now: after(4) }), /^CA check: OK/);
    await ca.done(["revoke", "03"]);
  });
});

testOnEachStore(
  "the responder's file can be read by its owner only, and is found again",
  async (ca) => {
    const location = locationOf(ca);
    assert.equal(await kept(ca), undefined);
    assert.equal(responderStamp(ca.system(), location), undefined);
    const { responder, path } = await issueResponder(ca.system(), location);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    const stamp = responderStamp(ca.system(), location);
    const again = await kept(ca) as typeof responder;
    assert.deepEqual(again.certificate.der, responder.certificate.der);
    assert.deepEqual(again.signer.publicKey, responder.signer.publicKey);
    await issueResponder(ca.system(), location);
    assert.notEqual(responderStamp(ca.system(), location), stamp);
  },
);

Deno.test("a responder's file is not used if it is readable, damaged, expired or of another CA", async () => {
  await withCa(async (ca) => {
    await issueResponder(ca.system(), locationOf(ca));
    const path = responderPath(locationOf(ca));
    const good = Deno.readTextFileSync(path);
    const [key, certificate] = good.split(/(?=-----BEGIN CERTIFICATE)/);
    assert.ok(await kept(ca));
    assert.equal(await kept(ca, after(8)), undefined, "expired");
    assert.equal(await kept(ca, after(-1)), undefined, "not yet valid");
    Deno.chmodSync(path, 0o640);
    assert.equal(await kept(ca), undefined, "readable");
    Deno.chmodSync(path, 0o600);
    await withCa(async (other) => {
      await issueResponder(ca.system(), locationOf(other));
      const [otherKey = ""] = Deno.readTextFileSync(responderPath(locationOf(other)))
        .split(/(?=-----BEGIN CERTIFICATE)/);
      const device = await ca.request();
      await ca.done(["sign", device]);
      const cases = {
        "empty": "",
        "text": "no PEM\n",
        "without a key": certificate,
        "without a certificate": key,
        "another key": otherKey + certificate,
        "of another CA": Deno.readTextFileSync(responderPath(locationOf(other))),
        "cut off": good.slice(0, -60),
        "a device's certificate": key + ca.read("certs/03.pem"),
      };
      for (const [what, text] of Object.entries(cases)) {
        Deno.writeTextFileSync(path, text ?? "");
        assert.equal(await kept(ca), undefined, what);
      }
    });
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    assert.equal(await kept(ca), undefined, "a directory");
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, good, { mode: 0o600 });
    assert.ok(await kept(ca));
  });
});

Deno.test("a responder is due at half its life, and never outlives its CA", async () => {
  await withCa(async (ca) => {
    const { responder } = await issueResponder(ca.system(), locationOf(ca));
    assert.equal(isResponderDue(responder, after(3.4)), false);
    assert.equal(isResponderDue(responder, after(3.6)), true);
  });
  await withCa(async (ca) => {
    const { responder } = await issueResponder(ca.system(), locationOf(ca));
    assert.deepEqual(responder.certificate.notAfter, after(2));
  }, ["--validity", "2"]);
});

Deno.test("a responder's key is of the CA's kind, so that clients of the CA can verify it", async () => {
  for (const [kind, expected] of [["ecdsa-p384", "ec"], ["rsa-3072", "rsa"]] as const) {
    await withCa(async (ca) => {
      const { responder } = await issueResponder(ca.system(), locationOf(ca));
      assert.equal(responder.signer.algorithm.key.kind, expected);
      assert.deepEqual(
        responder.signer.algorithm.key,
        kind === "ecdsa-p384" ? { kind: "ec", curve: "P-384" } : { kind: "rsa", bits: 2048 },
      );
    }, ["--key-algorithm", kind]);
  }
});

testOnEachStore("without the CA's key, no responder is issued, and nothing changes", async (ca) => {
  await issueResponder(ca.system(), locationOf(ca));
  Deno.renameSync(ca.path("ca.key"), `${ca.root}/ca.key`);
  const before = ca.tree();
  await assert.rejects(issueResponder(ca.system(), locationOf(ca)), {
    code: "ca-key-not-available",
  });
  assert.deepEqual(ca.tree(), before);
  assert.ok(await kept(ca), "the last one still signs");
});
