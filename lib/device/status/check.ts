/** What a monitoring system is told of a pair: its state, the reasons, the time left. Reads only. */
import type { System } from "../../system/mod.ts";
import type { Certificate } from "../../x509/mod.ts";
import type { RenewBefore } from "../configuration/mod.ts";
import type { PairPaths, PairState } from "../pair/mod.ts";
import {
  graceOf,
  isFailing,
  type Judge,
  renewalTimeOf,
  type Urgency,
  urgencyOf,
} from "../rotation/mod.ts";
import type { KeptPair } from "./kept.ts";
import { isRefused, readPublicFacts } from "./public_facts.ts";
import { type PairStatus, readStatus } from "./status.ts";
import type { Surroundings } from "./surroundings.ts";

/** The states of a check, by the names of the Monitoring Plugins. */
export type CheckState = "ok" | "warning" | "critical" | "unknown";

/** Why a pair is in a state. */
export interface Finding {
  readonly state: CheckState;
  /**
   * - `expired`, `not-yet-valid`, `missing`, `broken`: the active pair
   * - `overdue`: it should have been renewed at `since`
   * - `failing`: the last attempt to renew it, to run its hook or to probe its service failed
   * - `hook-pending`, `probe-pending`: the service was not told of it, or not seen to serve it
   * - `kept`: a new pair waits, see `kept`. One that the service did not take will not be taken next time
   * - `recovery-due`: a change was cut short; `recovery-undecidable`: a person has to choose
   * - `other`: see `error`
   * - `key-unread`, `state-unread`: this user may not read it
   */
  readonly kind:
    | "expired"
    | "not-yet-valid"
    | "missing"
    | "broken"
    | "overdue"
    | "failing"
    | "hook-pending"
    | "probe-pending"
    | "kept"
    | "recovery-due"
    | "recovery-undecidable"
    | "other"
    | "key-unread"
    | "state-unread";
  readonly since?: Date | undefined;
  /** For `failing`. */
  readonly failure?: LastFailure | undefined;
  /** For `kept`. */
  readonly kept?: KeptPair | undefined;
  /** For `broken` and `other`. */
  readonly error?: unknown;
}

/** The last failure, as far as the state tells of it. */
export interface LastFailure {
  readonly at: Date;
  readonly code: string;
  /** As it was printed. Untrusted. */
  readonly text?: string;
  readonly since?: Date;
  readonly count?: number;
}

/** The life of the active certificate, and from when on how little of it is left counts. */
export interface TimeLeft {
  readonly notAfter: Date;
  /** Milliseconds; negative once it has expired. */
  readonly left: number;
  /**
   * Milliseconds before its end from which on a pair that is not renewed is overdue, which is a warning, or
   * critical.
   */
  readonly warning: number;
  readonly critical: number;
}

/** What is said of one pair. */
export interface PairCheck {
  readonly state: CheckState;
  /** From the worst to the least. Empty: all is well. */
  readonly findings: readonly Finding[];
  /** `undefined` if there is no certificate that can be read. */
  readonly time: TimeLeft | undefined;
}

/** When a pair is renewed if no configuration says so, see `renew_before` there. */
const usualRenewal: RenewBefore = { kind: "share", share: 0.33 };

/** States from the worst to the best, as max_state_alt() of the Monitoring Plugins has them. */
const bySeverity: readonly CheckState[] = ["critical", "warning", "unknown", "ok"];

/** The worst of some states. */
export function worstState(states: readonly CheckState[]): CheckState {
  return bySeverity.find((state) => states.includes(state)) ?? "ok";
}

/** Of an urgency: whoever is told early has time to act. */
const stateOfUrgency: Readonly<Record<Urgency, CheckState>> = {
  healthy: "ok",
  notice: "warning",
  warning: "warning",
  critical: "critical",
};

/** Options of a check. */
interface CheckOptions {
  readonly around: Surroundings;
  /** When the pair is renewed, if that is configured. */
  readonly renewBefore?: RenewBefore | undefined;
  readonly judge?: Judge | undefined;
}

/**
 * Checks a pair. Whoever may read the certificate and not the key, or not the state, is told what the
 * certificate says, and that the rest was not checked.
 *
 * @throws the errors of resolving and reading the certificate; JournalRefusedError.
 */
export async function checkPair(
  system: System,
  paths: PairPaths,
  { around, renewBefore = usualRenewal, judge }: CheckOptions,
): Promise<PairCheck> {
  const { leaf, now, state, blocked, findings } = await lookAt(system, paths, { around, judge });
  if (leaf === undefined) return judged([...findings, ...failingWithoutPair(state)], undefined);
  const renewalTime = await renewalTimeOf(leaf, renewBefore);
  return judged(
    [...findings, ...timeFindings({ leaf, renewalTime, now, state, blocked })],
    timeLeft(leaf, renewalTime, now),
  );
}

function judged(findings: readonly Finding[], time: TimeLeft | undefined): PairCheck {
  const rank = ({ state }: Finding): number => bySeverity.indexOf(state);
  const sorted = findings.toSorted((a, b) => rank(a) - rank(b));
  return { state: worstState(sorted.map(({ state }) => state)), findings: sorted, time };
}

