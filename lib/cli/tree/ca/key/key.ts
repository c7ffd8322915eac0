/** `certswap ca key`: how the CA's private key is kept. */
import {
  command,
  dataDirectoryFlag,
  group,
  jsonFlag,
  lockTimeoutFlag,
  newPassphraseFlags,
  passphraseFlags,
} from "../../../declaration/mod.ts";
import { signsWithCa } from "../../needs.ts";

const encrypt = /* @__PURE__ */ command({
  documentation: {
    usage: "[--passphrase-file FILE | --passphrase-fd N] [FLAGS]",
    brief: "Encrypt the private key with a passphrase",
    description: [
      "Encrypts ca.key: PKCS#8 with PBES2 (PBKDF2 with 600,000 rounds of HMAC-SHA-256, AES-256-CBC), " +
      "which OpenSSL and GnuTLS can read. From then on, each signature needs the passphrase. Without it, " +
      "this CA cannot sign again: keep a copy of it in a safe place.",
      "The passphrase comes from the flags, else from the systemd credential ca-passphrase, else certswap " +
      "asks for it twice on the terminal.",
      "The file is replaced as one change, and no copy of the old file is kept. Its bytes may stay on the " +
      "disk until they are overwritten, and backups still have the unencrypted key.",
    ],
    examples: [{ input: "certswap ca key encrypt", does: "Ask for a new passphrase" }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...passphraseFlags, ...lockTimeoutFlag, ...jsonFlag },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/key/encrypt.ts"),
});

const decrypt = /* @__PURE__ */ command({
  documentation: {
    usage: "[--passphrase-file FILE | --passphrase-fd N] [FLAGS]",
    brief: "Store the private key unencrypted",
    description: [
      "Decrypts ca.key. After that, everyone who can read the file, or a backup of it, can sign.",
    ],
    examples: [{ input: "certswap ca key decrypt", does: "Ask for the passphrase" }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...passphraseFlags, ...lockTimeoutFlag, ...jsonFlag },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/key/decrypt.ts"),
});

const change = /* @__PURE__ */ command({
  documentation: {
    usage: "[--new-passphrase-file FILE | --new-passphrase-fd N] [FLAGS]",
    brief: "Change the passphrase of the private key",
    description: [
      "Encrypts ca.key with another passphrase. Copies of the file, such as backups, keep the old one.",
    ],
    examples: [{
      input: "certswap ca key change --passphrase-file OLD --new-passphrase-file NEW",
      does: "Replace the passphrase without a terminal",
    }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...passphraseFlags,
      ...newPassphraseFlags,
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/key/change.ts"),
});

/** `certswap ca key`. */
export const key = group({
  brief: "Encrypt or decrypt the CA's private key",
  description: [
    "The private key of a CA, ca.key, can be encrypted with a passphrase. 'certswap ca init " +
    "--encrypt-key' encrypts it from the start.",
  ],
  routes: { encrypt, decrypt, change },
  sections: [{ title: "Commands", commands: ["encrypt", "decrypt", "change"] }],
  examples: [{ input: "certswap ca key encrypt", does: "Encrypt the key of an existing CA" }],
});
