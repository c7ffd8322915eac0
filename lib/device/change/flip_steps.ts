/** The steps of a change before and after its transaction, for a flip. Loaded only for one. */
import type { System } from "../../system/mod.ts";
import {
  type CommitReport,
  OutcomeUnknownError,
  TargetChangedError,
  TransactionFailedError,
} from "../../transaction/mod.ts";
import {
  createVersion,
  discardVersion,
  type NewVersion,
  requireActive,
  sweepVersions,
} from "../pair/flip/mod.ts";
import type { Pair } from "../pair/mod.ts";

/**
 * Removes, before a change, the versions that no reader needs any more: a crash may have left one.
 *
 * @throws FileSystemError, FlipLinkError
 */
export function sweepBefore({ files }: System, pair: Pair): void {
  sweepVersions(files, pair);
}

/**
 * Makes a version, commits the change that makes it the active one, and removes those that no reader needs.
 * If the change fails, the version is removed, unless recovery may still need it.
 *
 * @throws TransactionFailedError, TargetChangedError if the version cannot be made; the errors of `commit`.
 */
export async function withVersion(
  { files }: System,
  pair: Pair,
  { version, commit }: {
    readonly version: NewVersion;
    readonly commit: () => Promise<CommitReport>;
  },
): Promise<CommitReport> {
  let report: CommitReport;
  try {
    await asTransaction(() => createVersion(files, pair, version));
    report = await commit();
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) discardVersion(files, pair, version.directory);
    throw error;
  }
  try {
    // If another program changed the link meanwhile, this version would be among those to remove.
    requireActive(files, pair, version.directory);
    sweepVersions(files, pair);
    return report;
  } catch (error) {
    return { warnings: [...report.warnings, error] };
  }
}

/** A version that cannot be made is a change that failed, like a file that cannot be staged. */
async function asTransaction(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof TargetChangedError) throw cause;
    throw new TransactionFailedError(false, { cause });
  }
}
