/** `certswap ca revoke`: its documentation, flags and permissions. */
import { type RevocationReason, revocationReasons } from "../../../x509/mod.ts";
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  jsonFlag,
  serialArgument,
} from "../../declaration/mod.ts";
import { alternatives } from "../../text.ts";
import { changesCa } from "../needs.ts";

const reasons = Object.keys(revocationReasons) as RevocationReason[];

/** `certswap ca revoke`. */
export const revoke = /* @__PURE__ */ command({
  documentation: {
    usage: "SERIAL [FLAGS]",
    brief: "Revoke a certificate permanently",
    description: [
      "Marks a certificate as revoked. Run 'certswap ca crl' afterwards: clients learn about it from the " +
      "next CRL.",
      `REASON is ${alternatives(reasons)}.`,
    ],
    examples: [{ input: "certswap ca revoke 02 --reason keyCompromise", does: "A key was stolen" }],
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
      parameters: [serialArgument("The serial number, in hexadecimal")],
    },
  },
  needs: changesCa,
  load: () => import("../../commands/ca/revoke.ts"),
});
