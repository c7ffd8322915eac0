/** Texts for what is wrong with certificates and keys. They know no file: `UnusableFileError` says which. */
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
import {
  certificateProblems,
  crlProblems,
  derProblems,
  describeUnsupportedKey,
  formatExtensions,
  formatPurposes,
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
  "pem-too-large": ({ limit }) => `larger than the ${limit / 1024} KiB that certswap reads`,
  "too-many-pem-blocks": ({ limit }) => `more than ${limit} PEM blocks in one file`,
  "unexpected-pem-block": describeUnexpectedBlock,
  "bad-der": describeBadDer,
  "truncated-der": ({ offset }) => ({
    message: `cut off: the value at byte ${offset} goes on beyond the end`,
    hint: "Copy the file again, and compare its size.",
  }),
  "bad-certificate": ({ problem }) =>
    `not a certificate by RFC 5280: ${certificateProblems[problem]}`,
  "several-certificates": ({ count }) => `${count} certificates, where exactly one is meant`,
  "no-private-key": () => "no private key in it",
  "several-private-keys": ({ count }) => ({
    message: `${count} private keys, where exactly one is meant`,
    hint: "Leave only the key of the new certificate in the file.",
  }),
  "encrypted-private-key": () => ({
    message:
      "the private key is encrypted: certswap runs unattended and cannot ask for a passphrase",
    hint: "Decrypt it first: (umask 077; openssl pkey -in FILE -out DECRYPTED)",
  }),
  "unsupported-key": ({ key }) => ({
    message: `a key of a kind that certswap cannot use: ${describeUnsupportedKey(key)}`,
    hint: "Use an EC key (P-256, P-384, P-521), an RSA key, or an Ed25519 key.",
  }),
  "weak-key": ({ bits, minimum }) =>
    `an RSA key of ${bits} bits, where at least ${minimum} are needed`,
  "bad-private-key": ({ problem }) => `not a usable private key: ${privateKeyProblems[problem]}`,
  "chain-issuer-not-found": ({ certificate }) => ({
    message: `the chain does not lead to a trust anchor: nobody there is the issuer of ${
      naming(certificate)
    }, ${formatName(certificate.issuer)}`,
    hint: "Add the missing CA certificates after the leaf, or give the right anchor with --trust.",
  }),
  "chain-bad-signature": ({ certificate, issuer }) => ({
    message: `the signature on ${naming(certificate)} is not that of ${naming(issuer)}`,
    hint: "Are these CA certificates of the same CA, and not only of the same name?",
  }),
  "chain-refused-signature-algorithm": ({ certificate, algorithm }) =>
    `${naming(certificate)} is signed with ${algorithm}, which is broken or unknown`,
  "chain-expired": ({ certificate }) =>
    `${naming(certificate)} in the chain expired at ${formatTime(certificate.notAfter)}`,
  "chain-not-yet-valid": ({ certificate }) =>
    `${naming(certificate)} in the chain is valid only from ${formatTime(certificate.notBefore)}`,
  "chain-not-an-authority": ({ certificate }) =>
    `${naming(certificate)} has issued a certificate, and is not a CA`,
  "chain-may-not-sign": ({ certificate }) =>
    `${naming(certificate)} has issued a certificate, and its keyUsage does not allow it`,
  "chain-path-length": ({ certificate, limit }) =>
    `${naming(certificate)} allows ${limit} CAs below it, and there are more`,
  "chain-unknown-critical-extension": ({ certificate, extensions }) =>
    `${naming(certificate)} has a critical extension that is not processed: ${
      formatExtensions(extensions)
    }`,
  "chain-unusable-issuer-key": ({ certificate }) =>
    `the key of ${naming(certificate)} is too weak, or of a kind that cannot be used`,
  "chain-too-long": ({ certificate }) =>
    `the chain of ${naming(certificate)} is too long, or has too many branches`,
  "chain-purpose-not-allowed": describePurposeNotAllowed,
  "chain-unsuitable-key-usage": ({ certificate, keyUsage, suitable }) => ({
    message:
      `the keyUsage of ${naming(certificate)} (${keyUsage.join(", ")}) does not allow what ` +
      `its purpose takes: ${suitable.join(" or ")}`,
    hint: "Have the certificate issued with that keyUsage, or without any.",
  }),
  "chain-name-constraint": ({ certificate, authority, constrained, problem }) => ({
    message: `${naming(certificate)} has the name ${constrained}, which the name constraints of ${
      naming(authority)
    } ${constraintProblems[problem]}`,
    hint: "Have the certificate issued by a CA that may certify this name.",
  }),
  "chain-bad-name-constraints": ({ certificate }) =>
    `the name constraints of ${naming(certificate)} are malformed`,
  "chain-too-many-names": ({ certificate }) =>
    `${
      naming(certificate)
    } has more names, or there are more constraints on them, than certswap checks`,
  "invalid-distinguished-name": ({ written, position, reason, attribute }) => ({
    message: `--subject: '${written}' is not a distinguished name: ${nameProblems[reason]}${
      attribute === undefined ? "" : ` (${attribute})`
    }, at character ${position + 1}`,
    hint: "Write it as CN=My Root CA,O=My Org,C=US. A comma within a value is written \\,",
  }),
  "invalid-alternative-name": ({ written, reason }) => ({
    message: `--san: invalid SAN${written === "" ? "" : ` '${written}'`}: ${sanProblems[reason]}`,
    hint: "Write DNS:a.example,IP:192.0.2.1,URI:https://a.example/,email:a@b.example. " +
      "A comma within a name is written \\,",
  }),
  "bad-request": ({ problem }) => `not a request by RFC 2986: ${requestProblems[problem]}`,
  "bad-crl": ({ problem }) => `not a CRL by RFC 5280: ${crlProblems[problem]}`,
};

