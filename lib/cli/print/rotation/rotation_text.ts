/** What a rotation did, or would do, in words and as JSON. */
import type {
  Attention,
  DueReason,
  RotationPlan,
  RotationResult,
} from "../../../device/rotation/mod.ts";
import { certificateRows, certificateToJson } from "../certificate_text.ts";
import { exitCodeOf, worstExitCode } from "../../exit_code.ts";
import type { Json, Outcome } from "../output.ts";
import { outlookToJson, wouldRecover } from "../recovery_text.ts";
import { day, formatTime } from "../../../system/mod.ts";
import { fields, timeAhead, visible } from "../../text.ts";
import { ConfiguredPairError } from "../../../device/configuration/mod.ts";
import { isOfSharedHook } from "../../../device/service/mod.ts";

const reasons: Readonly<Record<DueReason, string>> = {
  "renewal": "enough of its life is gone",
  "expired": "it has expired",
  "missing": "there is none yet",
  "broken": "it is broken",
  "identity": "it is not for whom the configuration says",
  "forced": "--force says so",
};

/** The lines for what was changed. None where nothing was. */
export function didRotate(result: RotationResult, now: Date): string[] {
  const { name, outcome, certificate, owed } = result;
  const rows = certificate === undefined ? [] : fields(certificateRows(certificate));
  switch (outcome) {
    case "rotated":
      return [`Pair ${name} rotated${owed ? pendingText(owed) : " successfully"}.`, ...rows];
    case "settled":
      return [`Pair ${name}: what an earlier run owed the service is done.`];
    case "restored":
      return [`Pair ${name}: the previous pair is active again.`, ...rows];
    case "waiting":
      // A person has asked for it, perhaps through a program: not only a terminal is told.
      return result.reason === "forced" ? [forcedText(result, now)] : [];
    default:
      return [];
  }
}

/** What `--force` has led to if the issuer has not decided. */
function forcedText({ name, nextAttempt }: RotationResult, now: Date): string {
  const next = nextAttempt === undefined || nextAttempt <= now
    ? "The next run asks again"
    : `Next attempt at ${timeAhead(nextAttempt, now)}`;
  return `Pair ${name}: certificate requested, but the issuer is not ready yet. ${next}.`;
}

/** What comes after `--force` has failed for a pair that is not due: nothing is under way. */
function afterForced(result: RotationResult, now: Date): string[] {
  const { name, outcome, reason, errors, nextAttempt, attention } = result;
  // Of a pair that is due, its line says what comes next.
  const isDue = attention?.reason !== undefined;
  if (reason !== "forced" || errors.length === 0 || isDue || nextAttempt === undefined) return [];
  const what = outcome === "restored"
    ? "the new pair is kept, and tried again when the active one is due"
    : "nothing is under way; it is renewed when it is due";
  return [
    visible(
      `Pair ${name}: ${what}, at ${timeAhead(nextAttempt, now)}; ` +
        `to try now: certswap rotate --name ${name} --force`,
    ),
  ];
}

function pendingText({ hook, probe }: NonNullable<RotationResult["owed"]>): string {
  const what = [...(hook ? ["the hook"] : []), ...(probe ? ["the probe"] : [])];
  return what.length === 0
    ? ""
    : `; ${what.join(" and ")} ${what.length > 1 ? "are" : "is"} still pending`;
}

/** For a terminal, at once: why nothing seems to happen. */
export function waitingForIssuer(name: string): string {
  return `Pair ${name}: the issuer has not decided yet. ` +
    "Waiting for it; after Ctrl-C the next run asks again.";
}

/** The one line for a terminal where nothing was changed and nothing failed. */
function idleText(results: readonly RotationResult[], now: Date): string {
  const waiting = results.filter(({ outcome }) => outcome === "waiting");
  if (waiting.length > 0) return waiting.map((result) => waitingText(result, now)).join(" ");
  const next = earliest(results.flatMap(({ nextAttempt }) => nextAttempt ?? []));
  if (next !== undefined) return `Nothing to do. The next pair is due at ${timeAhead(next, now)}.`;
  const [only, ...others] = results;
  return only === undefined || others.length > 0
    ? "Nothing to do: no pair has an issuer."
    : `Nothing to do: pair ${only.name} has no issuer.`;
}

function waitingText({ name, reason, nextAttempt }: RotationResult, now: Date): string {
  const due = reason === undefined ? "" : ` is due (${reasons[reason]}), and`;
  const until = nextAttempt === undefined
    ? "until a run at least 10 minutes from now has seen the clock go on"
    : `until ${timeAhead(nextAttempt, now)}`;
  return `Pair ${name}${due} waits ${until}. To try now: certswap rotate --name ${name} --force`;
}

