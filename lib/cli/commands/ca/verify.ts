/** `certswap ca verify`: prints the result of verifying a certificate, as text and as JSON. */
import { type ChainVerdict, type Revocation, verify, type VerifyReport } from "../../../ca/mod.ts";
import { type CommonFlags, dataDirectory, type DataDirectoryFlags } from "../../declaration/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { rows } from "../../text.ts";
import { describe } from "../../messages/mod.ts";
import { exitCode } from "../../exit_code.ts";
import { type Json, type Outcome, outlookToJson, wouldRecover } from "../../print/mod.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap ca verify`. */
export interface VerifyFlags extends DataDirectoryFlags, CommonFlags {}

/** `certswap ca verify`. */
export default async function verifyCommand(
  world: World,
  flags: VerifyFlags,
  file: string,
): Promise<Outcome> {
  const report = await verify(world.system, { dataDirectory: dataDirectory(world, flags), file });
  return {
    exit: report.isValid ? exitCode.done : exitCode.failed,
    json: toJson(report),
    notes: wouldRecover(report.outlook),
    lines: [
      `Certificate verification: ${report.isValid ? "VALID" : "INVALID"}`,
      ...rows([
        ["Subject", report.subject],
        ["Serial", report.serial],
        ["Issuer", report.issuer],
        ["Not Before", formatTime(report.notBefore)],
        ["Not After", formatTime(report.notAfter)],
        ["Signature", report.isSignedByCa ? "OK" : "FAILED"],
        ...(report.isSignedByCa && report.chain !== undefined
          ? [["Chain", chainText(report.chain)] as const]
          : []),
        // Without a signature of this CA, expiry and revocation mean nothing here.
        ...(report.isSignedByCa
          ? [
            ["Expiry", expiryTexts[report.expiry]] as const,
            ["Revocation", revocationText(report)] as const,
          ]
          : []),
      ]),
    ],
  };
}

const expiryTexts: Readonly<Record<VerifyReport["expiry"], string>> = {
  "ok": "OK",
  "expired": "EXPIRED",
  "not-yet-valid": "NOT YET VALID",
};

/** Only of an intermediate: whether it is valid itself, up to its root. */
function chainText(chain: ChainVerdict): string {
  switch (chain.is) {
    case "ok":
      return "OK";
    case "missing":
      return "NOT CHECKED (ca-chain.pem is missing)";
    case "failed":
      return `FAILED (${describe(chain.error).message})`;
  }
}

function revocationText({ revocation }: VerifyReport): string {
  switch (revocation.is) {
    case "not-revoked":
      return "OK (not revoked)";
    case "revoked":
      return `REVOKED (reason: ${revocation.reason ?? "unknown"}, date: ${
        formatTime(revocation.at)
      })${revocation.isOnCrl || revocation.hasLeftCrl ? "" : ", not on the current CRL"}`;
    case "not-checked":
      return "NOT CHECKED (no CRL available)";
    case "unknown":
      return `UNKNOWN (CRL expired ${formatTime(revocation.crlExpired)})`;
    case "bad-crl":
      return `FAILED (${crlTexts[revocation.reason]})`;
  }
}

const crlTexts: Readonly<Record<Extract<Revocation, { is: "bad-crl" }>["reason"], string>> = {
  "not-a-crl": "ca.crl is not a CRL",
  "no-number": "the CRL has no number",
  "foreign": "the CRL is not signed by this CA",
  "critical-extension": "the CRL has an unknown critical extension",
};

function toJson(report: VerifyReport): Outcome["json"] {
  return {
    valid: report.isValid,
    subject: report.subject,
    serial: report.serial,
    issuer: report.issuer,
    notBefore: formatTime(report.notBefore),
    notAfter: formatTime(report.notAfter),
    chain: report.chain?.is ?? null,
    signature: report.isSignedByCa ? "ok" : "failed",
    expiry: report.expiry,
    revocation: revocationToJson(report.revocation),
    crlStaleSince: report.staleSince === undefined ? null : formatTime(report.staleSince),
    recovery: outlookToJson(report.outlook),
  };
}

function revocationToJson(revocation: Revocation): Json {
  switch (revocation.is) {
    case "revoked":
      return {
        status: "revoked",
        reason: revocation.reason ?? null,
        date: formatTime(revocation.at),
        onCrl: revocation.isOnCrl,
        leftCrl: revocation.hasLeftCrl,
      };
    case "bad-crl":
      return { status: "bad-crl", problem: revocation.reason };
    default:
      return { status: revocation.is };
  }
}
