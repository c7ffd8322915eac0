/** `certswap ca init`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  keyAlgorithmFlag,
  lockTimeoutFlag,
  passphraseFlags,
  subjectFlag,
  toggle,
  validityFlag,
} from "../../declaration/mod.ts";
import { signsWithCa } from "../needs.ts";

/** `certswap ca init`. */
export const init = /* @__PURE__ */ command({
  documentation: {
    usage: "--subject DN [FLAGS]",
    brief: "Create a CA: a key, a root certificate, an empty index",
    description: [
      "Creates a CA in the data directory, and the directory itself if it is missing. An existing CA is " +
      "never overwritten.",
      "Only its owner can read the private key. It is not encrypted, unless --encrypt-key is given: then " +
      "the passphrase comes from --passphrase-file or --passphrase-fd, else from the systemd credential " +
      "ca-passphrase, else from the terminal, which asks twice.",
    ],
    examples: [
      {
        input: "certswap ca init --subject 'CN=My Root CA,O=My Org,C=US'",
        does: "Create a CA in ./ca-data, valid for ten years",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...subjectFlag,
      ...keyAlgorithmFlag,
      ...validityFlag("3650"),
      encryptKey: toggle("Encrypt the private key with a passphrase"),
      ...passphraseFlags,
      force: toggle("Accept a clock that is earlier than the build of certswap"),
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  load: () => import("../../commands/ca/init.ts"),
});