function earliest(dates: readonly Date[]): Date | undefined {
  return dates.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

/** The lines for what would be done, and why. */
export function wouldRotate(plan: RotationPlan): string[] {
  const { name, now, recovery, owed, removesPrevious, decision } = plan;
  const owes = owed === undefined
    ? []
    : [[owed.hook ? "the hook" : "", owed.probe ? "the probe" : ""].filter((what) => what !== "")];
  return [
    `Pair ${name}: ${decisionText(decision, now)}`,
    ...wouldRecover(recovery).map((line) => `  ${line}`),
    ...owes.map((what) => `  First, ${what.join(" and ")} would be tried again.`),
    ...(removesPrevious ? ["  The previous pair would be removed: it was kept long enough."] : []),
  ];
}

function decisionText(decision: RotationPlan["decision"], now: Date): string {
  switch (decision.kind) {
    case "nothing":
      return decision.renewalTime === undefined
        ? "not renewed by certswap: it has no issuer."
        : `nothing to do before ${timeAhead(decision.renewalTime, now)}.`;
    case "wait":
      return `due (${reasons[decision.reason]}), but ${
        decision.until === undefined
          ? "the clock has jumped ahead: before its CA signs by it, a run at least 10 minutes later has to " +
            "see it go on."
          : `not tried again before ${timeAhead(decision.until, now)}.`
      }`;
    case "renew":
      return `would be renewed now: ${reasons[decision.reason]}.`;
  }
}

/** {@linkcode RotationResult} for `--json`; its errors stand beside those of the other pairs. */
export function resultToJson(result: RotationResult): Json {
  const { name, outcome, reason, nextAttempt, certificate, owed, attention } = result;
  return {
    name,
    outcome,
    reason,
    nextAttempt: nextAttempt && formatTime(nextAttempt),
    certificate: certificate && certificateToJson(certificate),
    owed: owed && { hook: owed.hook, probe: owed.probe },
    attention: attention && attentionToJson(attention),
  };
}

/** {@linkcode Attention} for `--json` and the log. */
export function attentionToJson(
  { urgency, failure, notAfter, now, dueSince, next }: Attention,
): { readonly [name: string]: Json | undefined } {
  return {
    urgency,
    code: failure?.code,
    text: failure?.text,
    since: failure?.since && formatTime(failure.since),
    count: failure?.count,
    at: failure && formatTime(failure.at),
    dueSince: dueSince && formatTime(dueSince),
    notAfter: notAfter && formatTime(notAfter),
    daysLeft: notAfter && Math.floor((notAfter.getTime() - now.getTime()) / day),
    nextAttempt: next.kind === "attempt" ? formatTime(next.at) : undefined,
    setBy: next.kind === "attempt" ? next.setBy : undefined,
  };
}

/** {@linkcode RotationPlan} for `--json`. */
export function planToJson(plan: RotationPlan): Json {
  const { name, recovery, owed, decision, removesPrevious } = plan;
  return {
    name,
    decision: decision.kind,
    reason: decision.kind === "nothing" ? undefined : decision.reason,
    due: decision.kind === "nothing"
      ? decision.renewalTime && formatTime(decision.renewalTime)
      : undefined,
    nextAttempt: decision.kind === "wait" && decision.until
      ? formatTime(decision.until)
      : undefined,
    owed: owed && { hook: owed.hook, probe: owed.probe },
    removesPrevious,
    recovery: outlookToJson(recovery),
  };
}

/** What else is said than what came of every pair. */
interface OutcomeOptions {
  readonly now: Date;
  /** Of the whole run. */
  readonly warnings?: readonly unknown[];
  /** The lines about pairs that are not healthy. */
  readonly attention?: readonly string[];
  /** Whether what there is to say of a pair was told by an earlier run, and is not to be repeated. */
  readonly isToldAlready?: (name: string) => boolean;
}

/** What to say of what came of every pair. */
export function outcomeOf(
  results: readonly RotationResult[],
  { now, warnings = [], attention = [], isToldAlready = () => false }: OutcomeOptions,
): Outcome {
  // A pair that was taken back once more, as an earlier run has told, is no news.
  const lines = results.filter(({ name, outcome }) =>
    outcome !== "restored" || !isToldAlready(name)
  ).flatMap((result) => didRotate(result, now));
  const told = new Set<unknown>();
  const say = (errorsOf: (result: RotationResult) => readonly unknown[]): ConfiguredPairError[] => {
    const said = ofPairs(results, errorsOf);
    for (const error of said) {
      if ([error.pair, ...error.others].every(isToldAlready)) told.add(error);
    }
    return said;
  };
  const failures = say(({ errors }) => errors);
  const isIdle = lines.length + failures.length === 0 &&
    results.every(({ attention }) => attention === undefined);
  return {
    exit: worstExitCode(results.map(exitCodeOf)),
    json: { dryRun: false, pairs: results.map(resultToJson) },
    lines,
    idle: isIdle ? idleText(results, now) : undefined,
    warnings: [...say((result) => result.warnings), ...warnings],
    failures,
    told,
    attention: [...attention, ...results.flatMap((result) => afterForced(result, now))],
  };
}

/** Says of errors which pairs they are about. That of a hook that pairs share is told once for all. */
function ofPairs(
  results: readonly RotationResult[],
  errorsOf: (result: RotationResult) => readonly unknown[],
): ConfiguredPairError[] {
  const told = new Map<unknown, { readonly cause: unknown; readonly pairs: Set<string> }>();
  for (const result of results) {
    for (const cause of errorsOf(result).flatMap(withSharedHook)) {
      const key = keyOf(cause);
      const one = told.get(key) ?? { cause, pairs: new Set() };
      told.set(key, one);
      one.pairs.add(result.name);
    }
  }
  return [...told.values()].map(({ cause, pairs }) => {
    const [pair = "", ...others] = pairs;
    return new ConfiguredPairError(pair, { cause, others });
  });
}

/** What a shared hook has said of a pair that was taken back is an error of its own, for all of its pairs. */
function withSharedHook(error: unknown): unknown[] {
  const { hookError } = error instanceof Error ? error as { hookError?: unknown } : {};
  return isOfSharedHook(hookError) ? [error, hookError] : [error];
}

/** A shared hook may be run twice, for the new pairs and for the previous ones, and say the same of both. */
function keyOf(error: unknown): unknown {
  if (!isOfSharedHook(error)) return error;
  const { hook: { name }, failure, cause } = error;
  return JSON.stringify([name, failure, String(cause)]);
}

/** Says of errors which pair they are about. */
export function ofPair(name: string, errors: readonly unknown[]): ConfiguredPairError[] {
  return errors.map((cause) => new ConfiguredPairError(name, { cause }));
}
