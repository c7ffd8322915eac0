/** `certswap ca sign`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  directory,
  inputArgument,
  jsonFlag,
  lockTimeoutFlag,
  passphraseFlags,
  toggle,
  validityFlag,
} from "../../declaration/mod.ts";
import { signsWithCa } from "../needs.ts";

/** `certswap ca sign`. */
export const sign = /* @__PURE__ */ command({
  documentation: {
    usage: "(CSR-FILE... | --from DIR) [FLAGS]",
    brief: "Sign certificate requests",
    description: [
      "Checks the key, the signature and the names of every request, then signs all of them as one change. " +
      "If one request is bad, nothing is signed, unless --skip-bad is given.",
      "The subject and the alternative names are copied from the request; everything else is set by the " +
      "CA. A certificate never expires later than the CA's own.",
    ],
    examples: [
      { input: "certswap ca sign device.csr", does: "Sign one request, valid for a year" },
      {
        input: "certswap ca sign --from requests --validity 90 --skip-bad",
        does: "Sign all good requests in requests/*.csr",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...validityFlag("365"),
      from: directory("Sign every *.csr in this directory"),
      skipBad: toggle("Skip bad requests, with a warning"),
      ...passphraseFlags,
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "array",
      parameter: inputArgument(
        "CSR-FILE",
        "A certificate request (PKCS #10, PEM; - is standard input)",
      ),
    },
  },
  needs: signsWithCa,
  load: () => import("../../commands/ca/sign.ts"),
});
