/** Describes a trust bundle in the status of a pair. */
import type { TrustedRoot, TrustStatus } from "../../../device/status/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { counted, fingerprintText, visible } from "../../text.ts";
import type { Json } from "../output.ts";

/** The lines about a trust bundle. */
export function trustLines(trust: TrustStatus | undefined): string[] {
  if (trust === undefined) return [];
  const { path, roots, refreshed, isFailing, offered } = trust;
  const when = refreshed === undefined ? "never refreshed" : `refreshed ${formatTime(refreshed)}`;
  const what = roots === undefined ? "unreadable" : counted(roots.length, "root");
  return [
    `Trust bundle: ${what}, ${when}${isFailing ? ", the last attempt failed" : ""}`,
    `  File         ${visible(path)}`,
    ...(roots ?? []).map((root) => `  Root         ${rootText(root)}`),
    ...offered.map((fingerprint) =>
      `  Not trusted  ${fingerprintText(fingerprint)}: compare it with the CA, then run ` +
      `'certswap trust accept ${fingerprintText(fingerprint)}'`
    ),
  ];
}

function rootText({ subject, fingerprint, notAfter, withdrawn }: TrustedRoot): string {
  const since = withdrawn === undefined ? "" : `, not at the source since ${formatTime(withdrawn)}`;
  return `${visible(subject)}, ${fingerprintText(fingerprint)}, not after ${
    formatTime(notAfter)
  }${since}`;
}

/** {@linkcode TrustStatus} for `--json`. */
export function trustStatusToJson(
  { path, roots, refreshed, isFailing, offered }: TrustStatus,
): Json {
  return {
    path,
    roots: roots?.map(({ subject, fingerprint, notAfter, withdrawn }) => ({
      subject,
      fingerprint,
      notAfter: formatTime(notAfter),
      withdrawn: withdrawn && formatTime(withdrawn),
    })),
    refreshed: refreshed && formatTime(refreshed),
    failing: isFailing,
    offered,
  };
}
