/** Texts for what `ca check` finds. */
import type { CopiedField, Finding } from "../../ca/store/mod.ts";
import { formatTime } from "../../system/mod.ts";
import { lengthText } from "../text.ts";
import { describe } from "./mod.ts";

/** What `ca check` has found, in one sentence without a full stop. Not escaped. */
export function describeFinding(finding: Finding): string {
  switch (finding.code) {
    case "bad-file":
      return `${finding.name}: ${describe(finding.error).message}`;
    case "bad-counter":
      return `${finding.name} does not hold one number in hexadecimal`;
    case "counter-behind":
      return `${finding.name} holds ${finding.value}, but ${finding.usedIn} has ${finding.used} already`;
    case "open-mode":
      return `${finding.name === "." ? "the data directory" : finding.name} has mode ${
        octal(finding.mode)
      }, which lets others in (${octal(finding.wanted)} does not)`;
    case "missing-file":
      return `certificate ${finding.serial} is in the index, but not in certs/`;
    case "missing-entry":
      return `certificate ${finding.serial} is in certs/, but not in the index: it cannot be revoked` +
        (finding.isMendable ? "" : ", and without a readable CRL nobody knows whether it was");
    case "foreign-file":
      return `${finding.name} ${foreign[finding.reason]}`;
    case "wrong-entry":
      return `the index and the certificate ${finding.serial} differ in ${
        finding.fields.map((field) => indexFields[field]).join(", ")
      }`;
    case "not-revoked":
      return `certificate ${finding.serial} is in the CRL, but active in the index`;
    case "unknown-revoked":
      return `certificate ${finding.serial} is in the CRL, but not in the index`;
    case "wrong-crl":
      return finding.reason === "missing"
        ? `certificate ${finding.serial} was revoked before the CRL was made, and is not in it`
        : `the CRL and the index differ about the revocation of certificate ${finding.serial}`;
    case "no-crl":
      return "there is no CRL yet ('certswap ca crl' makes one)";
    case "stale-crl":
      return `the CRL is past its next update (${formatTime(finding.nextUpdate)})`;
    case "crl-repeated-extension":
      return "the CRL has its authority key identifier twice: the next CRL will have it once";
    case "revoked-since":
      return `revoked since the CRL was made: ${someOf(finding.serials)}`;
    case "root-expired":
      return `the CA certificate expired on ${formatTime(finding.notAfter)}`;
    case "root-expires":
      return `the CA certificate expires on ${formatTime(finding.notAfter)}, in ${
        lengthText(finding.left)
      }: it cuts short certificates that are signed for longer (this CA signs for up to ${
        lengthText(finding.longest)
      })`;
    case "stray-file":
      return `${finding.name} is none of the CA's files`;
  }
}

const foreign: Readonly<
  Record<Extract<Finding, { code: "foreign-file" }>["reason"], string>
> = {
  "not-a-certificate": "is not a certificate",
  "not-signed": "is not signed by this CA",
  "other-serial": "holds a certificate with another serial number",
  "serial-of-root": "holds a certificate with the serial number of the root",
};

/** As `index.json` calls them. */
const indexFields: Readonly<Record<CopiedField, string>> = {
  subject: "subject",
  notBefore: "not_before",
  notAfter: "not_after",
};

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

function someOf(serials: readonly string[]): string {
  const shown = serials.slice(0, 10).join(", ");
  return serials.length > 10 ? `${shown} and ${serials.length - 10} more` : shown;
}
