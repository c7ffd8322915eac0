import type { CertificateSummary } from "../summary.ts";

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
