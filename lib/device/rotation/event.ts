/** The events and the result of a rotation, and the reasons why a pair is due. */
import type { CertificateSummary, Owed, Pair } from "../pair/mod.ts";
import type { Attention } from "./attention.ts";

/** Why a pair is due. */
export type DueReason =
  /** No more than `renew_before` of its lifetime remains. */
  | "renewal"
  | "expired"
  /** There is no active pair. */
  | "missing"
  /** One of its files is missing, or the key does not belong to the certificate. */
  | "broken"
  /** Its certificate lacks the configured subject or one of the configured names. */
  | "identity"
  /** Requested with `--force`. */
  | "forced";

/**
 * An event of a rotation, emitted as it happens: one line each in a log. Errors are as thrown; text from
 * certificates is untrusted.
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
    /** The issuer has not decided. It is asked again at `nextAttempt`. */
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
    /** The previous pair is active again. */
    | { readonly event: "restored"; readonly certificate: CertificateSummary }
    | { readonly event: "previous-removed" }
    /** Files that belong to the active pair were missing or differed, and are as they should be now. */
    | { readonly event: "repaired"; readonly paths: readonly string[] }
    /** The trust bundle has other roots than before. */
    | { readonly event: "trust-changed" } & TrustChange
    /** The rotation is complete, including hooks and probes. */
    | { readonly event: "done" }
    | { readonly event: "failed"; readonly error: unknown; readonly nextAttempt: Date | undefined }
  );

/** A change of a trust bundle. Texts are untrusted. */
export interface TrustChange {
  /** The file, resolved. */
  readonly path: string;
  readonly added: readonly CertificateSummary[];
  readonly removed: readonly CertificateSummary[];
}

/** The result of the rotation of one pair. */
export interface RotationResult {
  /** The pair's name in the configuration. */
  readonly name: string;
  /** Its files, as resolved at the start of the run; `undefined` if they could not be. */
  readonly pair: Pair | undefined;
  /**
   * - `idle`: nothing was due
   * - `waiting`: due, but tried later, see `nextAttempt`
   * - `rotated`: a new pair is active
   * - `settled`: a hook or probe pending from an earlier run has succeeded
   * - `repaired`: an output, the combined file, an owner or a mode was not as it should be, and is now
   * - `owed`: it is still pending
   * - `failed`: see `errors`
   * - `restored`: the service did not use the new pair, and the previous one is active again
   */
  readonly outcome:
    | "idle"
    | "waiting"
    | "rotated"
    | "settled"
    | "repaired"
    | "owed"
    | "failed"
    | "restored";
  /** Why the pair was due, if it was. */
  readonly reason: DueReason | undefined;
  /** For `waiting` after the issuer was asked: for its answer, or until the certificate is valid. */
  readonly waitsFor: "issuer" | "validity" | undefined;
  /** For `idle`: when the pair will be due. Otherwise: when it is tried again, if it is. */
  readonly nextAttempt: Date | undefined;
  /** For `rotated` and `restored`: the certificate that this run made active. */
  readonly certificate: CertificateSummary | undefined;
  /** The files that were repaired, with the active pair unchanged. */
  readonly repaired: readonly string[];
  /** What changed in the trust bundle. */
  readonly trust?: TrustChange;
  /** Whether the hook and the probe are pending at the end: exit code 5. */
  readonly owed: Pick<Owed, "hook" | "probe"> | undefined;
  readonly errors: readonly unknown[];
  readonly warnings: readonly unknown[];
  /** certswap was asked to stop: no other pair is started. */
  readonly isInterrupted: boolean;
  /** What to report about the pair as it is now; `undefined`: it is healthy. */
  readonly attention: Attention | undefined;
}

/** The result of a rotation that has not done anything yet. */
export function emptyResult(name: string): RotationResult {
  return {
    name,
    pair: undefined,
    outcome: "idle",
    reason: undefined,
    waitsFor: undefined,
    nextAttempt: undefined,
    certificate: undefined,
    repaired: [],
    owed: undefined,
    errors: [],
    warnings: [],
    isInterrupted: false,
    attention: undefined,
  };
}
