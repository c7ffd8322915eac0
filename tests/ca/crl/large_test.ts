/** A CRL that is too large to be read for its dates alone. */
import assert from "node:assert/strict";
import {
  loadAuthority,
  readLastCrl,
  readLastCrlTimes,
  readRoot,
} from "../../../lib/ca/issue/mod.ts";
import { openStore } from "../../../lib/ca/store/mod.ts";
import { denoSystem } from "../../../lib/system/mod.ts";
import {
  encodeDistinguishedName,
  encodePem,
  issueCrl,
  webCryptoKeys,
} from "../../../lib/x509/mod.ts";
import { withCa } from "../../support/ca.ts";

Deno.test("of a large CRL, sign reads only the beginning; crl and check verify all of it", async () => {
  await withCa(async (ca) => {
    const store = await openStore(denoSystem, { dataDirectory: ca.dataDirectory });
    const root = await readRoot(store);
    const passphrase = (): Promise<never> => Promise.reject(new Error("not encrypted"));
    const authority = await loadAuthority({ store, keys: webCryptoKeys, passphrase }, root);
    const [thisUpdate, nextUpdate] = ["2026-06-01T13:00:00Z", "2026-06-08T13:00:00Z"]
      .map((time) => new Date(time)) as [Date, Date];
    const revoked = Array.from({ length: 3000 }, (_, index) => ({
      serial: 2n ** 120n + BigInt(index),
      revokedAt: thisUpdate,
      reason: "unspecified",
    } as const));
    const fields = { number: 1n, thisUpdate, nextUpdate, revoked };
    const der = await issueCrl(fields, authority);
    // Its signature no longer verifies.
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    Deno.writeFileSync(ca.path("ca.crl"), encodePem("X509 CRL", der));
    Deno.writeFileSync(ca.path("ca.crl.der"), der);
    ca.write("crlnumber", "02\n");
    const { thisUpdate: at, nextUpdate: next } = await readLastCrlTimes(store, root) ?? {};
    assert.deepEqual([at, next], [thisUpdate, nextUpdate]);
    await assert.rejects(readLastCrl(store, root), { reason: "foreign" });
    await ca.done(["sign", await ca.request()], { now: new Date("2026-06-02T00:00:00Z") });
    const early = { now: new Date("2026-06-01T12:30:00Z") };
    assert.match((await ca.run(["sign", await ca.request("b")], early)).stderr, /2026-06-01T13:00/);
    assert.equal((await ca.run(["crl"])).exit, 1);
    assert.match((await ca.run(["check"])).stdout, /ca\.crl/);
    const name = encodeDistinguishedName("CN=Other");
    const other = await issueCrl(fields, { ...authority, name });
    Deno.writeFileSync(ca.path("ca.crl"), encodePem("X509 CRL", other));
    await assert.rejects(readLastCrlTimes(store, root), { reason: "foreign" });
  });
});
