/** Texts for EST: enrolment over the network. */
import type * as enrolmentErrors from "../../device/enrolment/errors.ts";
import type * as deviceErrors from "../../device/issuer/est/errors.ts";
import type * as cmsErrors from "../../protocol/cms/errors.ts";
import type * as protocolErrors from "../../protocol/est/errors.ts";
import { present, type TlsConnectionError } from "../../system/mod.ts";
import { counted, fingerprintCommand, fingerprintText } from "../text.ts";
import type { ErrorsOf, Message, MessageTable, Text } from "./message.ts";
import { connectionReason } from "./system.ts";

type EstErrors = ErrorsOf<
  typeof cmsErrors & typeof protocolErrors & typeof deviceErrors & typeof enrolmentErrors
>;

/** A text for every error of EST and of the messages that it carries. */
export const estMessages: MessageTable<EstErrors> = {
  "enrolled-differently": ({ path }) => ({
    message: `${path} already exists with a different configuration`,
    hint: "Give the pair another name with --name, edit that file, or remove it.",
  }),
  "no-secret-given": () => ({
    message: "no secret was given: standard input is empty",
    hint: "Write the secret to standard input. Nothing was changed.",
  }),
  "bad-cms": ({ problem }) => `not a usable PKCS#7 message: ${cmsProblems[problem]}`,
  "bad-est-body": ({ problem }) => `not base64-encoded DER: ${bodyProblems[problem]}`,
  "bad-csr-attributes": ({ problem }) =>
    `the attributes that the server asks for are invalid: ${attributesProblems[problem]}`,
  "est-no-certificate": ({ count }) =>
    count === 0
      ? "the response contains no certificate"
      : `the response contains ${counted(count, "certificate")}, but none for the requested key`,
  "est-server": describeServer,
  "est-refused": describeRefused,
  "est-failed": ({ url, operation, status, said }) => ({
    message: `${url} responded to /${operation} with HTTP ${status}`,
    ...saidDetails(said),
    hint: statusHint(status),
  }),
  "est-redirect": ({ url, location, reason }) => ({
    message: reason === "elsewhere"
      ? `${url} redirects to another server: ${location}`
      : `${url} keeps redirecting, the last time to ${location}`,
    hint: "Nothing was sent there. If the server has moved, set 'url' to its new address.",
  }),
  "est-answer": ({ url, operation, contentType, cause }, describe) => ({
    message: `cannot use the response of ${url} to /${operation}${
      contentType === undefined ? "" : ` (${contentType})`
    }: ${describe(cause).message}`,
    hint: operation === "csrattrs" || operation === "cacerts"
      ? "Check that 'url' and 'label' name an EST server: curl -v URL/.well-known/est/cacerts"
      : "Check the EST server's log. The request and its key are kept, and the next run sends the same " +
        "request.",
  }),
  "est-no-credentials": describeNoCredentials,
  "est-wish": ({ url, wish }) =>
    wish.kind === "key"
      ? {
        message: `${url} requires the key algorithm ${
          wish.wanted.join(" or ")
        }, but key_algorithm is "${wish.configured}"`,
        hint: wish.possible === undefined
          ? "Change what the server asks for: certswap cannot generate such a key."
          : `Set key_algorithm = "${wish.possible}" for the pair.`,
      }
      : {
        message: `${url} requires names that differ from those of the pair: ${
          wish.wanted.join(", ")
        }`,
        hint: "Set the pair's 'names' to these, or change what the server asks for.",
      },
  "secret-not-removed": ({ path, cause }, describe) => ({
    message: `the secret in ${path} has been used, but the file cannot be removed: ${
      describe(cause).message
    }`,
    hint: "Remove the file by hand. certswap does not use this secret again.",
  }),
  "fingerprint-not-served": ({ url, wanted, found }) => ({
    message: `${url} has no CA certificate with the fingerprint ${fingerprintText(wanted)}`,
    details: found.slice(0, 16).map((digits) => `it has ${fingerprintText(digits)}`),
    hint:
      `Compare it with the fingerprint that this command prints on the CA: ${fingerprintCommand}`,
  }),
};

function describeServer(
  { url, cause }: deviceErrors.EstServerError,
  describe: (cause: unknown) => Message,
): Text {
  const reason = describe(cause);
  const connection = reason.code === "tls-connection" ? cause as TlsConnectionError : undefined;
  const message = `cannot use the EST server ${url}: ${
    connection === undefined ? reason.message : connectionReason(connection)
  }`;
  const hint = connection === undefined ? reason.hint : connectionHints[connection.reason];
  return { message, ...present({ details: reason.details, hint: hint ?? noAnswerHint }) };
}

