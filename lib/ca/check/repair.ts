/** `ca check --repair`: repairs what it can without guessing. */
import { FileSystemError, type System } from "../../system/mod.ts";
import { webCryptoKeys } from "../../x509/mod.ts";
import type { CaOptions, ChangeReport } from "../ca.ts";
import { readSettings } from "../settings/mod.ts";
import { type Finding, isMendable, openStore } from "../store/mod.ts";
import { examine } from "./examine.ts";
import { type FieldOptions, readField } from "./field.ts";

/** Report of `ca check --repair`. */
export interface RepairReport extends ChangeReport {
  readonly mended: readonly Finding[];
  /** What remains. */
  readonly findings: readonly Finding[];
}

/** Options of `ca check --repair`. */
export interface RepairOptions extends CaOptions, FieldOptions {
  /** Called with the number of certificates checked so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Checks a CA, and repairs in one change what it can without guessing: it corrects the index according to
 * the certificates and the CRL that this CA has signed, raises counters above every number in use, and
 * tightens file modes.
 *
 * @throws FileSystemError if a file cannot be read; nothing is repaired then.
 */
export async function repair(
  system: System,
  options: RepairOptions,
): Promise<RepairReport> {
  const { lockTimeout, onProgress, keys = webCryptoKeys } = options;
  const store = await openStore(system, options);
  const field = await readField(system, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: async (change) => {
      const findings = await examine(change, {
        now: system.clock.now(),
        keys,
        settings: () => readSettings(system, options),
        onProgress,
        field,
      });
      requireReadable(findings);
      const mended = findings.filter(isMendable);
      await change.mend(mended);
      return { mended, findings: findings.filter((finding) => !isMendable(finding)) };
    },
  });
  return { ...value, recovery, warnings };
}

/** Stops if a file could not be read: it may be intact, so nothing can be concluded from it. */
function requireReadable(findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.code === "bad-file" && finding.error instanceof FileSystemError) {
      throw finding.error;
    }
  }
}
