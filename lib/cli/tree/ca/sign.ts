/** `certswap ca sign`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  directory,
  inputArgument,
  jsonFlag,
  lockTimeoutFlag,
  toggle,
  validityFlag,
} from "../../declaration/mod.ts";
import { changesCa } from "../needs.ts";

/** `certswap ca sign`. */
export const sign = /* @__PURE__ */ command({
  documentation: {
    usage: "(CSR-FILE... | --from DIR) [FLAGS]",
    brief: "Sign requests",
    description: [
      "Checks every request (its key, its own signature, its names), then signs all of them as one " +
      "change: where one is bad, nothing is signed, unless --skip-bad is given.",
      "Subject and alternative names are copied; everything else is the CA's to say. A certificate " +
      "never outlives the CA's own.",
    ],
    examples: [
      { input: "certswap ca sign device.csr", does: "One certificate, for a year" },
      {
        input: "certswap ca sign --from requests --validity 90 --skip-bad",
        does: "All requests/*.csr that are good",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...validityFlag("365"),
      from: directory("Sign every *.csr in this directory"),
      skipBad: toggle("Leave out bad requests, with a warning"),
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "array",
      parameter: inputArgument("CSR-FILE", "A request (PKCS #10, PEM; - is standard input)"),
    },
  },
  needs: changesCa,
  load: () => import("../../commands/ca/sign.ts"),
});
