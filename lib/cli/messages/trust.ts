/** Messages for trust bundles. */
import type * as errors from "../../device/rotation/trust/errors.ts";
import { present } from "../../system/mod.ts";
import { counted } from "../text.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";

/** The most roots to list. */
const mostNamed = 8;

/** A text for every error of keeping a trust bundle up to date. */
export const trustMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "trust-not-refreshed": ({ path, cause }, describe) => {
    const { message, details, hint } = describe(cause);
    return {
      message: `cannot refresh the trust bundle ${path}: ${message}`,
      ...present({ details, hint }),
    };
  },
  "no-root-served": ({ others }) => ({
    message: others === 0
      ? "the source has no certificate"
      : `the source has no root certificate, only ${counted(others, "other certificate")}`,
    hint:
      "Nothing was changed. Check the CA: its root must be among what /cacerts, or the file, has.",
  }),
  "roots-not-trusted": ({ path, roots }) => ({
    message: roots.length === 1
      ? `a root of the source is not added to the trust bundle ${path}`
      : `${roots.length} roots of the source are not added to the trust bundle ${path}`,
    details: roots.slice(0, mostNamed).map(({ subject, fingerprint, reason }) =>
      `SHA256:${fingerprint} (${subject}): ${refusals[reason]}`
    ),
    hint: roots.some(({ reason }) => reason === "not-certified")
      ? "Ask the operator of the CA whether this is a new root. If it is, compare the fingerprint and " +
        "run 'certswap trust accept SHA256:...'. If it is not, someone may control the server."
      : "Nothing depends on it. Ask the operator of the CA to correct what the server has.",
  }),
  "root-still-needed": ({ path, root: { subject, fingerprint }, reason }) => ({
    message:
      `the source no longer has SHA256:${fingerprint} (${subject}), but it stays in the trust ` +
      `bundle ${path}: ${needs[reason]}`,
    hint: reason === "active-chain"
      ? "It is removed after the pair has been renewed by another root: certswap rotate --force. If the " +
        "root was left out by mistake, correct the server."
      : "If the root was left out by mistake, correct the server.",
  }),
  "root-not-accepted": ({ fingerprint, reason, offered }) => ({
    message: reason === undefined
      ? `the source has no certificate with the fingerprint SHA256:${fingerprint}`
      : `cannot trust SHA256:${fingerprint}: ${refusals[reason]}`,
    details: offered.slice(0, mostNamed).map((root) =>
      `it has SHA256:${root.fingerprint} (${root.subject})`
    ),
    hint: "Nothing was changed. Compare the fingerprint with the CA: " +
      "openssl x509 -in ca.crt -noout -fingerprint -sha256",
  }),
  "no-trust-bundle": ({ pair, candidates }) => ({
    message: candidates.length > 0
      ? `several pairs have a trust bundle: ${candidates.join(", ")}`
      : pair === undefined
      ? "no pair has a trust bundle"
      : `pair ${pair} has no trust bundle`,
    hint: candidates.length > 0
      ? "Select one with --name."
      : "Add a table [pair.NAME.trust_bundle] to the configuration.",
  }),
  "no-pair-for-trust": ({ certificate }) => ({
    message: `there is no usable pair at ${certificate}`,
    hint: "Get the pair first: certswap rotate",
  }),
};

const refusals: Readonly<Record<errors.RefusalReason, string>> = {
  "not-certified": "no root that is already trusted certifies its key",
  "expired": "it has expired",
  "not-yet-valid": "it is not valid yet",
  "not-a-ca": "it is not the certificate of a root CA",
  "removed": "it was removed from the bundle before",
  "too-many": "the bundle already has 32 certificates",
};

const needs: Readonly<Record<errors.StayReason, string>> = {
  "active-chain": "the active certificate leads to no other root",
  "server": "the certificate of the EST server leads to no other root",
  "last": "no other valid root would be left",
};