function timeLeft({ notAfter }: Certificate, renewalTime: Date, now: Date): TimeLeft {
  const window = Math.max(0, notAfter.getTime() - renewalTime.getTime());
  return {
    notAfter,
    left: notAfter.getTime() - now.getTime(),
    warning: window - graceOf(window),
    critical: window / 4,
  };
}

/** What was seen of a pair. */
interface Look {
  readonly now: Date;
  readonly leaf: Certificate | undefined;
  readonly state: PairState;
  readonly blocked: unknown;
  readonly findings: readonly Finding[];
}

async function lookAt(
  system: System,
  paths: PairPaths,
  options: Pick<CheckOptions, "around" | "judge">,
): Promise<Look> {
  try {
    const status = await readStatus(system, paths, options);
    const { now, active: { leaf }, state, blocked } = status;
    return { now, leaf, state, blocked, findings: statusFindings(status) };
  } catch (error) {
    if (!isRefused(error)) throw error;
    return await lookAtPublicFacts(system, paths, options.around);
  }
}

function statusFindings(
  { active, recovery, warnings, state, kept, blocked }: PairStatus,
): Finding[] {
  // A state that cannot be read counts as a debt for rotations; a check says that it is not known.
  const owed = warnings.some(isUnreadableState) ? undefined : state.owed;
  const findings: (Finding | false | undefined)[] = [
    active.condition === "missing" && { state: "critical", kind: "missing" },
    active.condition === "broken" &&
    { state: "critical", kind: "broken", error: active.defect },
    ...stateFindings(owed),
    kept && { state: kept.reason === "refused" ? "warning" : "ok", kind: "kept", kept },
    recovery.outcome === "undecidable"
      ? { state: "warning", kind: "recovery-undecidable" }
      : recovery.outcome !== "clean" && { state: "warning", kind: "recovery-due" },
    ...warnings.filter((error) => error !== blocked)
      .map((error): Finding => ({ state: stateOfWarning(error), kind: "other", error })),
  ];
  return findings.filter((finding) => finding !== false && finding !== undefined);
}

function stateFindings(owed: PairState["owed"]): (Finding | false)[] {
  return owed === undefined ? [] : [
    owed.hook && { state: "warning", kind: "hook-pending", since: owed.since },
    owed.probe && { state: "warning", kind: "probe-pending", since: owed.since },
  ];
}

function stateOfWarning(error: unknown): CheckState {
  if (isUnreadableState(error)) return "unknown";
  return codeOf(error) === "not-mounted" ? "critical" : "warning";
}

const isUnreadableState = (error: unknown): boolean => codeOf(error) === "unreadable-state";

/** By its code, not by its class: a file of the bundle that is loaded late has its own copy of that. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

interface Circumstances {
  readonly leaf: Certificate;
  readonly renewalTime: Date;
  readonly now: Date;
  readonly state: PairState;
  readonly blocked: unknown;
}

function timeFindings({ leaf, renewalTime, now, state, blocked }: Circumstances): Finding[] {
  const { notBefore, notAfter } = leaf;
  const failing = isFailing(state);
  const owedSince = state.owed?.since;
  const circumstances = { notBefore, notAfter, renewalTime, now, failing, owedSince };
  const urgency = stateOfUrgency[urgencyOf(circumstances)];
  const isExpired = now > notAfter;
  // The next attempt fails for certain: the less time is left, the worse.
  const ifFailing = stateOfUrgency[urgencyOf({ ...circumstances, failing: true })];
  const failure: LastFailure | undefined = failing ? state.lastFailure : undefined;
  return [
    ...(isExpired ? [{ state: "critical", kind: "expired", since: notAfter } as const] : []),
    ...(now < notBefore ? [{ state: "warning", kind: "not-yet-valid" } as const] : []),
    ...(failure === undefined ? [] : [
      { state: urgency, kind: "failing", since: failure.since ?? failure.at, failure } as const,
    ]),
    ...(blocked === undefined
      ? []
      : [{ state: ifFailing, kind: "other", error: blocked } as const]),
    ...(urgency !== "ok" && failure === undefined && !isExpired
      ? [{ state: urgency, kind: "overdue", since: renewalTime } as const]
      : []),
  ];
}

/** Why there is still no pair. */
function failingWithoutPair(state: PairState): Finding[] {
  const { lastFailure: failure } = state;
  if (failure === undefined || !isFailing(state)) return [];
  return [{ state: "critical", kind: "failing", since: failure.since ?? failure.at, failure }];
}

/** What a user is told who may read the certificate and not all of the rest. */
async function lookAtPublicFacts(
  system: System,
  paths: PairPaths,
  around: Surroundings,
): Promise<Look> {
  const facts = await readPublicFacts(system, paths, around);
  const { now, active: { leaf, ...active }, state, blocked, warning, unread } = facts;
  const findings: (Finding | false)[] = [
    active.condition === "missing" && { state: "critical", kind: "missing" },
    active.defect !== undefined && { state: "critical", kind: "broken", error: active.defect },
    ...stateFindings(isUnreadableState(warning) ? undefined : state.owed),
    warning !== undefined && { state: stateOfWarning(warning), kind: "other", error: warning },
    ...unread.map((what): Finding => ({ state: "ok", kind: `${what}-unread` })),
  ];
  return { now, leaf, state, blocked, findings: findings.filter((found) => found !== false) };
}
