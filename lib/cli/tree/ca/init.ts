/** `certswap ca init`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  caValidityFlag,
  command,
  dataDirectoryFlag,
  directory,
  jsonFlag,
  optionalKeyAlgorithmFlag,
  outputFileFlag,
  passphraseFlags,
  signerPassphraseFlags,
  storeFlag,
  subjectFlag,
  toggle,
} from "../../declaration/mod.ts";
import { signsWithCa } from "../needs.ts";

/** `certswap ca init`. */
export const init = /* @__PURE__ */ command({
  documentation: {
    usage: "--subject DN [--signed-by DIR | --request FILE] [FLAGS]",
    brief: "Create a CA: a key, a certificate, an empty index",
    description: [
      "Creates a CA in the data directory, and the directory itself if it is missing. An existing CA is " +
      "never overwritten.",
      "Without --signed-by and --request it is a root, which signs its own certificate. With --signed-by " +
      "it is an intermediate, signed by a CA on this machine; if that is interrupted, the same command " +
      "continues. With --request only the key and a request are created: have the request signed, then " +
      "run 'certswap ca activate CERT-FILE'.",
      "--store sqlite keeps everything that the CA issues in the database ca.db in the data directory. " +
      "Choose it if you expect more than about 10,000 certificates. --store postgres keeps it on a " +
      "PostgreSQL server ('certswap ca schema' prints the tables). In a database, serial numbers are " +
      "random, unless ca.toml says otherwise.",
      "Only its owner can read the private key. With --encrypt-key, the key is encrypted: the passphrase " +
      "comes from --passphrase-file or --passphrase-fd, else from the systemd credential ca-passphrase, " +
      "else certswap asks for it twice on the terminal.",
    ],
    examples: [
      {
        input: "certswap ca init --subject 'CN=My Root CA,O=My Org,C=US'",
        does: "Create a CA in ./ca-data, valid for ten years",
      },
      {
        input: "certswap ca init --subject 'CN=Fleet CA' --data-dir fleet --signed-by root",
        does: "Create an intermediate of the CA in ./root",
      },
      {
        input: "certswap ca init --subject 'CN=Fleet CA' --request fleet.csr",
        does: "Create a request for an external CA, or for an offline root",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...subjectFlag,
      ...optionalKeyAlgorithmFlag,
      ...caValidityFlag,
      signedBy: directory("Create an intermediate, signed by the CA in this data directory"),
      profile: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "NAME",
        brief: "With --signed-by: a profile of that CA (default: intermediate)",
      },
      request: outputFileFlag(
        "Create only the key, and write a request for the certificate (- is standard output)",
      ),
      ...storeFlag,
      encryptKey: toggle("Encrypt the private key with a passphrase"),
      ...passphraseFlags,
      ...signerPassphraseFlags,
      force: toggle("Continue even if the clock shows a time before this certswap was built"),
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  load: () => import("../../commands/ca/init.ts"),
});
