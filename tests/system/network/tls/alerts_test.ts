import assert from "node:assert/strict";
import { alertInMessage, refusesCertificate } from "../../../../lib/system/network/tls/mod.ts";

Deno.test("alertInMessage() finds the alert in an error of the runtime", () => {
  assert.equal(alertInMessage("received fatal alert: UnknownCA"), "unknown_ca");
  assert.equal(alertInMessage("received fatal alert: CertificateRequired"), "certificate_required");
  assert.equal(alertInMessage("received fatal alert: Unknown(200)"), "unknown");
  assert.equal(alertInMessage("peer is incompatible"), undefined);
});

Deno.test("refusesCertificate() is false for alerts that a client without a certificate also gets", () => {
  assert.equal(refusesCertificate("certificate_expired"), true);
  for (const alert of ["certificate_required", "no_certificate", "handshake_failure"]) {
    assert.equal(refusesCertificate(alert), false);
  }
});
