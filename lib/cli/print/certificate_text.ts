/** Prints certificates and planned changes as text and as JSON. */
import type { CertificateSummary, PlannedChange } from "../../device/mod.ts";
import type { Json } from "./output.ts";
import { formatTime } from "../../system/mod.ts";
import { fingerprintText, visible } from "../text.ts";

/** Rows for {@linkcode fields}. */
export function certificateRows(certificate: CertificateSummary): [string, string][] {
  const { subject, names, issuer, serial, fingerprint, notBefore, notAfter } = certificate;
  return [
    ["Subject", subject === "" ? "(empty)" : subject],
    ["Names", names.length === 0 ? "(none)" : names.join(", ")],
    ["Issuer", issuer],
    ["Serial", serial],
    ["Fingerprint", fingerprintText(fingerprint)],
    ["Not Before", formatTime(notBefore)],
    ["Not After", formatTime(notAfter)],
  ];
}

/** {@linkcode CertificateSummary} for `--json`. */
export function certificateToJson(certificate: CertificateSummary): { [name: string]: Json } {
  const { subject, names, issuer, serial, fingerprint, notBefore, notAfter } = certificate;
  return {
    subject,
    names,
    issuer,
    serial,
    fingerprint,
    notBefore: formatTime(notBefore),
    notAfter: formatTime(notAfter),
  };
}

/** The lines of `--dry-run`, one per file. */
export function changeLines(changes: readonly PlannedChange[]): string[] {
  const width = "replace".length;
  return changes.map(({ action, path }) => `  ${action.padEnd(width)}  ${visible(path)}`);
}

/** {@linkcode PlannedChange} for `--json`. */
export function changesToJson(changes: readonly PlannedChange[]): Json {
  return changes.map(({ action, path }) => ({ action, path }));
}
