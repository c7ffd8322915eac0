/** Describes the pending pair: since when it is kept, why, and when it is tried. Reads nothing. */
import { fingerprint } from "../../x509/mod.ts";
import type { ActivePair, KeptReason, PairState } from "../pair/mod.ts";
import type { RenewalDecision } from "../rotation/mod.ts";

/** A pending pair that is usable. */
export interface KeptPair {
  /** When it was examined. */
  readonly now: Date;
  /** `undefined`: unknown. */
  readonly since: Date | undefined;
  /** `staged`: it was not kept by a rotation. */
  readonly reason: KeptReason | "staged";
  /** How often the service refused it. */
  readonly refusals: number;
  readonly next: NextTry;
}

/**
 * When a rotation puts a pending pair in place.
 *
 * - `at`: not before that time
 * - `next-run`: at the next run
 * - `when-due`: when the active pair is due, at a time that is not known here
 * - `never`: the pair has no issuer
 */
export type NextTry =
  | { readonly kind: "at"; readonly at: Date }
  | { readonly kind: "next-run" | "when-due" | "never" };

/** What else is known about the pair. */
interface Circumstances {
  readonly now: Date;
  readonly state: PairState;
  /** `undefined`: the rules for renewing the pair are not known. */
  readonly decision: RenewalDecision | undefined;
}

/** Describes a pending pair. @returns `undefined` if it is not usable. */
export async function keptPair(
  pending: ActivePair,
  { now, state, decision }: Circumstances,
): Promise<KeptPair | undefined> {
  if (pending.condition !== "sound") return undefined;
  const { leaf } = pending.loaded;
  const known = await fingerprint(leaf);
  const kept = state.kept?.fingerprint === known ? state.kept : undefined;
  const takenBack = state.takenBack?.fingerprint === known ? state.takenBack : undefined;
  // An older version recorded only that the pair was rolled back.
  const { lastChange } = state;
  const restored = takenBack && lastChange?.by === "rollback" ? lastChange.at : undefined;
  return {
    now,
    since: kept?.since ?? restored,
    reason: takenBack === undefined ? kept?.reason ?? "staged" : "refused",
    refusals: takenBack?.times ?? 0,
    next: notBefore(nextTry(decision), leaf.notBefore, now),
  };
}

function nextTry(decision: RenewalDecision | undefined): NextTry {
  switch (decision?.kind) {
    case undefined:
      return { kind: "when-due" };
    case "nothing":
      return decision.renewalTime === undefined
        ? { kind: "never" }
        : { kind: "at", at: decision.renewalTime };
    case "wait":
      return decision.until === undefined
        ? { kind: "next-run" }
        : { kind: "at", at: decision.until };
    case "renew":
      return { kind: "next-run" };
  }
}

/** A pair is not put in place before it is valid. */
function notBefore(next: NextTry, valid: Date, now: Date): NextTry {
  if (next.kind === "next-run" && valid > now) return { kind: "at", at: valid };
  return next.kind === "at" && valid > next.at ? { kind: "at", at: valid } : next;
}
