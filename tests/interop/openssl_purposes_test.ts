/** Compares purposes of leaves and CAs with `openssl verify -purpose`. */
import assert from "node:assert/strict";
import { booleanTrue, objectIdentifier, sequence } from "../../lib/x509/encoding/der_writer.ts";
import { purposeOid } from "../../lib/x509/encoding/oids.ts";
import { join } from "../../lib/system/mod.ts";
import { ChainError, readCertificate, verifyChain, writePem } from "../../lib/x509/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { nothing, rawExtension, rawName } from "../x509/raw_certificate.ts";
import { generateKeys, publicKeyOf, signed } from "./signed_certificates.ts";
import { interopTest, tryTool } from "./tools.ts";

const { serverAuth, clientAuth, emailProtection } = purposeOid;

/** Content of extendedKeyUsage; `undefined` if there is none. */
type Purposes = readonly string[] | undefined;

const authorities: readonly Purposes[] = [
  undefined,
  [serverAuth],
  [clientAuth],
  [emailProtection],
  [serverAuth, clientAuth],
];

const leaves: readonly Purposes[] = [...authorities, [serverAuth, emailProtection]];

const extensionOf = (purposes: Purposes): Uint8Array[] =>
  purposes === undefined
    ? []
    : [rawExtension("2.5.29.37", sequence(...purposes.map(objectIdentifier)))];

const at = new Date("2026-06-01T00:00:00Z");

/** A leaf, its CA and the root. */
async function chainOf(leaf: Purposes, middle: Purposes): Promise<Uint8Array<ArrayBuffer>[]> {
  const keys = await generateKeys();
  const publicKey = await publicKeyOf(keys);
  const [root, authority] = [rawName("Root"), rawName("CA")];
  const isAuthority = rawExtension("2.5.29.19", sequence(booleanTrue()), { critical: true });
  return await Promise.all([
    signed({ issuer: authority, publicKey, extensions: extensionOf(leaf) }, keys),
    signed({
      subject: authority,
      issuer: root,
      publicKey,
      extensions: [isAuthority, ...extensionOf(middle)],
    }, keys),
    signed({ subject: root, issuer: root, publicKey, extensions: [isAuthority] }, keys),
  ]);
}

async function weAccept(chain: readonly Uint8Array[], purpose: string): Promise<boolean> {
  const [leaf, middle, root] = chain.map(readCertificate);
  assert.ok(leaf && middle && root);
  const material = { leaf, intermediates: [middle], anchors: [root], at, purposes: [purpose] };
  try {
    await verifyChain(material);
    return true;
  } catch (error) {
    assert.ok(error instanceof ChainError, String(error));
    return false;
  }
}

for (const leaf of leaves) {
  const text = (purposes: Purposes): string => purposes?.join(" ") ?? "no purpose";
  interopTest(`OpenSSL on a leaf with ${text(leaf)} below CAs of all kinds`, {
    tools: ["openssl"],
    run: () =>
      withTemporaryDirectory(async (directory) => {
        const paths = ["leaf", "middle", "root"].map((name) => join(directory, `${name}.pem`));
        const [leafPath = "", middlePath = "", rootPath = ""] = paths;
        for (const middle of authorities) {
          const chain = await chainOf(leaf, middle);
          for (const [index, path] of paths.entries()) {
            Deno.writeTextFileSync(path, writePem("CERTIFICATE", chain[index] ?? nothing));
          }
          for (
            const [purpose, name] of [[serverAuth, "sslserver"], [clientAuth, "sslclient"]] as const
          ) {
            const { exit, stderr } = await tryTool(
              "openssl",
              ...["verify", "-purpose", name, "-attime", String(at.getTime() / 1000)],
              ...["-CAfile", rootPath, "-untrusted", middlePath, leafPath],
            );
            if (exit !== 0) assert.match(stderr, /unsupported certificate purpose|unsuitable/);
            const what = `${name}: ${text(leaf)} below ${text(middle)}`;
            assert.equal(await weAccept(chain, purpose), exit === 0, what);
          }
        }
      }),
  });
}
