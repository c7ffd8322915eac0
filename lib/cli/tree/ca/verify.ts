/** `certswap ca verify`: its documentation, flags and permissions. */
import { command, dataDirectoryFlag, inputArgument, jsonFlag } from "../../declaration/mod.ts";
import { readsCa } from "../needs.ts";

/** `certswap ca verify`. */
export const verify = /* @__PURE__ */ command({
  documentation: {
    usage: "CERT-FILE [FLAGS]",
    brief: "Verify that a certificate is this CA's, and good",
    description: [
      "Verifies signature, dates and, by the last CRL, revocation. Exits 1 where one is not as it " +
      "should be. Reads only.",
    ],
    examples: [{ input: "certswap ca verify device.pem", does: "Is it good now?" }],
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
