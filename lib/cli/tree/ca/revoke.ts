/** `certswap ca revoke`: its documentation, flags and permissions. */
import { type RevocationReason, revocationReasons } from "../../../x509/mod.ts";
import {
  caLockTimeoutFlag,
  certificateArgument,
  command,
  dataDirectoryFlag,
  jsonFlag,
} from "../../declaration/mod.ts";
import { alternatives } from "../../text.ts";
import { changesCa } from "../needs.ts";

const reasons = Object.keys(revocationReasons) as RevocationReason[];

/** `certswap ca revoke`. */
export const revoke = /* @__PURE__ */ command({
  documentation: {
    usage: "SERIAL|FILE [FLAGS]",
    brief: "Revoke a certificate permanently",
    description: [
      "Marks a certificate as revoked. Clients learn about it from the next CRL: run 'certswap ca crl', " +
      "unless 'certswap ca serve' is running.",
      "Select the certificate by its serial number in any spelling (02, 0x2, 00:02), or by a file that " +
      "contains it. Expired certificates can also be revoked.",
      `REASON is ${alternatives(reasons)}.`,
    ],
    examples: [
      { input: "certswap ca revoke 02 --reason keyCompromise", does: "A key was stolen" },
      { input: "certswap ca revoke ./meter-17.pem", does: "By the certificate itself" },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      reason: {
        kind: "enum",
        values: reasons,
        optional: true,
        placeholder: "REASON",
        brief: "The reason for the revocation (else reason of ca.toml, or unspecified)",
      },
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "tuple",
      parameters: [
        certificateArgument(
          "A serial number in hexadecimal, or a certificate (PEM; - is standard input)",
        ),
      ],
    },
  },
  needs: changesCa,
  load: () => import("../../commands/ca/revoke.ts"),
});
