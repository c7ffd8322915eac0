/** The matrix of name constraints, held against `openssl verify`, which nobody here has written. */
import assert from "node:assert/strict";
import {
  bitString,
  booleanTrue,
  type Bytes,
  sequence,
} from "../../lib/x509/encoding/der_writer.ts";
import { join } from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/mod.ts";
import { readCertificate } from "../../lib/x509/read/certificate.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import {
  ed25519,
  rawCertificate,
  rawExtension,
  type RawFields,
  rawName,
} from "../x509/raw_certificate.ts";
import {
  describeCase,
  encodeAlternatives,
  encodeConstraints,
  encodeSubject,
  type NameConstraintCase,
  nameConstraintCases,
} from "../x509/verify/name_constraint_cases.ts";
import { interopTest, tryTool } from "./tools.ts";

const generate = async (): Promise<CryptoKeyPair> =>
  await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]) as CryptoKeyPair;

/** A certificate that is signed. */
async function signed(fields: RawFields, { privateKey }: CryptoKeyPair): Promise<Bytes> {
  const { tbs } = readCertificate(rawCertificate(fields));
  const signature = await crypto.subtle.sign({ name: "Ed25519" }, privateKey, tbs);
  return rawCertificate({ ...fields, signature: bitString(new Uint8Array(signature)) });
}

const publicKeyOf = async ({ publicKey }: CryptoKeyPair): Promise<Bytes> =>
  sequence(ed25519, bitString(new Uint8Array(await crypto.subtle.exportKey("raw", publicKey))));

/** What OpenSSL says of a leaf with a row's names below a root with its constraints. */
async function opensslAccepts(row: NameConstraintCase, root: string): Promise<boolean> {
  const keys = await generate();
  const publicKey = await publicKeyOf(keys);
  const issuer = rawName("Root");
  const isAuthority = rawExtension("2.5.29.19", sequence(booleanTrue()), { critical: true });
  const constraints = rawExtension("2.5.29.30", encodeConstraints(row), { critical: true });
  const [anchor, leaf] = [
    await signed(
      { subject: issuer, issuer, publicKey, extensions: [isAuthority, constraints] },
      keys,
    ),
    await signed(
      { subject: encodeSubject(row), issuer, publicKey, extensions: encodeAlternatives(row) },
      keys,
    ),
  ];
  const [anchorPath, leafPath] = [join(root, "root.pem"), join(root, "leaf.pem")];
  Deno.writeTextFileSync(anchorPath, writePem("CERTIFICATE", anchor));
  Deno.writeTextFileSync(leafPath, writePem("CERTIFICATE", leaf));
  // Within the validity of raw certificates.
  const at = String(Date.parse("2026-06-01T00:00:00Z") / 1000);
  const { exit, stdout, stderr } = await tryTool(
    "openssl",
    ...["verify", "-attime", at, "-CAfile", anchorPath, leafPath],
  );
  // Nothing but names may be what it refuses: X509_V_ERR_PERMITTED_VIOLATION to _SUBTREE_MINMAX and
  // _UNSUPPORTED_*, in openssl-verify(1).
  if (exit !== 0) {
    assert.match(
      stdout + stderr,
      /permitted subtree violation|excluded subtree violation|name constraint|unsupported or invalid name/,
    );
  }
  return exit === 0;
}

for (const row of nameConstraintCases) {
  interopTest(`OpenSSL, of name constraints: ${describeCase(row)}`, {
    tools: ["openssl"],
    run: () =>
      withTemporaryDirectory(async (root) => {
        const isAccepted = await opensslAccepts(row, root);
        // A row that is unlike OpenSSL is stricter, and says why.
        const expected = row.unlikeOpenssl !== undefined || row.expected === "accepted";
        assert.equal(isAccepted, expected);
      }),
  });
}
