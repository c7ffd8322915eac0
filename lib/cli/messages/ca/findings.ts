/** Texts for the findings of `ca check`. */
import type { CopiedField, Finding } from "../../../ca/store/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { lengthText, modeText, someOf } from "../../text.ts";
import { describe } from "../mod.ts";
import {
  describeHistoryFinding,
  describeInventoryFinding,
  isHistoryFinding,
} from "../inventory/mod.ts";

/** Describes a finding in one sentence without a full stop. Not escaped. */
export function describeFinding(finding: Finding): string {
  switch (finding.code) {
    case "bad-file":
      return `${finding.name}: ${describe(finding.error).message}`;
    case "bad-counter":
      return `${finding.name} is missing, or does not contain exactly one hexadecimal number`;
    case "counter-behind":
      return `${finding.name} contains ${finding.value}, but ${finding.usedIn} already uses ${finding.used}`;
    case "open-mode":
      return `${finding.name === "." ? "the data directory" : finding.name} has mode ${
        modeText(finding.mode)
      }, which gives other users access (expected ${modeText(finding.wanted)})`;
    case "missing-file":
      return `certificate ${finding.serial} is in the index, but not in certs/`;
    case "missing-entry":
      return `certificate ${finding.serial} is in certs/, but not in the index: it cannot be revoked` +
        (finding.isMendable
          ? ""
          : ", and without a readable CRL it is unknown whether it was revoked");
    case "foreign-file":
      return `${finding.name} ${foreign[finding.reason]}`;
    case "wrong-entry":
      return `the index and certificate ${finding.serial} differ in ${
        finding.fields.map((field) => indexFields[field]).join(", ")
      }`;
    case "not-revoked":
      return `certificate ${finding.serial} is in the CRL, but active in the index`;
    case "unknown-revoked":
      return `certificate ${finding.serial} is in the CRL, but not in the index`;
    case "wrong-crl":
      return finding.reason === "missing"
        ? `certificate ${finding.serial} was revoked before the CRL was created, but is not in it`
        : `the CRL and the index disagree about the revocation of certificate ${finding.serial}`;
    case "no-key":
      return "ca.key is not in the data directory (an offline CA): nothing can be signed or changed";
    case "crl-copy":
      return finding.content === undefined
        ? `${finding.name} exists, but ${finding.other} does not: clients may use an old CRL. ` +
          "To create a new one: certswap ca crl"
        : `${finding.name} is not the CRL that ${finding.other} contains: clients may use an old CRL`;
    case "no-crl":
      return "this CA has no CRL (create one with 'certswap ca crl')";
    case "stale-crl":
      return `the CRL is past its next update (${formatTime(finding.nextUpdate)})`;
    case "crl-repeated-extension":
      return "the CRL has two authority key identifiers: the next CRL will have only one";
    case "revoked-since":
      return `revoked since the CRL was created: ${someOf(finding.serials)}`;
    case "crl-unpublished":
      return `CRL ${finding.number} is not published yet: 'certswap ca crl --if-due' runs the hook again`;
    case "root-not-yet-valid":
      return `the CA certificate is not valid before ${
        formatTime(finding.notBefore)
      }, and the clock says ${formatTime(finding.now)}: if the clock is wrong, set it`;
    case "root-expired":
      return `the CA certificate expired on ${formatTime(finding.notAfter)}`;
    case "root-expires":
      return `the CA certificate expires on ${formatTime(finding.notAfter)}, in ${
        lengthText(finding.left)
      }: new certificates cannot be valid for longer (this CA signs for up to ${
        lengthText(finding.longest)
      })`;
    case "no-chain":
      return `${finding.name} is missing: clients need the CA certificates in it, from this CA's issuer up ` +
        "to the root, to verify what this CA has issued";
    case "bad-chain":
      return `${finding.name} is not the chain from this CA up to its root: ${
        finding.error === undefined
          ? "its last certificate is not a root"
          : describe(finding.error).message
      }`;
    case "chain-expired":
      return `${finding.subject} in ${finding.name} expired on ${formatTime(finding.notAfter)}`;
    case "chain-expires":
      return `${finding.subject} in ${finding.name} expires on ${
        formatTime(finding.notAfter)
      }, in ${lengthText(finding.left)}`;
    case "foreign-previous":
      return `certificate ${finding.number} in ${finding.name} does not have the name and key of this CA`;
    case "key-not-checked":
      return `${finding.name} is encrypted and was not checked: no passphrase was given ` +
        "(--passphrase-file FILE)";
    case "stray-file":
      return `${finding.name} is not one of the CA's files`;
    default:
      return isHistoryFinding(finding)
        ? describeHistoryFinding(finding)
        : describeInventoryFinding(finding);
  }
}

const foreign: Readonly<
  Record<Extract<Finding, { code: "foreign-file" }>["reason"], string>
> = {
  "not-a-certificate": "is not a certificate",
  "not-signed": "is not signed by this CA",
  "other-serial": "contains a certificate with another serial number",
  "serial-of-root": "contains a certificate with the serial number of the root",
};

/** Field names in `index.json`. */
const indexFields: Readonly<Record<CopiedField, string>> = {
  subject: "subject",
  notBefore: "not_before",
  notAfter: "not_after",
};
