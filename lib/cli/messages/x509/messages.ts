/** Texts for problems with certificates and keys. The file is named by `UnusableFileError`. */
import {
  type BadDerError,
  type BadPemError,
  type Certificate,
  formatName,
  type NameConstraintError,
  type NotPemError,
  type PurposeNotAllowedError,
  type UnexpectedPemBlockError,
} from "../../../x509/mod.ts";
import type * as errors from "../../../x509/errors.ts";
import type * as chainErrors from "../../../x509/verify/chain_errors.ts";
import { formatTime } from "../../../system/mod.ts";
import type { ErrorsOf, MessageTable, Text } from "../message.ts";
import { correctNameText } from "./correct_name.ts";
import {
  certificateProblems,
  crlProblems,
  derProblems,
  describeUnsupportedKey,
  formatExtensions,
  formatPurposes,
  nameConstraintProblems,
  nameProblems,
  pemProblems,
  privateKeyProblems,
  requestProblems,
  sanProblems,
} from "./problems.ts";

/** A text for every error of `lib/x509`. */
export const x509Messages: MessageTable<ErrorsOf<typeof errors & typeof chainErrors>> = {
  "not-pem": describeNotPem,
  "bad-pem": describeBadPem,
  "pem-too-large": ({ limit }) => `larger than the limit of ${limit / 1024} KiB`,
  "too-many-pem-blocks": ({ limit }) => `contains more than ${limit} PEM blocks`,
  "unexpected-pem-block": describeUnexpectedBlock,
  "bad-der": describeBadDer,
  "truncated-der": ({ offset }) => ({
    message: `truncated: the value at byte ${offset} extends beyond the end`,
    hint: "Copy the file again, and compare its size.",
  }),
  "bad-certificate": ({ problem }) =>
    `not a valid certificate (RFC 5280): ${certificateProblems[problem]}`,
  "several-certificates": ({ count }) => `contains ${count} certificates, expected one`,
  "no-private-key": () => "contains no private key",
  "several-private-keys": ({ count }) => ({
    message: `contains ${count} private keys, expected one`,
    hint: "Leave only the key of the new certificate in the file.",
  }),
  "encrypted-private-key": () => ({
    message:
      "the private key is encrypted: certswap runs unattended and cannot ask for a passphrase",
    hint: "Decrypt it first: (umask 077; openssl pkey -in FILE -out DECRYPTED)",
  }),
  "unsupported-key": ({ key }) => ({
    message: `unsupported key: ${describeUnsupportedKey(key)}`,
    hint: "Use an EC key (P-256, P-384, P-521), an RSA key, or an Ed25519 key.",
  }),
  "weak-key": ({ bits, minimum }) =>
    `an RSA key of ${bits} bits is too short, expected at least ${minimum} bits`,
  "bad-private-key": ({ problem }) => `not a usable private key: ${privateKeyProblems[problem]}`,
  "chain-issuer-not-found": ({ certificate }) => ({
    message: `the chain does not lead to a trust anchor: no certificate found for '${
      formatName(certificate.issuer)
    }', the issuer of ${naming(certificate)}`,
    hint:
      "Add the missing CA certificates after the leaf, or give the right trust anchor with --trust.",
  }),
  "chain-bad-signature": ({ certificate, issuer }) => ({
    message: `the signature on ${naming(certificate)} was not made with the key of ${
      naming(issuer)
    }`,
    hint:
      "Check that these certificates belong to the same CA, and not to another CA with the same name.",
  }),
  "chain-refused-signature-algorithm": ({ certificate, algorithm }) =>
    `${naming(certificate)} is signed with ${algorithm}, which is broken or not supported`,
  "chain-expired": ({ certificate }) => ({
    message: `${naming(certificate)} in the chain expired at ${formatTime(certificate.notAfter)}`,
    hint: "Check this device's clock (date). If it is right, get a new chain from the CA.",
  }),
  "chain-not-yet-valid": ({ certificate }) => ({
    message: `${naming(certificate)} in the chain is not valid before ${
      formatTime(certificate.notBefore)
    }`,
    hint:
      "Check this device's clock (date). If it is right, wait, or get another chain from the CA.",
  }),
  "chain-not-an-authority": ({ certificate }) =>
    `${naming(certificate)} has issued a certificate but is not a CA`,
  "chain-may-not-sign": ({ certificate }) =>
    `${naming(certificate)} has issued a certificate but its keyUsage does not allow that`,
  "chain-path-length": ({ certificate, limit }) =>
    `${naming(certificate)} allows at most ${limit} CAs below it, but there are more`,
  "chain-unknown-critical-extension": ({ certificate, extensions }) =>
    `${naming(certificate)} has an unsupported critical extension: ${formatExtensions(extensions)}`,
  "chain-unusable-issuer-key": ({ certificate }) =>
    `the key of ${naming(certificate)} is too weak or not supported`,
  "chain-too-long": ({ certificate }) =>
    `the chain of ${naming(certificate)} is too long, or has too many branches`,
  "chain-purpose-not-allowed": describePurposeNotAllowed,
  "chain-unsuitable-key-usage": ({ certificate, keyUsage, suitable }) => ({
    message: `the keyUsage of ${naming(certificate)} (${keyUsage.join(", ")}) does not allow ` +
      `its purpose, which needs ${suitable.join(" or ")}`,
    hint: "Get a certificate with that keyUsage, or with none.",
  }),
  "chain-name-constraint": ({ certificate, authority, constrained, problem }) => ({
    message: `${naming(certificate)} has the name ${constrained}, which the name constraints of ${
      naming(authority)
    } ${constraintProblems[problem]}`,
    hint: "Get the certificate from a CA that may certify this name.",
  }),
  "chain-bad-name-constraints": ({ certificate }) =>
    `the name constraints of ${naming(certificate)} are malformed`,
  "chain-too-many-names": ({ certificate }) =>
    `${naming(certificate)} has too many names, or too many constraints apply to them`,
  "chain-version-one": ({ certificate }) => ({
    message: `${naming(certificate)} is a version 1 certificate, which has no names to check`,
    hint: "Give the server a version 3 certificate with its name as an alternative name.",
  }),
  "chain-host-mismatch": ({ certificate, host }) => ({
    message: `${naming(certificate)} does not have ${host} as an alternative name`,
    hint: "Connect with a name that is in the certificate, or get a certificate with this name.",
  }),
  "invalid-distinguished-name": ({ written, position, reason, attribute }) => ({
    message: `--subject: '${written}' is not a distinguished name: ${nameProblems[reason]}${
      attribute === undefined ? "" : ` (${attribute})`
    }${reason === "name-missing" ? "" : `, at character ${position + 1}`}`,
    hint: "Write it like CN=My Root CA,O=My Org,C=US. Write a comma inside a value as \\,",
  }),
  "invalid-alternative-name": (error) => alternativeNameText(error, "--san"),
  "invalid-name-constraint": ({ written, reason }) => ({
    message: `invalid name constraint '${written}': ${nameConstraintProblems[reason]}`,
    hint: "Write DNS:fleet.example, IP:10.0.0.0/8, email:a.example or URI:host.example.",
  }),
  "bad-request": ({ problem }) => `not a valid request (RFC 2986): ${requestProblems[problem]}`,
  "bad-crl": ({ problem }) => `not a valid CRL (RFC 5280): ${crlProblems[problem]}`,
};

