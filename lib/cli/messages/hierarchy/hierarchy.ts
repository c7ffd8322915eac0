/** Texts for errors about the certificate of a CA. */
import type * as bundleErrors from "../../../ca/bundle/errors.ts";
import type * as errors from "../../../ca/hierarchy/errors.ts";
import { formatTime } from "../../../system/mod.ts";
import { caRenewalHints } from "../ca/mod.ts";
import type { ErrorsOf, MessageTable } from "../message.ts";

/** A text for every error about the certificate of a CA. */
export const hierarchyMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "certificate-for-other-key": ({ file, keyPath }) => ({
    message: `the certificate ${file} is for a different key, not for ${keyPath}`,
    hint:
      "Have the request of this CA signed: ca.csr in its data directory, or the one that 'certswap ca " +
      "intermediate request' prints.",
  }),
  "activation-refused": ({ file, reason }) => ({
    message: `cannot use ${file} as the certificate of this CA: ${
      {
        "self-signed": "it is self-signed; expected a certificate signed by another CA",
        "root": "this CA is a root, which signs its own certificate",
        "other-name":
          "it has a different subject, so every certificate of this CA would become invalid",
        "older": "it is older than the current one",
      }[reason]
    }`,
    hint: {
      "self-signed":
        "Have the request signed by another CA. To create a root instead: certswap ca init",
      "root": "To renew it, run 'certswap ca root renew'.",
      "other-name": "Sign the request that 'certswap ca intermediate request' prints.",
      "older": "Give the newest certificate for this CA.",
    }[reason],
  }),
  "activation-chain": ({ file, cause }, describe) => {
    const { code, message } = describe(cause);
    return {
      message: `cannot verify ${file} up to a root: ${message}`,
      hint: code === "chain-issuer-not-found"
        ? "Add the CA certificates up to the root, in the same file or with --chain."
        : "Check that the other CA certificates are those of its chain, and that the clock is right.",
    };
  },
  "root-renewal-refused": ({ reason, notAfter }) =>
    reason === "intermediate"
      ? {
        message: "this CA is an intermediate: only the issuing CA can renew its certificate",
        hint: caRenewalHints.intermediate,
      }
      : {
        message: `the new certificate would not expire later than the current one, on ${
          formatTime(notAfter)
        }`,
        hint: "Give a longer --validity.",
      },
  "not-an-intermediate": () => ({
    message: "cannot create an intermediate request: this CA is a root",
    hint: "To renew it, run 'certswap ca root renew'.",
  }),
  "cross-certification-refused": ({ file, reason }) => ({
    message: `cannot cross-certify ${file}: ${
      {
        "own": "it has the key of this CA",
        "same-name": "it has the same subject as this CA",
        "not-self-signed": "it is not the self-signed certificate of a root",
        "not-valid": "it has expired, or is not valid yet",
      }[reason]
    }`,
    hint: {
      "own": "Give the certificate of the other root.",
      "same-name": "Create the new root with another subject, such as 'CN=Example Root G2'.",
      "not-self-signed":
        "Give the certificate of a root. An intermediate is signed with 'certswap ca sign --profile " +
        "intermediate' instead.",
      "not-valid":
        "Check its dates (openssl x509 -in FILE -noout -dates) and this machine's clock.",
    }[reason],
  }),
  "signed-by-itself": ({ dataDirectory }) => ({
    message: `--signed-by and --data-dir name the same CA, ${dataDirectory}`,
    hint: "Choose a new directory for the intermediate with --data-dir.",
  }),
  "init-unfinished": ({ dataDirectory, signedBy, cause }, describe) => ({
    message: `the CA in ${dataDirectory}, to be signed by ${signedBy}, is not complete yet: ${
      describe(cause).message
    }`,
    hint: "Run the same command again: it continues with the same key.",
  }),
  "request-copy": ({ file, requestPath, cause }, describe) => ({
    message: `cannot copy the request to ${file}: ${describe(cause).message}`,
    hint: `Use ${requestPath} instead: it has the same content.`,
  }),
};

/** A text for every error about the bundle of a CA. */
export const bundleMessages: MessageTable<ErrorsOf<typeof bundleErrors>> = {
  "bundle-refused": ({ file, subject, reason }) => ({
    message: `cannot add ${subject} in ${file} to the bundle: ${
      {
        "not-a-ca": "it is not a CA certificate",
        "not-valid": "it has expired, or is not valid yet",
        "bad-signature": "its signature was not made with its issuer's key",
        "issuer-unknown": "its issuer is not known to this CA",
        "too-many": "the bundle would have more than 16 certificates",
      }[reason]
    }`,
    hint: {
      "not-a-ca": "Add only root certificates and cross-certificates.",
      "not-valid":
        "Check its dates (openssl x509 -in FILE -noout -dates) and this machine's clock.",
      "bad-signature": "Get the certificate again from its CA.",
      "issuer-unknown": "Add the certificate of its issuer first, or in the same file.",
      "too-many":
        "Find one that is no longer needed with 'certswap ca bundle list', then run 'certswap ca bundle " +
        "remove ID'.",
    }[reason],
  }),
  "unknown-bundle-entry": ({ id }) => ({
    message: `the ID ${id} does not select exactly one certificate in the bundle`,
    hint: "'certswap ca bundle list' shows the IDs. Give at least 8 digits.",
  }),
};
