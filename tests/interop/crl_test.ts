/** CRLs in DER, and with expiredCertsOnCRL, judged by OpenSSL and GnuTLS. */
import assert from "node:assert/strict";
import { withCa } from "../support/ca.ts";
import { interopTest, tool } from "./tools.ts";

for (const keepExpired of [false, true]) {
  interopTest(`OpenSSL and GnuTLS read a CRL in DER (keep_expired = ${keepExpired})`, {
    tools: ["openssl", "certtool"],
    run: async () => {
      await withCa(async (ca) => {
        const now = { now: new Date() };
        ca.write("ca.toml", `[crl]\nkeep_expired = ${keepExpired}\n`);
        await ca.done(["sign", await ca.request()], now);
        await ca.done(["revoke", "02"], now);
        await ca.done(["crl"], now);
        const der = ca.path("ca.crl.der");
        const read = ["crl", "-inform", "DER", "-in", der];
        const text = await tool("openssl", ...read, "-noout", "-text");
        assert.match(text, /Serial Number: 02\n/);
        const oid = /2\.5\.29\.60|Expired Cert/i;
        assert.equal(oid.test(text), keepExpired, text);
        const pem = await tool("openssl", ...read, "-outform", "PEM");
        assert.equal(pem.trim(), ca.read("ca.crl").trim());
        const files = ["--infile", ca.path("ca.crl"), "--load-ca-certificate", ca.path("ca.crt")];
        assert.match(await tool("certtool", "--verify-crl", ...files), /Verified\./);
      }, ["--validity", "9000"]);
    },
  });
}

interopTest("GnuTLS verifies the CRL of each shard", {
  tools: ["certtool"],
  run: async () => {
    await withCa(async (ca) => {
      const now = { now: new Date() };
      const address = "http://crl.example/{shard}.crl";
      ca.write("ca.toml", `[addresses]\ncrl = ["${address}"]\n[crl]\nshards = 2\n`);
      await ca.done(["sign", await ca.request()], now);
      await ca.done(["revoke", "02"], now);
      await ca.done(["crl"], now);
      for (const shard of [1, 2]) {
        const crl = ca.path(`crl/${shard}.crl`);
        const files = ["--infile", crl, "--load-ca-certificate", ca.path("ca.crt")];
        assert.match(await tool("certtool", "--verify-crl", ...files), /Verified\./);
        const text = await tool("certtool", "--crl-info", "--infile", crl);
        assert.match(text, /2\.5\.29\.28|issuing distribution point/i, "its critical extension");
      }
    }, ["--validity", "9000"]);
  },
});