/** The text for a wrong alternative name. @param flag what it was given with. */
export function alternativeNameText(
  { written, reason }: errors.InvalidAlternativeNameError,
  flag: string,
): { readonly message: string; readonly hint: string } {
  const correct = correctNameText(written);
  return {
    message:
      `${flag}: invalid SAN${written === "" ? "" : ` '${written}'`}: ${sanProblems[reason]}` +
      (correct === undefined ? "" : `; ${correct}`),
    hint: "Write DNS:a.example,IP:192.0.2.1,URI:https://a.example/,email:a@b.example. " +
      "Write a comma inside a name as \\,",
  };
}

const naming = ({ subject }: Certificate): string => `'${formatName(subject)}'`;

const constraintProblems: Readonly<Record<NameConstraintError["problem"], string>> = {
  "not-permitted": "do not permit",
  "excluded": "exclude",
  "unsupported": "restrict in a way that certswap cannot check",
};

function describePurposeNotAllowed({ certificate, purposes }: PurposeNotAllowedError): Text {
  const { extKeyUsage } = certificate;
  const found = extKeyUsage === undefined
    ? "no extendedKeyUsage, which counts as serverAuth and clientAuth"
    : `extendedKeyUsage: ${formatPurposes(extKeyUsage)}`;
  return {
    message: `${naming(certificate)} does not allow ${formatPurposes(purposes)} (${found})`,
    hint:
      "If the pair has another purpose, set it with --purpose NAME or purposes = [...] in the configuration.",
  };
}

