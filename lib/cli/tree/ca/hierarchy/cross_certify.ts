/** `certswap ca cross-certify`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  crossValidityFlag,
  dataDirectoryFlag,
  inputArgument,
  jsonFlag,
  passphraseFlags,
} from "../../../declaration/mod.ts";
import { signsWithCa } from "../../needs.ts";

/** `certswap ca cross-certify`. */
export const crossCertify = /* @__PURE__ */ command({
  documentation: {
    usage: "CERT-FILE [FLAGS]",
    brief: "Certify the key of another root, so that one root can replace another",
    description: [
      "Issues a cross-certificate: it has the name and key of the root in CERT-FILE, signed by this CA. " +
      "Clients that trust this CA can then verify what the other root has signed. To replace a root, " +
      "cross-certify the new one with the old one, and the old one with the new one.",
      "The certificate is recorded like every other one, and can be revoked. It never expires later " +
      "than either root.",
    ],
    examples: [
      {
        input: "certswap ca cross-certify --data-dir old-root new-root/ca.crt",
        does: "Let clients of the old root trust the new one",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...crossValidityFlag,
      ...passphraseFlags,
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "tuple",
      parameters: [
        inputArgument("CERT-FILE", "The certificate of the other root (PEM; - is standard input)"),
      ],
    },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/hierarchy/cross_certify.ts"),
});
