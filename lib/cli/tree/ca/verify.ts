/** `certswap ca verify`: its documentation, flags and permissions. */
import { command, dataDirectoryFlag, inputArgument, jsonFlag } from "../../declaration/mod.ts";
import { readsCa } from "../needs.ts";

/** `certswap ca verify`. */
export const verify = /* @__PURE__ */ command({
  documentation: {
    usage: "CERT-FILE [FLAGS]",
    brief: "Verify a certificate against this CA",
    description: [
      "Verifies the signature, the dates and, with the last CRL, the revocation status. Exits with 1 if " +
      "the certificate is not valid. Changes nothing.",
    ],
    examples: [{
      input: "certswap ca verify device.pem",
      does: "Check whether a certificate is valid",
    }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [
        inputArgument("CERT-FILE", "A certificate (PEM; - is standard input)"),
      ],
    },
  },
  needs: readsCa,
  load: () => import("../../commands/ca/verify.ts"),
});
