/** Texts for the errors of the servers of a CA, and of enrolment. */
import type { EnrolmentRefusal } from "../../../ca/enrol/mod.ts";
import type * as enrolmentErrors from "../../../ca/enrol/errors.ts";
import type * as errors from "../../../server/errors.ts";
import type * as ocspErrors from "../../../protocol/ocsp/errors.ts";
import { present } from "../../../system/mod.ts";
import type { ErrorsOf, MessageTable } from "../message.ts";

/** Texts for the errors of the servers of a CA, and of enrolment. */
export const serverMessages: MessageTable<
  ErrorsOf<typeof errors & typeof enrolmentErrors & typeof ocspErrors>
> = {
  "bad-ocsp-request": ({ problem }) => ({
    message: `cannot answer the OCSP request: ${ocspProblems[problem]}`,
    hint: "Update the client, or ask about fewer certificates.",
  }),
  "nothing-served": ({ file }) => ({
    message: `${file} sets no address to listen on`,
    hint: 'Add a table [serve], for example with http = "0.0.0.0:8080".',
  }),
  "too-busy": () => "too many requests are waiting to be answered",
  "linked-request": () => ({
    message:
      "the request has a challengePassword, whose link to the TLS connection cannot be verified",
    hint: "Send a request without it: it is optional (RFC 7030 3.5).",
  }),
  "bad-server-pair": ({ path, reason }) => ({
    message: reason === "mismatch"
      ? `the private key does not belong to the certificate in ${path}`
      : `the certificate in ${path} is not a version 3 certificate`,
    hint: reason === "mismatch"
      ? "If the pair is being renewed, wait a moment. Otherwise correct the certificate and key in [serve] " +
        "of ca.toml."
      : "Use a version 3 certificate, for example one from 'certswap ca sign'.",
  }),
  "enrolment-refused": ({ reason, of, cause }, describe) => ({
    message: `${refusals[reason]}${ofText(reason, of)}${
      cause === undefined ? "" : `: ${describe(cause).message}`
    }`,
    ...present({ hint: refusalHints[reason] }),
  }),
  "predecessor-unreadable": ({ dataDirectory, cause }, describe) => ({
    message: `cannot read the predecessor ${dataDirectory}: ${describe(cause).message}`,
    hint: "Correct predecessor in [est] of ca.toml, then reload the server (SIGHUP).",
  }),
  "bad-manufacturer-file": ({ path, manufacturer, cause }, describe) => ({
    message: `cannot use ${path} of manufacturer ${manufacturer}: ${describe(cause).message}`,
    hint: fileHint,
  }),
  "bad-admin-ca": ({ path, cause }, describe) => ({
    message: `cannot use ${path} (admin_client_ca): ${describe(cause).message}`,
    hint: fileHint,
  }),
  "unknown-token": ({ id }) => ({
    message: `there is no one-time secret ${id}`,
    hint: "'certswap ca token list' shows the IDs.",
  }),
  "too-many-tokens": ({ limit }) => ({
    message: `there are already ${limit} one-time secrets, the limit`,
    hint: "Revoke those that are no longer needed: certswap ca token revoke ID",
  }),
  "unknown-request": ({ id }) => ({
    message: `no request ${id} is waiting`,
    hint: "'certswap ca requests' shows the IDs. Give at least the first 8 digits.",
  }),
  "request-decided": ({ id, decision }) => `request ${id.slice(0, 16)} is already ${decision}`,
  "bad-enrolment-entry": ({ id }) => ({
    message: `the stored entry ${id} of a one-time secret or a request is corrupt`,
    hint: "Restore it from a backup, revoke the one-time secret, or reject the request.",
  }),
};

const ocspProblems: Readonly<Record<ocspErrors.OcspRequestProblem, string>> = {
  "too-large": "it is too large",
  "not-base64": "its path is not base64",
  "version": "its version is unknown",
  "no-requests": "it asks about no certificate",
  "too-many-requests": "it asks about too many certificates",
  "serial-number-too-long": "a serial number is too long",
  "repeated-extension": "an extension is repeated",
  "critical-extension": "it has an unknown critical extension",
  "nonce-length": "its nonce is empty or longer than 128 bytes",
};

const fileHint = "Correct the file, or its path in ca.toml.";

/** What a refusal is about: a one-time secret, a waiting request, or a certificate. */
function ofText(reason: EnrolmentRefusal, of: string | undefined): string {
  if (of === undefined) return "";
  if (reason.startsWith("secret-")) return ` (secret ${of})`;
  // These may be about a secret, a request or a certificate.
  return unclear.has(reason) ? ` (${of})` : ` (serial ${of})`;
}

const unclear: ReadonlySet<EnrolmentRefusal> = new Set(["no-proof", "other-profile", "rejected"]);

const refusalHints: Readonly<Partial<Record<EnrolmentRefusal, string>>> = {
  "birth-crl": "Update the files in 'crl' of this [[manufacturer]] in ca.toml.",
  "birth-blocked": "Enrol the device with a one-time secret: certswap ca token create",
};

const refusals: Readonly<Record<EnrolmentRefusal, string>> = {
  "no-proof": "the client did not authenticate",
  "secret-unknown": "there is no such one-time secret",
  "secret-expired": "the one-time secret has expired",
  "secret-used": "the one-time secret was already used for another key",
  "other-profile": "the one-time secret or the certificate is for another profile",
  "secret-names": "the one-time secret does not allow all of these names",
  "certificate-foreign": "the client presented no certificate of this CA",
  "certificate-revoked": "the client's certificate is revoked",
  "certificate-superseded": "a newer certificate has the same names as the client's certificate",
  "predecessor-revoked": "the predecessor has revoked the client's certificate",
  "predecessor-superseded": "the predecessor has issued a newer certificate with the same names",
  "certificate-expired": "the client's certificate has expired",
  "certificate-not-yet-valid": "the client's certificate is not valid yet",
  "other-names": "the request's names differ from those of the client's certificate",
  "birth-invalid": "the bootstrap certificate is not valid",
  "birth-revoked": "its manufacturer has revoked the bootstrap certificate",
  "birth-crl": "there is no usable CRL for the bootstrap certificate",
  "birth-names": "the bootstrap certificate does not allow all of these names",
  "birth-taken": "another device has a certificate with these names",
  "birth-second": "the device already has a certificate with other names",
  "birth-blocked": "a certificate of this device or with these names was revoked",
  "rejected": "the request was rejected",
  "too-many-waiting": "too many requests are waiting for approval",
  "too-large-to-wait": "the request is too large to wait for approval",
};
