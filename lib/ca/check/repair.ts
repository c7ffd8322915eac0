/** `ca check --repair`: mends what can be mended without guessing. */
import { FileSystemError, type System } from "../../system/mod.ts";
import { webCryptoKeys } from "../../x509/mod.ts";
import type { CaOptions, ChangeReport } from "../ca.ts";
import { type Finding, isMendable, isProblem, openStore, type Problem } from "../store/mod.ts";
import { examine } from "./examine.ts";

/** What `ca check --repair` did. */
export interface RepairReport extends ChangeReport {
  readonly mended: readonly Problem[];
  /** What is left. */
  readonly findings: readonly Finding[];
}

/**
 * Checks a CA, and mends in one change what can be mended without guessing: what a certificate or the
 * CRL that this CA has signed says, the index is made to say; counters are raised above every number in
 * use; modes are closed.
 *
 * @throws FileSystemError where a file cannot be read; nothing is mended then.
 */
export async function repair(
  system: System,
  options: CaOptions & { readonly onProgress?: (done: number, total: number) => void },
): Promise<RepairReport> {
  const { lockTimeout, onProgress, keys = webCryptoKeys } = options;
  const store = await openStore(system, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: async (change) => {
      const findings = await examine(change, { now: system.clock.now(), keys, onProgress });
      requireReadable(findings);
      const mended = findings.filter(isProblem).filter(isMendable);
      await change.mend(mended);
      const left = findings.filter((finding) => !isProblem(finding) || !isMendable(finding));
      return { mended, findings: left };
    },
  });
  return { ...value, recovery, warnings };
}

/** What could not be read may well be sound: nothing must be concluded from it. */
function requireReadable(findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.code === "bad-file" && finding.error instanceof FileSystemError) {
      throw finding.error;
    }
  }
}
