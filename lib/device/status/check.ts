/** Checks a pair for a monitoring system: its state, the reasons, the time left. Reads only. */
import type { System, UsedPath } from "../../system/mod.ts";
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

/** The states of a check, named as in the Monitoring Plugins. */
export type CheckState = "ok" | "warning" | "critical" | "unknown";

/** Why a pair is in a state. */
export interface Finding {
  readonly state: CheckState;
  /**
   * - `expired`, `not-yet-valid`, `missing`, `broken`: the active pair
   * - `overdue`: it should have been renewed at `since`
   * - `clock-ahead`: due, but the clock has jumped ahead, and a later run must confirm it
   * - `failing`: the last attempt to renew it, to run its hook or to probe its service failed
   * - `hook-pending`, `probe-pending`: the service was not told about it, or was not seen to use it
   * - `kept`: a new pair is pending, see `kept`. One that the service refused will probably be refused again
   * - `recovery-due`: a change was interrupted; `recovery-undecidable`: a person has to choose
   * - `other`: see `error`
   * - `key-unread`, `state-unread`: this user may not read it
   */
  readonly kind:
    | "expired"
    | "not-yet-valid"
    | "missing"
    | "broken"
    | "overdue"
    | "clock-ahead"
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
  /** For `failing`: whether it is the renewal that fails; if not, a hook or probe. */
  readonly isRenewal?: boolean;
  /** For `kept`. */
  readonly kept?: KeptPair | undefined;
  /** For `broken` and `other`. */
  readonly error?: unknown;
}

/** The last failure, as recorded in the state. */
export interface LastFailure {
  readonly at: Date;
  readonly code: string;
  /** The message as it was printed. Untrusted. */
  readonly text?: string;
  readonly since?: Date;
  readonly count?: number;
}

/** The time until the active certificate expires, and its thresholds. */
export interface TimeLeft {
  readonly notAfter: Date;
  /** Milliseconds; negative once it has expired. */
  readonly left: number;
  /**
   * Thresholds in milliseconds before expiry. A pair that has not been renewed by then is overdue (a
   * warning) or critical.
   */
  readonly warning: number;
  readonly critical: number;
}

/** The result of checking one pair. */
export interface PairCheck {
  readonly state: CheckState;
  /** The most severe first. Empty if there is nothing to report. */
  readonly findings: readonly Finding[];
  /** `undefined` if no certificate can be read. */
  readonly time: TimeLeft | undefined;
}

/** When a pair is renewed if it is not configured: the default of `renew_before`. */
const usualRenewal: RenewBefore = { kind: "share", share: 0.33 };

/** States, the most severe first, in the order of max_state_alt() of the Monitoring Plugins. */
const bySeverity: readonly CheckState[] = ["critical", "warning", "unknown", "ok"];

/** The most severe of several states. */
export function worstState(states: readonly CheckState[]): CheckState {
  return bySeverity.find((state) => states.includes(state)) ?? "ok";
}

/** The state for each urgency. A notice is a warning already, so that there is time to act. */
const stateOfUrgency: Readonly<Record<Urgency, CheckState>> = {
  healthy: "ok",
  notice: "warning",
  warning: "warning",
  critical: "critical",
};

/** Options of {@linkcode checkPair}. */
interface CheckOptions {
  readonly around: Surroundings;
  /** When the pair is renewed, if that is configured. */
  readonly renewBefore?: RenewBefore | undefined;
  readonly judge?: Judge | undefined;
  /** The places that a rotation uses besides the pair's own files. */
  readonly places?: readonly UsedPath[] | undefined;
}

/**
 * Checks a pair. If this user may read the certificate, but not the key or the state, the certificate is
 * checked, and the result says what was not.
 *
 * @throws the errors of resolving and reading the certificate; JournalRefusedError.
 */
