/** What recovery found and did. */
export interface RecoveryReport {
  /**
   * - `clean`: nothing was left behind
   * - `cleaned`: no transaction had been committed; leftovers of one that had only begun were removed
   * - `rolled-forward`: a committed transaction was finished
   * - `rolled-back`: a transaction that was being undone was undone to its end
   * - `dropped`: someone else changed a target before anything was applied; the transaction was given up
   */
  readonly outcome: "clean" | "cleaned" | "rolled-forward" | "rolled-back" | "dropped";
  /** The targets of the transaction that was settled; empty where there was none. */
  readonly targets: readonly string[];
  /** Temporary files that were removed, by path. */
  readonly removed: readonly string[];
  /** For `dropped`: the targets that someone else had changed. */
  readonly foreign: readonly string[];
}

/** What recovery would do, found without changing anything. */
export interface RecoveryOutlook {
  /** As in {@linkcode RecoveryReport}, or `undecidable` where it would ask a person. */
  readonly outcome: RecoveryReport["outcome"] | "undecidable";
  readonly targets: readonly string[];
  /** Leftovers that would be removed, by path. */
  readonly leftovers: readonly string[];
}

/** How a transaction that succeeded ended. */
export interface CommitReport {
  /** Errors of the last step: the new state stands, but a leftover may have to be removed by the next recovery. */
  readonly warnings: readonly unknown[];
}
