/** The bundle of a CA, as text and as JSON. */
import type { BundleEntry, BundleReport } from "../../../../ca/bundle/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import { didRecover, type Json, type Outcome, recoveryToJson } from "../../../print/mod.ts";
import { counted, table } from "../../../text.ts";

/** The table of `ca bundle list`. */
export function bundleTable(entries: readonly BundleEntry[]): string[] {
  return table(
    [{ title: "ID" }, { title: "NOT AFTER" }, { title: "SUBJECT" }, { title: "ISSUER" }],
    entries.map(({ id, notAfter, subject, issuer }) => [
      id,
      formatTime(notAfter),
      subject,
      issuer === subject ? "(itself)" : issuer,
    ]),
  );
}

/** One certificate of a bundle. */
export function bundleToJson(
  { id, sha256, subject, issuer, notAfter }: BundleEntry,
): { readonly [name: string]: Json } {
  return { id, fingerprint: sha256, subject, issuer, notAfter: formatTime(notAfter) };
}

/** What was done with a bundle. */
export function changedBundle(
  { changed, total, recovery, warnings }: BundleReport,
  done: "added" | "removed",
): Outcome {
  return {
    json: { [done]: changed.map(bundleToJson), total, recovery: recoveryToJson(recovery) },
    notes: didRecover(recovery),
    lines: [
      changed.length === 0
        ? "Nothing to do: clients already get all of these certificates."
        : `${counted(changed.length, "certificate")} ${done}; the bundle now has ${total}.`,
      ...(changed.length === 0 ? [] : bundleTable(changed)),
    ],
    warnings,
  };
}