export async function checkPair(
  system: System,
  paths: PairPaths,
  { renewBefore = usualRenewal, ...options }: CheckOptions,
): Promise<PairCheck> {
  const { findings, ...look } = await lookAt(system, paths, options);
  const { leaf, now } = look;
  const renewalTime = leaf && await renewalTimeOf(leaf, renewBefore);
  return judged(
    [...findings, ...urgentFindings({ ...look, renewalTime })],
    leaf && renewalTime && timeLeft(leaf, renewalTime, now),
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

/** What was found about a pair. */
interface Look {
  readonly now: Date;
  readonly leaf: Certificate | undefined;
  readonly state: PairState;
  /** Why every rotation will fail. */
  readonly obstacles: readonly unknown[];
  readonly isWaitingForClock: boolean;
  readonly findings: readonly Finding[];
}

async function lookAt(
  system: System,
  paths: PairPaths,
  options: Omit<CheckOptions, "renewBefore">,
): Promise<Look> {
  try {
    const status = await readStatus(system, paths, options);
    const { now, active: { leaf }, state, decision } = status;
    const obstacles = obstaclesOf(status);
    const isWaitingForClock = decision?.kind === "wait" && decision.for === "clock";
    const findings = statusFindings(status, obstacles);
    return { now, leaf, state, obstacles, isWaitingForClock, findings };
  } catch (error) {
    if (!isRefused(error)) throw error;
    return await lookAtPublicFacts(system, paths, options);
  }
}

function obstaclesOf({ blocked, untrusted }: Pick<PairStatus, "blocked" | "untrusted">): unknown[] {
  return [...(blocked === undefined ? [] : [blocked]), ...untrusted];
}

function statusFindings(
  { active, recovery, warnings, state, kept }: PairStatus,
  obstacles: readonly unknown[],
): Finding[] {
  // For a rotation, an unreadable state means that hook and probe are pending. A check reports it as
  // unknown.
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
    ...warnings.filter((error) => !obstacles.includes(error))
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

/** Compared by code, because a file of the bundle that is loaded later has its own copy of the class. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

interface Circumstances extends Omit<Look, "findings"> {
  readonly renewalTime: Date | undefined;
}

/** The findings that are more serious the less time is left. Without a usable certificate, there is none. */
function urgentFindings(
  { leaf, renewalTime, now, state, obstacles, isWaitingForClock }: Circumstances,
): Finding[] {
  const { notBefore, notAfter } = leaf ?? {};
  const failing = isFailing(state);
  const owedSince = state.owed?.since;
  const circumstances = { notBefore, notAfter, renewalTime, now, failing, owedSince };
  const urgency = stateOfUrgency[urgencyOf(circumstances)];
  const isExpired = notAfter !== undefined && now > notAfter;
  const isEarly = notBefore !== undefined && now < notBefore;
  const isInTime = leaf !== undefined && !isExpired;
  // The next attempt is certain to fail, so the urgency is that of a failing pair.
  const ifFailing = stateOfUrgency[urgencyOf({ ...circumstances, failing: true })];
  const failure: LastFailure | undefined = failing ? state.lastFailure : undefined;
  return [
    ...(isExpired ? [{ state: "critical", kind: "expired", since: notAfter } as const] : []),
    ...(isEarly ? [{ state: "warning", kind: "not-yet-valid" } as const] : []),
    ...(failure === undefined ? [] : [
      {
        state: urgency,
        kind: "failing",
        since: failure.since ?? failure.at,
        failure,
        isRenewal: state.renewal !== undefined,
      } as const,
    ]),
    ...obstacles.map((error) => ({ state: ifFailing, kind: "other", error } as const)),
    ...(urgency !== "ok" && failure === undefined && isInTime
      ? [{ state: urgency, kind: "overdue", since: renewalTime } as const]
      : []),
    ...(urgency !== "ok" && isWaitingForClock
      ? [{ state: urgency, kind: "clock-ahead" } as const]
      : []),
  ];
}

/** Checks a pair for a user who may read the certificate, but not everything else. */
async function lookAtPublicFacts(
  system: System,
  paths: PairPaths,
  options: Omit<CheckOptions, "renewBefore">,
): Promise<Look> {
  const facts = await readPublicFacts(system, paths, options);
  const { now, active: { leaf, ...active }, state, warning, exposed, unread } = facts;
  const findings: (Finding | false)[] = [
    active.condition === "missing" && { state: "critical", kind: "missing" },
    active.defect !== undefined && { state: "critical", kind: "broken", error: active.defect },
    ...stateFindings(isUnreadableState(warning) ? undefined : state.owed),
    warning !== undefined && { state: stateOfWarning(warning), kind: "other", error: warning },
    ...exposed.map((error): Finding => ({ state: "warning", kind: "other", error })),
    ...unread.map((what): Finding => ({ state: "ok", kind: `${what}-unread` })),
  ];
  return {
    now,
    leaf,
    state,
    obstacles: obstaclesOf(facts),
    isWaitingForClock: false,
    findings: findings.filter((found) => found !== false),
  };
}