function describeNotPem({ found }: NotPemError): Text {
  switch (found) {
    case "nothing":
      return "the file is empty";
    case "der":
      return {
        message: "not PEM: it looks like DER, the binary form",
        hint: "Convert it: openssl x509 -inform DER -in FILE -out FILE.pem " +
          "(for a key: openssl pkey)",
      };
    case "pkcs12":
      return {
        message:
          "not PEM: it looks like PKCS#12 (.p12, .pfx), which contains a certificate and its key",
        hint: "Give it to swap or stage as it is: --new-pkcs12 FILE --password-file FILE. " +
          "For other commands, split it: (umask 077; openssl pkcs12 -in FILE -nodes -nocerts -out key.pem; " +
          "openssl pkcs12 -in FILE -nokeys -clcerts -out cert.pem; " +
          "openssl pkcs12 -in FILE -nokeys -cacerts >> cert.pem). " +
          "If OpenSSL 3 reports an unsupported algorithm, add -legacy.",
      };
    case "pkcs7":
      return {
        message: "not PEM: it looks like PKCS#7 (.p7b, .p7c), which contains certificates",
        hint: "Convert it: openssl pkcs7 -inform DER -in FILE -print_certs -out cert.pem",
      };
    case "binary":
      return "not PEM: it contains binary data";
    case "text":
      return {
        message: "not PEM: it contains no line '-----BEGIN ...-----'",
        hint: "Check that this is the right file.",
      };
  }
}

function describeBadDer({ offset, problem, types }: BadDerError): Text {
  const detail = types && `: ${hex(types.found)}, expected ${hex(types.wanted)}`;
  return {
    message: `malformed DER at byte ${offset}: ${derProblems[problem]}${detail ?? ""}`,
    hint: "Copy the file again, or have it created again.",
  };
}

function describeUnexpectedBlock({ label, wanted }: UnexpectedPemBlockError): Text {
  const isCertificate = wanted === "certificate";
  return {
    message: `expected ${isCertificate ? "a certificate" : "a private key"}, ` +
      `found a PEM block '${label}'`,
    hint: label === "PKCS7" || label === "CMS"
      ? "Convert it: openssl pkcs7 -in FILE -print_certs -out cert.pem"
      : isCertificate && label.endsWith("PRIVATE KEY")
      ? "Check that certificate and key are not mixed up: a certificate file must not contain a key."
      : isCertificate && label.endsWith("CERTIFICATE REQUEST")
      ? "Give the certificate that the CA issued for this request."
      : isCertificate
      ? "Give a file with certificates only: openssl x509 -in FILE -out cert.pem keeps the first."
      : label.endsWith("CERTIFICATE")
      ? "Check that certificate and key are not mixed up: a key file contains only one private key."
      : "Give a file with one private key only.",
  };
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, "0")}`;

function describeBadPem({ line, problem }: BadPemError): Text {
  return {
    message: `malformed PEM in line ${line}: ${pemProblems[problem]}`,
    hint: problem === "unterminated"
      ? "Copy the file again, and compare its size."
      : "Copy the file again, or have it created again.",
  };
}
