/** `certswap trust`: its documentation, flags and permissions. */
import {
  command,
  configFlag,
  group,
  jsonFlag,
  lockTimeoutFlag,
  pairName,
} from "../declaration/mod.ts";
import { rotatesPairs } from "./needs.ts";

const accept = /* @__PURE__ */ command({
  documentation: {
    usage: "FINGERPRINT [--name NAME] [FLAGS]",
    brief: "Trust a new root whose fingerprint you have checked",
    description: [
      "Reads the source of the trust bundle, and adds the root with this SHA-256 fingerprint to the " +
      "bundle. " +
      "'certswap rotate' adds a new root by itself only if a root that is already trusted certifies its " +
      "key. Any other root, and one that was removed before, needs this command. " +
      "After the change, the hooks run.",
      "Get the fingerprint from the operator of the CA, not from the server. This prints it on the CA's " +
      "machine: openssl x509 -in ca.crt -noout -fingerprint -sha256",
    ],
    examples: [
      {
        input: "certswap trust accept SHA256:4f1c... --name web",
        does: "Trust the new root of the pair's CA",
      },
    ],
  },
  needs: rotatesPairs,
  parameters: {
    flags: {
      name: pairName(
        "The pair with the trust bundle (not needed if only one pair has a trust bundle)",
      ),
      ...configFlag,
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        placeholder: "FINGERPRINT",
        brief: "64 hexadecimal digits, with or without colons and SHA256: in front",
      }],
    },
  },
  load: () => import("../commands/trust/accept.ts"),
});

/** `certswap trust`. */
export const trust = group({
  brief: "Decide which roots a device trusts",
  description: [
    "A trust bundle ([pair.NAME.trust_bundle]) is a file with the CA certificates that a device and its " +
    "services trust. 'certswap rotate' keeps it up to date; 'certswap status' shows what is in it.",
  ],
  routes: { accept },
  sections: [{ title: "Commands", commands: ["accept"] }],
  examples: [{ input: "certswap trust accept SHA256:4f1c...", does: "Trust a new root" }],
});