/** Ends the hints about a server that may soon answer. */
export const nextRunText = "Later runs of 'certswap rotate' try again.";

const noAnswerHint = `Nothing was sent. ${nextRunText}`;

const connectionHints: Partial<Record<TlsConnectionError["reason"], string>> = {
  "refused": `Check 'url', and that the server is running. ${nextRunText}`,
  "unknown-host": "Correct the host in 'url', or add it to DNS or /etc/hosts.",
  "time-limit": "Check the network and the server. If it is only slow, increase 'time_limit'.",
  "untrusted":
    "Check that 'trust', or the pair's trust bundle if it has one, contains the CA that issued the " +
    "server's certificate. If it does, someone may be intercepting the connection. Nothing was sent.",
  "proxy": "Check the proxy in https_proxy, or name the server in no_proxy.",
  "proxy-unreachable": `Check the proxy in https_proxy, and that it is running. ${nextRunText}`,
  "proxy-variable": "Correct https_proxy, or unset it.",
};

function describeRefused(
  { url, operation, status, credentials, said }: deviceErrors.EstRefusedError,
): Text {
  const how = status === undefined ? "in the TLS handshake" : `with HTTP ${status}`;
  return {
    message: `${url} refused ${shown[credentials]} ${how} (/${operation})`,
    ...saidDetails(said),
    hint: refusedHints[credentials],
  };
}

const shown: Readonly<Record<deviceErrors.Credentials, string>> = {
  "pair": "this device's certificate",
  "bootstrap": "the bootstrap certificate",
  "secret": "the secret",
};

const refusedHints: Readonly<Record<deviceErrors.Credentials, string>> = {
  "pair":
    "Ask the CA whether the certificate is revoked or superseded. If it is, create a new secret there, " +
    "write it to 'secret_file', then run 'certswap rotate --name NAME --force'.",
  "bootstrap":
    "Check that the server trusts the manufacturer's CA. The server's log (enrolment-refused) says why. " +
    "If a certificate of this device was revoked, enrol with a one-time secret: 'secret_file'.",
  "secret":
    "Create a new secret on the CA, and write it to the same file: this one may be mistyped, expired or " +
    "already used. The request and its key are kept.",
};

function describeNoCredentials(
  { reason, secretFile, refused }: deviceErrors.EstNoCredentialsError,
  describe: (cause: unknown) => Message,
): Text {
  const because = refused === undefined ? "" : `; before that, ${describe(refused).message}`;
  switch (reason) {
    case "none":
      return {
        message: "cannot enrol: neither a secret nor a bootstrap certificate is configured",
        hint: "Set 'secret_file' or 'bootstrap' in the issuer's table.",
      };
    case "secret-used":
      return {
        message: `the secret in ${secretFile} has already been used${because}`,
        hint: "Create a new secret on the CA, and write it to the same file.",
      };
    case "secret-missing":
      return {
        message: `the secret file ${secretFile} does not exist${because}`,
        hint:
          "Create a secret on the CA (certswap ca token create), and write it to this file, with mode 0600.",
      };
  }
}

function saidDetails(said: string | undefined): { readonly details?: readonly string[] } {
  return said === undefined ? {} : { details: [`the server says: ${said}`] };
}

function statusHint(status: number): string {
  if (status === 404) return "Check 'url' and 'label': the server does not know this path.";
  if (status >= 500 || status === 429) {
    return `Check the EST server's log. ${nextRunText}`;
  }
  return "Check the EST server's log: it says why the server refuses this request.";
}

const cmsProblems: Readonly<Record<cmsErrors.CmsProblem, string>> = {
  "too-large": "it is larger than the limit of 1 MiB",
  "other-content-type": "its type is not signedData",
  "version": "its version is unknown",
  "too-many-certificates": "it has more certificates than certswap reads (128)",
};

const bodyProblems: Readonly<Record<protocolErrors.EstBodyProblem, string>> = {
  "too-large": "it is larger than the limit of 1 MiB",
  "empty": "it is empty",
  "markup": "it is a web page (HTML or XML)",
  "binary": "it is binary DER",
  "not-base64": "it is text that is not base64",
  "other-pem": "it is PEM of another kind, or several PEM blocks",
};

const attributesProblems: Readonly<Record<protocolErrors.CsrAttributesProblem, string>> = {
  "too-many": "there are more than 256",
  "template-version": "the version of the template is unknown",
  "repeated": "an attribute appears twice, or does not have exactly one value",
  "repeated-extension": "an extension is requested twice",
};
