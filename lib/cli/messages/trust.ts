/** Messages for trust bundles. */
import type * as errors from "../../device/rotation/trust/errors.ts";
import { present } from "../../system/mod.ts";
import { counted, fingerprintCommand, fingerprintText } from "../text.ts";
import { nextRunText } from "./est.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";

/** The most roots to list. */
const mostNamed = 8;

/** A text for every error of keeping a trust bundle up to date. */
export const trustMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "trust-not-refreshed": ({ path, cause, isRepeated }, describe) => {
    const { message, details, hint } = describe(cause);
    return {
      message: `cannot refresh the trust bundle ${path}: ${message}`,
      ...present({
        details,
        hint: isRepeated ? hint : hint?.replace(nextRunText, "Run the command again."),
      }),
    };
  },
  "no-root-served": ({ others }) => ({
    message: others === 0
      ? "the source contains no certificates"
      : `the source has no root certificate, only ${counted(others, "other certificate")}`,
    hint:
      "Nothing was changed. Add the CA's root certificate to the source: /cacerts of the EST server, or " +
      "the file.",
  }),
  "roots-not-trusted": ({ path, roots }) => ({
    message: roots.length === 1
      ? `the source has a new root that was not added to the trust bundle ${path}`
      : `the source has ${roots.length} new roots that were not added to the trust bundle ${path}`,
    details: roots.slice(0, mostNamed).map(({ subject, fingerprint, reason }) =>
      `${fingerprintText(fingerprint)} (${subject}): ${refusals[reason]}`
    ),
    hint: refusedRootsHint(roots.map(({ reason }) => reason)),
  }),
  "root-still-needed": ({ path, root: { subject, fingerprint }, reason }) => ({
    message:
      `the source no longer has ${
        fingerprintText(fingerprint)
      } (${subject}), but it stays in the trust ` +
      `bundle ${path}: ${needs[reason]}`,
    hint: reason === "active-chain"
      ? "Once the issuing CA uses another root, renew the pair: certswap rotate --name NAME --force. If " +
        "the source dropped this root by mistake, restore it there."
      : "If the source dropped this root by mistake, restore it there.",
  }),
  "root-not-accepted": ({ fingerprint, reason, offered }) => ({
    message: reason === undefined
      ? `the source has no certificate with the fingerprint ${fingerprintText(fingerprint)}`
      : `cannot trust ${fingerprintText(fingerprint)}: ${refusals[reason]}`,
    details: offered.slice(0, mostNamed).map((root) =>
      `it has ${fingerprintText(root.fingerprint)} (${root.subject})`
    ),
    hint: `Nothing was changed. ${
      reason === undefined
        ? `Compare it with the fingerprint that this command prints on the CA: ${fingerprintCommand}`
        : notAcceptedHint(reason)
    }`,
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
  "no-pair-for-trust": ({ pair, certificate }) => ({
    message: `cannot accept a root: the active pair of ${certificate} is missing or broken`,
    // Without --force, a run may wait for the next attempt.
    hint: `Repair the pair first: certswap rotate --name ${pair} --force`,
  }),
};

/** What to do about roots that were not added to a bundle. */
function refusedRootsHint(reasons: readonly errors.RefusalReason[]): string {
  if (reasons.includes("not-certified")) {
    return "Ask the operator of the CA whether this is a new root. If it is, compare the fingerprint and " +
      "run 'certswap trust accept SHA256:...'. If it is not, the server may be compromised.";
  }
  if (reasons.includes("too-many")) return fullHint;
  return reasons.includes("not-yet-valid")
    ? "Check this device's clock (date). If it is right, the root is considered again once it is valid."
    : "Ask the operator of the CA to remove this root from the source.";
}

/** What to do about a root that cannot be accepted. */
function notAcceptedHint(reason: errors.RefusalReason): string {
  if (reason === "too-many") return fullHint;
  return reason === "not-yet-valid"
    ? "Check this device's clock (date)."
    : "Ask the operator of the CA for a valid root certificate.";
}

const fullHint = "Remove certificates that are no longer needed from the bundle file.";

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
