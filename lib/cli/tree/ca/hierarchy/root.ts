/** `certswap ca root`: its commands, their documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  group,
  jsonFlag,
  lockTimeoutFlag,
  passphraseFlags,
  toggle,
  validityFlag,
} from "../../../declaration/mod.ts";
import { signsWithCa } from "../../needs.ts";

const renew = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Renew the certificate of a root, with the same key",
    description: [
      "Issues a new certificate for the root, with the same name and key, and the next serial number. " +
      "Everything that the CA has signed verifies against the old certificate and the new one. ca.crt is " +
      "the new one; the old one is kept in ca-previous.pem.",
      "Clients need the new certificate before the old one expires: install the output of 'ca " +
      "certificates' on them. An expired root can also be renewed.",
    ],
    examples: [{ input: "certswap ca root renew", does: "Ten more years, from now" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...validityFlag("3650"),
      force: toggle("Continue even if the clock shows a time before this certswap was built"),
      ...passphraseFlags,
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/hierarchy/root_renew.ts"),
});

/** `certswap ca root`. */
export const root = group({
  brief: "Renew the certificate of a root",
  description: [
    "A root signs its own certificate. Renew it before it expires, and install it on all clients.",
  ],
  routes: { renew },
  sections: [{ title: "Commands", commands: ["renew"] }],
  examples: [{ input: "certswap ca root renew", does: "Ten more years, from now" }],
});
