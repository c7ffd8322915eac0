/** `certswap ca intermediate`: its commands, their documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  group,
  jsonFlag,
  outputFile,
  outputFileFlag,
  passphraseFlags,
} from "../../../declaration/mod.ts";
import { signsWithCa } from "../../needs.ts";

const request = /* @__PURE__ */ command({
  documentation: {
    usage: "[--out FILE] [FLAGS]",
    brief: "Create a request to renew an intermediate, with the same key",
    description: [
      "Prints a certificate request with the name and the key of this intermediate. Have it signed by the " +
      "issuing CA, then install the new certificate with 'ca activate'. Everything that this CA has signed " +
      "stays valid.",
      "Changes nothing in the data directory. A file is never overwritten.",
    ],
    examples: [
      { input: "certswap ca intermediate request --out inter.csr", does: "For the offline root" },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      out: outputFileFlag("Write it to this new file instead (- is standard output)"),
      ...passphraseFlags,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  onlyLooks: ({ out }) => outputFile(out) === undefined,
  load: () => import("../../../commands/ca/hierarchy/intermediate_request.ts"),
});

/** `certswap ca intermediate`. */
export const intermediate = group({
  brief: "Renew the certificate of an intermediate",
  description: [
    "Another CA signs the certificate of an intermediate. To renew it: create a request with the same key, " +
    "have it signed, and install the new certificate with 'ca activate'.",
  ],
  routes: { request },
  sections: [{ title: "Commands", commands: ["request"] }],
  examples: [
    { input: "certswap ca intermediate request --out inter.csr", does: "For the offline root" },
  ],
});
