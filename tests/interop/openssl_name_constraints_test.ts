/** Compares the matrix of name constraints with `openssl verify`, an independent implementation. */
import assert from "node:assert/strict";
import { booleanTrue, sequence } from "../../lib/x509/encoding/der_writer.ts";
import { join } from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { rawExtension, rawName } from "../x509/raw_certificate.ts";
import {
  describeCase,
  encodeAlternatives,
  encodeConstraints,
  encodeSubject,
  type NameConstraintCase,
  nameConstraintCases,
} from "../x509/verify/name_constraint_cases.ts";
import { generateKeys, publicKeyOf, signed } from "./signed_certificates.ts";
import { interopTest, tryTool } from "./tools.ts";

/** Whether OpenSSL accepts a leaf with a row's names below a root with its constraints. */
async function opensslAccepts(row: NameConstraintCase, root: string): Promise<boolean> {
  const keys = await generateKeys();
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
  // Inside the validity period of raw certificates.
  const at = String(Date.parse("2026-06-01T00:00:00Z") / 1000);
  const { exit, stdout, stderr } = await tryTool(
    "openssl",
    ...["verify", "-attime", at, "-CAfile", anchorPath, leafPath],
  );
  // It may refuse names only: X509_V_ERR_PERMITTED_VIOLATION to _SUBTREE_MINMAX and _UNSUPPORTED_*, in
  // openssl-verify(1).
  if (exit !== 0) {
    assert.match(
      stdout + stderr,
      /permitted subtree violation|excluded subtree violation|name constraint|unsupported or invalid name/,
    );
  }
  return exit === 0;
}

for (const row of nameConstraintCases) {
  interopTest(`OpenSSL on name constraints: ${describeCase(row)}`, {
    tools: ["openssl"],
    run: () =>
      withTemporaryDirectory(async (root) => {
        const isAccepted = await opensslAccepts(row, root);
        // If a row differs from OpenSSL, ours is stricter, and the row says why.
        const expected = row.unlikeOpenssl !== undefined || row.expected === "accepted";
        assert.equal(isAccepted, expected);
      }),
  });
}
