/** Texts for encryption with a password, PKCS#12 files, and copies of a pair. */
import type * as outputErrors from "../../../device/output/errors.ts";
import type * as encryptionErrors from "../../../protocol/pbes2/errors.ts";
import type * as errors from "../../../protocol/pkcs12/errors.ts";
import { counted } from "../../text.ts";
import type { ErrorsOf, MessageTable, Text } from "../message.ts";

type Pkcs12Errors = ErrorsOf<typeof errors & typeof encryptionErrors & typeof outputErrors>;

/** A text for every error of encryption with a password, of PKCS#12, and of `certswap export`. */
export const pkcs12Messages: MessageTable<Pkcs12Errors> = {
  "not-pkcs12": ({ found }) => notPkcs12[found],
  "bad-pkcs12": ({ problem }) => ({
    message: `not a usable PKCS#12 file: ${problems[problem]}`,
    hint: problem === "cannot-decrypt"
      ? "Export the file again, with one password for all of it."
      : "Copy the file again and compare its size, or have it exported again.",
  }),
  "pkcs12-wrong-password": ({ isEmpty, hasMac }) => ({
    message: `wrong password${isEmpty ? ": the first line of the password file is empty" : ""}${
      hasMac ? "" : ", or the file is corrupt (it has no MAC to tell which)"
    }`,
    hint: "The password is the first line of --password-file, including spaces. To try it: " +
      "openssl pkcs12 -in FILE -noout -passin file:PASSWORD-FILE",
  }),
  "unsupported-pkcs12": ({ algorithm, use }) => ({
    message: use === "encryption"
      ? `encrypted with ${algorithm}, which certswap cannot decrypt`
      : `protected by ${algorithm}, which certswap cannot verify`,
    hint:
      "Convert it with OpenSSL 3: (umask 077; openssl pkcs12 -legacy -in FILE -nodes -out PAIR.pem " +
      "&& openssl pkcs12 -export -in PAIR.pem -out NEW.p12; rm PAIR.pem)",
  }),
  "pkcs12-too-many-iterations": ({ limit }) => ({
    message: `needs more iterations to derive its key than the limit of ${
      limit.toLocaleString("en")
    }`,
    hint: "Export the file again with fewer: openssl pkcs12 -export -iter 100000 ...",
  }),
  "pkcs12-without-key": ({ certificates }) => ({
    message: `contains no private key, only ${counted(certificates, "certificate")}`,
    hint:
      "Export the certificate together with its key: in Windows, 'Yes, export the private key'.",
  }),
  "pkcs12-several-keys": ({ count, names }) => ({
    message: `contains ${count} private keys, expected one`,
    details: names.slice(0, 16),
    hint: "Export one of them into a file of its own: keytool -importkeystore -srcalias NAME ...",
  }),
  "pkcs12-without-certificate": ({ certificates }) => ({
    message: `contains a private key, but not its certificate (${
      certificates === 0 ? "no certificate" : `only ${counted(certificates, "other certificate")}`
    })`,
    hint: "Export the certificate that was issued for this key together with it.",
  }),
  "bad-pbes2": ({ problem }) =>
    `the parameters of its encryption are invalid: ${parameterProblems[problem]}`,
  "unsupported-pbes2": ({ algorithm }) =>
    `encrypted with ${algorithm}, which certswap cannot decrypt`,
  "pbes2-too-much-work": ({ what, limit }) =>
    what === "memory"
      ? `needs more memory to derive its key than the limit of ${limit / 1024 / 1024} MiB`
      : `needs more ${
        what === "rounds" ? "rounds" : "scrypt blocks"
      } to derive its key than the limit of ${limit.toLocaleString("en")}`,
  "cannot-decrypt": () => "the passphrase is wrong, or the data is corrupt",
  "nothing-to-export": ({ certificate, cause }, describe) => {
    if (cause === undefined) {
      return {
        message: `cannot export the pair: ${certificate} and its key do not exist`,
        hint: "Check the path, or install a first pair with 'certswap swap'.",
      };
    }
    const { message, details = [] } = describe(cause);
    return {
      message: `cannot export the pair: ${message}`,
      details,
      hint: "Swap in a working pair first: certswap swap --new-cert FILE --new-key FILE",
    };
  },
  "output-in-the-way": ({ path, use }) => ({
    message: `cannot write the copy to ${path}: ${usesOfFiles[use]}`,
    hint: "Give another file with --out.",
  }),
  "empty-output": ({ certificate }) => ({
    message: `nothing to write: ${certificate} has no intermediates`,
    hint: "Use --contains chain to write the certificate as well.",
  }),
};

const notPkcs12: Readonly<Record<errors.NotPkcs12Error["found"], Text>> = {
  "nothing": "the file is empty",
  "pem": {
    message: "a PEM file, not PKCS#12",
    hint: "Give PEM files with --new-cert and --new-key.",
  },
  "base64": {
    message: "PKCS#12 in base64, not in binary",
    hint: "Decode it: (umask 077; base64 -d FILE > FILE.p12)",
  },
  "pkcs7": {
    message: "not PKCS#12 but PKCS#7, which contains certificates without a key",
    hint:
      "Convert it to PEM, and give it with its key: openssl pkcs7 -inform DER -in FILE -print_certs",
  },
  "java-keystore": {
    message: "a Java keystore (JKS), not PKCS#12",
    hint: "Convert it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 " +
      "-deststoretype pkcs12",
  },
  "certificate": {
    message: "not PKCS#12 but a certificate or a key in binary form (DER)",
    hint: "Convert it to PEM: openssl x509 -inform DER -in FILE -out FILE.pem",
  },
  "other": "not a PKCS#12 file",
};

const problems: Readonly<Record<errors.Pkcs12Problem, string>> = {
  "version": "its version is not 3",
  "salt-length": "a salt is empty or too long",
  "key-length": "the length of a key does not match its algorithm",
  "iv-length": "the initialization vector of a cipher has the wrong length",
  "iteration-count": "an iteration count is zero",
  "encrypted-data-version": "an encrypted part has an unknown version",
  "too-many-bags": "it has more parts than certswap reads",
  "bags-nested-too-deep": "its parts are nested too deep",
  "too-many-certificates": "it has more certificates than certswap reads",
  "cannot-decrypt": "the password matches, but a part is encrypted with another one, or corrupt",
};

const parameterProblems: Readonly<Record<encryptionErrors.Pbes2Problem, string>> = {
  "salt-length": "the salt is empty or too long",
  "key-length": "the length of the key does not match its algorithm",
  "iv-length": "the initialization vector has the wrong length",
  "iteration-count": "the number of rounds is zero",
  "scrypt-parameters": "the scrypt parameters are invalid",
};

const usesOfFiles: Readonly<Record<outputErrors.OutputInTheWayError["use"], string>> = {
  "pair": "it is a file of the pair itself",
  "trust": "it is the file of trust anchors",
  "password": "it is the password file",
};
