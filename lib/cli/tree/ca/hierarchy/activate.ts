/** `certswap ca activate`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  inputArgument,
  inputFile,
  jsonFlag,
  lockTimeoutFlag,
  passphraseFlags,
} from "../../../declaration/mod.ts";
import { signsWithCa } from "../../needs.ts";

/** `certswap ca activate`. */
export const activate = /* @__PURE__ */ command({
  documentation: {
    usage: "CERT-FILE [--chain FILE] [FLAGS]",
    brief: "Install the certificate that another CA has signed for this one",
    description: [
      "Completes a CA that 'ca init --request' has created, with the certificate that the issuing CA has " +
      "signed for its key. Give the CA certificates up to the root in the same file, or in another file " +
      "with --chain. Everything is verified first.",
      "On a complete intermediate, installs a newer certificate for the same key, or newer CA " +
      "certificates for its chain. The old certificate is kept in ca-previous.pem.",
    ],
    examples: [
      {
        input: "certswap ca activate inter.pem --chain root.pem",
        does: "After the root has signed the request",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      chain: inputFile("The CA certificates up to the root, in any order"),
      ...passphraseFlags,
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "tuple",
      parameters: [
        inputArgument("CERT-FILE", "The certificate of this CA (PEM; - is standard input)"),
      ],
    },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/hierarchy/activate.ts"),
});
