/** Certs-only messages between certswap, OpenSSL and GnuTLS, in both directions. */
import assert from "node:assert/strict";
import { decodeCertsOnly, encodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import { readCertificates } from "../../lib/protocol/est/mod.ts";
import { join } from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/mod.ts";
import { makeAuthority } from "../support/pairs.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { fingerprints, interopTest, tool } from "./tools.ts";

/** A chain, and its fingerprints. */
async function chain(): Promise<{ readonly pem: string; readonly ders: readonly Uint8Array[] }> {
  const root = await makeAuthority();
  const middle = await root.subordinate();
  const leaf = await middle.issue();
  return {
    pem: leaf.certificatePem + middle.certificatePem + root.certificatePem,
    ders: [leaf.certificateDer, middle.certificateDer, root.certificateDer],
  };
}

interopTest("openssl and certtool read the certificates that certswap writes, in their order", {
  tools: ["openssl", "certtool"],
  run: () =>
    withTemporaryDirectory(async (directory) => {
      const { pem, ders } = await chain();
      const file = join(directory, "certs.p7b");
      Deno.writeFileSync(file, encodeCertsOnly(ders));
      const wanted = await fingerprints(pem);
      const byOpenssl = await tool(
        ...["openssl", "pkcs7", "-inform", "DER", "-in", file, "-print_certs"] as const,
      );
      assert.deepEqual(await fingerprints(byOpenssl), wanted);
      const byGnutls = await tool("certtool", "--p7-info", "--inder", "--infile", file);
      assert.deepEqual(new Set(await fingerprints(byGnutls)), new Set(wanted));
    }),
});

interopTest("certswap reads what openssl and certtool write, as DER and as PEM", {
  tools: ["openssl", "certtool"],
  run: () =>
    withTemporaryDirectory(async (directory) => {
      const { pem, ders } = await chain();
      const [certificates, key] = [join(directory, "chain.pem"), join(directory, "key.pem")];
      const signer = join(directory, "signer.pem");
      Deno.writeTextFileSync(certificates, pem);
      const wanted = new Set(ders.map((der) => der.toHex()));
      const crl2pkcs7 = ["crl2pkcs7", "-nocrl", "-certfile", certificates];
      for (const form of ["DER", "PEM"]) {
        const file = join(directory, `openssl.${form}`);
        await tool("openssl", ...crl2pkcs7, "-outform", form, "-out", file);
        const bytes = Deno.readFileSync(file);
        const found = form === "DER"
          ? decodeCertsOnly(bytes)
          : readCertificates(bytes).map(({ der }) => der);
        assert.deepEqual(new Set(found.map((der) => der.toHex())), wanted, form);
      }
      // A signed message holds certificates too, with content and with indefinite lengths.
      const made = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt"];
      await tool(
        ...["openssl", ...made, "ec_paramgen_curve:P-256", "-subj", "/CN=signer"] as const,
        ...["-keyout", key, "-out", signer],
      );
      const signed = join(directory, "signed.der");
      await tool(
        ...["openssl", "cms", "-sign", "-stream", "-nodetach", "-outform", "DER"] as const,
        ...["-signer", signer, "-inkey", key, "-in", certificates, "-certfile", certificates],
        ...["-out", signed],
      );
      const [first, second] = Deno.readFileSync(signed);
      assert.deepEqual([first, second], [0x30, 0x80], "openssl streams with indefinite lengths");
      const all = decodeCertsOnly(Deno.readFileSync(signed)).map((der) => der.toHex());
      assert.ok([...wanted].every((der) => all.includes(der)));
      const [leafDer = new Uint8Array()] = ders;
      const single = join(directory, "single.pem");
      Deno.writeTextFileSync(single, writePem("CERTIFICATE", leafDer));
      const byGnutls = join(directory, "gnutls.p7b");
      await tool(
        ...["certtool", "--p7-sign", "--outder", "--load-certificate", signer] as const,
        ...["--load-privkey", key, "--infile", single, "--p7-include-cert", "--outfile", byGnutls],
      );
      const [signerPrint] = await fingerprints(Deno.readTextFileSync(signer));
      const included = decodeCertsOnly(Deno.readFileSync(byGnutls))
        .map((der) => writePem("CERTIFICATE", der)).join("");
      assert.deepEqual(await fingerprints(included), [signerPrint]);
    }),
});