const naming = ({ subject }: Certificate): string => `'${formatName(subject)}'`;

const constraintProblems: Readonly<Record<NameConstraintError["problem"], string>> = {
  "not-permitted": "do not permit",
  "excluded": "exclude",
  "unsupported": "constrain in a way that certswap cannot check",
};

function describePurposeNotAllowed({ certificate, purposes }: PurposeNotAllowedError): Text {
  const { extKeyUsage } = certificate;
  const found = extKeyUsage === undefined
    ? "no extendedKeyUsage, which counts as serverAuth and clientAuth"
    : `extendedKeyUsage: ${formatPurposes(extKeyUsage)}`;
  return {
    message: `${naming(certificate)} does not allow ${formatPurposes(purposes)} (${found})`,
    hint:
      "If the pair is for something else, say so: --purpose NAME, or purposes = [...] in the configuration.",
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
          "not PEM: it looks like PKCS#12 (.p12, .pfx), which holds a certificate and its key",
        hint: "Split it: (umask 077; openssl pkcs12 -in FILE -nodes -nocerts -out key.pem; " +
          "openssl pkcs12 -in FILE -nokeys -clcerts -out cert.pem; " +
          "openssl pkcs12 -in FILE -nokeys -cacerts >> cert.pem). " +
          "If OpenSSL 3 reports an unsupported algorithm, add -legacy. Or give it to swap or stage " +
          "as it is: --new-pkcs12 FILE --password-file FILE.",
      };
    case "pkcs7":
      return {
        message: "not PEM: it looks like PKCS#7 (.p7b, .p7c), which holds certificates",
        hint: "Convert it: openssl pkcs7 -inform DER -in FILE -print_certs -out cert.pem",
      };
    case "binary":
      return "not PEM: it holds binary data";
    case "text":
      return {
        message: "not PEM: it holds no line '-----BEGIN ...-----'",
        hint: "Is this the right file?",
      };
  }
}

function describeBadDer({ offset, problem, types }: BadDerError): Text {
  const detail = types && `: ${hex(types.found)}, wanted: ${hex(types.wanted)}`;
  return `damaged: byte ${offset}: ${derProblems[problem]}${detail ?? ""}`;
}

function describeUnexpectedBlock({ label, wanted }: UnexpectedPemBlockError): Text {
  const isCertificate = wanted === "certificate";
  return {
    message: `expected ${isCertificate ? "a certificate" : "a private key"}, ` +
      `found a PEM block '${label}'`,
    hint: label === "PKCS7" || label === "CMS"
      ? "Convert it: openssl pkcs7 -in FILE -print_certs -out cert.pem"
      : isCertificate && label.endsWith("PRIVATE KEY")
      ? "Are the certificate and the key mixed up? A certificate file may hold no key."
      : isCertificate
      ? "Give a file that holds certificates only: openssl x509 -in FILE -out cert.pem keeps the first."
      : label.endsWith("CERTIFICATE")
      ? "Are the certificate and the key mixed up? A key file holds one private key only."
      : "Give a file that holds one private key only.",
  };
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, "0")}`;

function describeBadPem({ line, problem }: BadPemError): Text {
  return {
    message: `damaged PEM in line ${line}: ${pemProblems[problem]}`,
    ...(problem === "unterminated" ? { hint: "Copy the file again, and compare its size." } : {}),
  };
}
