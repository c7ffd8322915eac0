/** Texts for errors about certificates that a CA has issued. */
import type * as errors from "../../../ca/inventory_errors.ts";
import { present } from "../../../system/mod.ts";
import type { ErrorsOf, MessageTable } from "../message.ts";
import { someOf } from "../../text.ts";

type DuplicateOf = errors.Duplicate["of"];

/** A text for every error about certificates that a CA has issued. */
export const inventoryMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "bad-details": ({ path, line, problem, field }) => ({
    message: `${path} line ${line}: ${lineProblems[problem]}${
      field === undefined ? "" : ` '${field}'`
    }`,
    hint:
      "Correct this line, or restore the file from a backup. Without a backup: move the file away, " +
      "then run 'certswap ca check --repair', which creates it again from the certificates.",
  }),
  "own-certificate": ({ file, isIntermediate }) => ({
    message: `${file} is the CA's own certificate, not one that it has issued`,
    hint: isIntermediate
      ? "To revoke it, run 'certswap ca revoke --data-dir DIR' with the directory of the CA that issued it." +
        " To see it, run 'certswap ca certificates'."
      : "A root cannot revoke itself: if its key is compromised, create a new CA, and remove this one from " +
        "the trust anchors of every client. To see the certificate, run 'certswap ca certificates'.",
  }),
  "not-of-this-ca": ({ file, issuer }) => ({
    message: `the certificate in ${file} is not signed by this CA`,
    details: [`Issuer: ${issuer}`],
    hint: "Select the CA that issued it with --data-dir.",
  }),
  "no-such-certificate": ({ wanted }) => ({
    message: `no certificate has the name '${wanted}'`,
    hint:
      "Give a serial number, the path of a certificate, or a name: 'certswap ca list' lists all of " +
      "them, 'certswap ca list --name' finds names by a pattern.",
  }),
  "renewal-names": ({ file, serial, missing, extra }) => ({
    message: `CSR does not have the same names as certificate ${serial}`,
    details: [
      `CSR: ${file}`,
      ...(missing.length === 0 ? [] : [`Only in the certificate: ${someOf(missing)}`]),
      ...(extra.length === 0 ? [] : [`Only in the CSR: ${someOf(extra)}`]),
    ],
    hint: "Create the request with the names of the certificate, or sign it without --renew.",
  }),
  "duplicate-request": ({ file, of }) => ({
    message: `CSR refused: ${duplicateText(of)}`,
    details: [`CSR: ${file}`],
    hint: "serial" in of
      ? `To renew it: certswap ca sign --renew ${of.serial} CSR-FILE. ca.toml says that duplicates are ` +
        "refused."
      : "Sign it once. ca.toml says that duplicates are refused.",
  }),
  "duplicate-certificate": ({ duplicates: [first, ...others] }) => ({
    message: others.length === 0
      ? `${first.file} was signed although ${duplicateText(first.of)}`
      : `${
        others.length + 1
      } requests were signed although there are active certificates with the same ` +
        `key and names: ${someOf([first, ...others].map(shortText))}`,
    hint: [first, ...others].some(({ of }) => "serial" in of && of.isAuthority)
      ? "Do not revoke the certificate of a CA while certificates issued under it are in use: devices send " +
        "it until their next renewal, and clients that check CRLs would refuse them. Next time, renew it " +
        "with --renew."
      : others.length === 0 && "serial" in first.of
      ? `If the new certificate replaces it, revoke the old one: certswap ca revoke ${first.of.serial} ` +
        "--reason superseded. Next time, renew it with --renew."
      : "Revoke the certificates that are not needed.",
  }),
  "still-active": ({ revoked, active: [first, ...others] }) => ({
    message: others.length === 0
      ? `certificate ${first} has the same names as ${revoked}, and is still active`
      : `${others.length + 1} certificates with the same names as ${revoked} are still active: ${
        someOf([first ?? "", ...others])
      }`,
    hint: `If the device is lost or its key is known to others, revoke ${
      others.length === 0 ? "it" : "each of them"
    } too: certswap ca revoke ${first}`,
  }),
  "counter-unreadable": ({ path }) => ({
    message: `${path} is missing, or does not contain exactly one hexadecimal number`,
    hint: "Run 'certswap ca check --repair'.",
  }),
  "bad-given-crl": ({ file, reason, cause }, describe) => ({
    message: `${file} ${givenCrls[reason]}`,
    ...present({ details: cause === undefined ? undefined : [describe(cause).message] }),
    hint: "Give a CRL that this CA has issued.",
  }),
  "serial-in-use": ({ next, used, usedIn }) => ({
    message: `the next serial number cannot be ${next}: ${usedIn} already uses ${used}`,
    hint: "Give a number above every serial number in use.",
  }),
};

function duplicateText(of: DuplicateOf): string {
  return "serial" in of
    ? `the active certificate ${of.serial} has the same key and names, and more than half of its lifetime ` +
      "left"
    : `${of.request} has the same key and names`;
}

function shortText({ file, of }: errors.Duplicate): string {
  return `${file} (${"serial" in of ? of.serial : `same as ${of.request}`})`;
}

const givenCrls: Readonly<Record<errors.BadGivenCrlError["reason"], string>> = {
  "not-a-crl": "is not a CRL",
  "no-number": "is a CRL without a number",
  "foreign": "is not signed by this CA",
  "critical-extension": "has an unknown critical extension",
};

const lineProblems: Readonly<Record<errors.DetailsProblem, string>> = {
  "not-utf8": "not UTF-8",
  "not-json": "not JSON",
  "not-an-object": "not a JSON object",
  "missing-field": "missing field",
  "bad-value": "invalid value in field",
};
