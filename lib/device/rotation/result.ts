import type { Owed } from "../state.ts";
import type { CertificateSummary } from "../summary.ts";
import type { DueReason } from "./event.ts";

/** What came of the rotation of one pair. */
export interface RotationResult {
  /** The pair's name in the configuration. */
  readonly name: string;
  /**
   * - `idle`: nothing was due
   * - `waiting`: due, and to be tried later: see `nextAttempt`
   * - `rotated`: a new pair is active
   * - `settled`: what an earlier run owed the service was paid
   * - `owed`: it could not be paid
   * - `failed`: see `errors`
   * - `restored`: the service did not take the new pair, and has the previous one again
   */
  readonly outcome: "idle" | "waiting" | "rotated" | "settled" | "owed" | "failed" | "restored";
  /** Why it was due, where it was. */
  readonly reason: DueReason | undefined;
  /** For `idle`: when the pair will be due. For all others: when it is tried again, if it is. */
  readonly nextAttempt: Date | undefined;
  /** For `rotated` and `restored`: the certificate that was made active by this run. */
  readonly certificate: CertificateSummary | undefined;
  /** What is owed at the end. */
  readonly owed: Pick<Owed, "hook" | "probe"> | undefined;
  readonly errors: readonly unknown[];
  readonly warnings: readonly unknown[];
  /** certswap was asked to stop: no other pair is to be begun. */
  readonly isInterrupted: boolean;
}

/** The result of a rotation that has not done anything. */
export function emptyResult(name: string): RotationResult {
  return {
    name,
    outcome: "idle",
    reason: undefined,
    nextAttempt: undefined,
    certificate: undefined,
    owed: undefined,
    errors: [],
    warnings: [],
    isInterrupted: false,
  };
}
