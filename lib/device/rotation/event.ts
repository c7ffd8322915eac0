/** What a rotation tells: why a pair is due, what happens, and what came of it. */
import type { CertificateSummary, Owed, Pair } from "../pair/mod.ts";
import type { Attention } from "./attention.ts";

/** Why a pair is due. */
export type DueReason =
  /** So much of its life is gone that it is renewed. */
  | "renewal"
  | "expired"
  /** There is no active pair. */
  | "missing"
  /** Half of it is missing, or its halves do not belong together. */
  | "broken"
  /** It is not for whom the configuration says by now. */
  | "identity"
  /** A person said so. */
  | "forced";

/**
 * Something that happened in a rotation, as it happens: what a log shows, one line each. Errors are as
 * thrown; text of certificates is untrusted.
 */
export type RotationEvent =
  & {
    /** The pair's name in the configuration. */
    readonly pair: string;
  }
  & (
    | {
      readonly event: "recovered";
      readonly outcome: "cleaned" | "rolled-forward" | "rolled-back" | "dropped";
    }
    | { readonly event: "due"; readonly reason: DueReason }
    | { readonly event: "request-made" }
    /** `attempt` counts from 1. */
    | { readonly event: "asking-issuer"; readonly attempt: number }
    /** Not yet: it is asked again at `nextAttempt`. */
    | { readonly event: "issuer-pending"; readonly nextAttempt: Date }
    /** The new certificate is kept until it is valid by this device's clock. */
    | { readonly event: "kept-pending"; readonly certificate: CertificateSummary }
    | {
      readonly event: "swapped";
      readonly certificate: CertificateSummary;
      readonly replaced: CertificateSummary | undefined;
    }
    | { readonly event: "hook-succeeded" }
    | { readonly event: "hook-failed"; readonly error: unknown }
    | { readonly event: "probe-passed" }
    | { readonly event: "probe-failed"; readonly error: unknown }
    /** The previous pair is the active one again. */
    | { readonly event: "restored"; readonly certificate: CertificateSummary }
    | { readonly event: "previous-removed" }
    /** The rotation has come to its end. */
    | { readonly event: "done" }
    | { readonly event: "failed"; readonly error: unknown; readonly nextAttempt: Date | undefined }
  );

/** What came of the rotation of one pair. */
export interface RotationResult {
  /** The pair's name in the configuration. */
  readonly name: string;
  /** Its files, as resolved at the start of the run; `undefined` if they could not be. */
  readonly pair: Pair | undefined;
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
  /** What is owed at the end: exit code 5. */
  readonly owed: Pick<Owed, "hook" | "probe"> | undefined;
  readonly errors: readonly unknown[];
  readonly warnings: readonly unknown[];
  /** certswap was asked to stop: no other pair is to be begun. */
  readonly isInterrupted: boolean;
  /** What a person has to be told of the pair as it is now; `undefined`: it is healthy. */
  readonly attention: Attention | undefined;
}

/** The result of a rotation that has not done anything. */
export function emptyResult(name: string): RotationResult {
  return {
    name,
    pair: undefined,
    outcome: "idle",
    reason: undefined,
    nextAttempt: undefined,
    certificate: undefined,
    owed: undefined,
    errors: [],
    warnings: [],
    isInterrupted: false,
    attention: undefined,
  };
}
