/** Prints what a rotation did or would do, as text and as JSON. */
import type {
  Attention,
  DueReason,
  RotationPlan,
  RotationResult,
  TrustChange,
} from "../../../device/rotation/mod.ts";
import { certificateRows, certificateToJson } from "../certificate_text.ts";
import { exitCodeOf, worstExitCode } from "../../exit_code.ts";
import { type GivenFlags, repeatFlags } from "../../given_flags.ts";
import type { Json, Outcome } from "../output.ts";
import { outlookToJson, wouldRecover } from "../recovery_text.ts";
import { day, formatTime } from "../../../system/mod.ts";
import { fields, fingerprintText, timeAhead, visible } from "../../text.ts";
import { ConfiguredPairError } from "../../../device/configuration/mod.ts";
import { isOfSharedHook } from "../../../device/service/mod.ts";

const reasons: Readonly<Record<DueReason, string>> = {
  "renewal": "its renewal window has begun",
  "expired": "it has expired",
  "missing": "it does not exist yet",
  "broken": "it is broken",
  "identity": "its subject or names differ from the configuration",
  "forced": "--force was given",
};

/** The lines about a change. None if nothing changed. */
export function didRotate(result: RotationResult): string[] {
  const { name, trust } = result;
  return [...(trust === undefined ? [] : didChangeTrust(name, trust)), ...didChangePair(result)];
}

/** The lines about the trust bundle of a pair. */
export function didChangeTrust(name: string, { path, added, removed }: TrustChange): string[] {
  return [
    `Pair ${name}: trust bundle ${visible(path)} ${
      added.length + removed.length === 0 ? "created" : "changed"
    }.`,
    ...added.map((root) => `  added    ${rootText(root)}`),
    ...removed.map((root) => `  removed  ${rootText(root)}`),
  ];
}

function rootText({ fingerprint, subject, notAfter }: TrustChange["added"][number]): string {
  return `${fingerprintText(fingerprint)} (${visible(subject)}, not after ${formatTime(notAfter)})`;
}

function didChangePair(result: RotationResult): string[] {
  const { name, outcome, certificate, owed, repaired } = result;
  const rows = certificate === undefined ? [] : fields(certificateRows(certificate));
  if (repaired.length > 0) {
    return [
      `Pair ${name}: repaired from the active pair${owed ? pendingText(owed) : ""}:`,
      ...repaired.map((path) => `  ${visible(path)}`),
    ];
  }
  switch (outcome) {
    case "rotated":
      return [`Pair ${name} rotated${owed ? pendingText(owed) : " successfully"}.`, ...rows];
    case "settled":
      return [`Pair ${name}: the pending hook or probe has now succeeded.`];
    case "restored":
      return [`Pair ${name} rolled back to the previous pair.`, ...rows];
    default:
      return [];
  }
}

/** What happens next after `--force` failed for a pair that is not due. */
function afterForced(result: RotationResult, now: Date): string[] {
  const { name, outcome, reason, errors, nextAttempt, attention } = result;
  // For a pair that is due, the line about it says what happens next.
  const isTold = attention?.reason !== undefined || attention?.next.kind === "attempt";
  if (reason !== "forced" || errors.length === 0 || isTold || nextAttempt === undefined) return [];
  const what = outcome === "restored"
    ? "the new pair is kept and will be tried again when the active one is due"
    : "the active pair will be renewed when it is due";
  return [
    visible(
      `Pair ${name}: ${what}, at ${timeAhead(nextAttempt, now)}. ` +
        `To try now: certswap rotate --name ${name} --force`,
    ),
  ];
}

function pendingText({ hook, probe }: NonNullable<RotationResult["owed"]>): string {
  const what = [...(hook ? ["the hook"] : []), ...(probe ? ["the probe"] : [])];
  return what.length === 0
    ? ""
    : `; ${what.join(" and ")} ${what.length > 1 ? "are" : "is"} still pending`;
}

/** What came of `--force` for a pair that was not changed and did not fail. */
function forcedLines(
  { name, reason, outcome, waitsFor, ...result }: RotationResult,
  now: Date,
): string[] {
  if (outcome === "idle") return [`Nothing to do: pair ${name} has no issuer.`];
  if (outcome !== "waiting" || reason !== "forced") return [];
  const { nextAttempt } = result;
  if (waitsFor === "validity") {
    const from = nextAttempt === undefined
      ? ""
      : `; next attempt: the first run after ${timeAhead(nextAttempt, now)}`;
    return [`Pair ${name}: the new certificate is not valid yet, and the new pair is kept${from}.`];
  }
  // The renewal of a pair that is due is told by a line about the pair.
  if (nextAttempt === undefined || nextAttempt <= now) {
    return [`Pair ${name}: the issuer is not ready. The next run asks again.`];
  }
  return [
    `Pair ${name}: the issuer is not ready, and the pair is not due yet. certswap asks again when it ` +
    `is due, at ${timeAhead(nextAttempt, now)}. To ask now: certswap rotate --name ${name} --force`,
  ];
}

/** What the command is waiting for, printed on a terminal while it waits. */
export function waitingForIssuer(name: string): string {
  return `Pair ${name}: waiting for the issuer. ` +
    "If you press Ctrl-C, the next run asks it again.";
}

/** The line for a terminal if nothing changed and nothing failed. */
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
  const due = reason === undefined ? "" : ` is due (${reasons[reason]}), but`;
  const until = nextAttempt === undefined
    ? "until a run at least 10 minutes from now confirms the clock"
    : `until ${timeAhead(nextAttempt, now)}`;
  return `Pair ${name}${due} waits ${until}. To try now: certswap rotate --name ${name} --force`;
}

function earliest(dates: readonly Date[]): Date | undefined {
  return dates.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

/** The lines about what would be done, and why. */
export function wouldRotate(plan: RotationPlan): string[] {
  const { name, now, recovery, owed, removesPrevious, decision, toRepair, isTrustDue } = plan;
  const owes = owed === undefined
    ? []
    : [[owed.hook ? "the hook" : "", owed.probe ? "the probe" : ""].filter((what) => what !== "")];
  return [
    `Pair ${name}: ${decisionText(decision, now)}`,
    ...wouldRecover(recovery).map((line) => `  ${line}`),
    ...owes.map((what) => `  First, ${what.join(" and ")} would be run again.`),
    ...(removesPrevious
      ? ["  The previous pair would be removed: it was kept for the configured time."]
      : []),
    ...(isTrustDue ? ["  The trust bundle would be refreshed from its source."] : []),
    ...(toRepair === "unknown"
      ? ["  Cannot tell whether its outputs need repair."]
      : toRepair.map((path) => `  ${visible(path)} would be repaired.`)),
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
          ? "the clock has jumped ahead: a run at least 10 minutes later must confirm it before the CA signs."
          : `the next attempt is the first run after ${timeAhead(decision.until, now)}.`
      }`;
    case "renew":
      return `would be renewed now: ${reasons[decision.reason]}.`;
  }
}

/** {@linkcode RotationResult} for `--json`, without its errors: those of all pairs are in one list. */
export function resultToJson(result: RotationResult): Json {
  const { name, outcome, reason, nextAttempt, certificate, owed, attention } = result;
  const { repaired, trust } = result;
  return {
    name,
    outcome,
    reason,
    nextAttempt: nextAttempt && formatTime(nextAttempt),
    certificate: certificate && certificateToJson(certificate),
    repaired: repaired.length === 0 ? undefined : repaired,
    trust: trust && trustToJson(trust),
    owed: owed && { hook: owed.hook, probe: owed.probe },
    attention: attention && attentionToJson(attention),
  };
}

/** {@linkcode TrustChange} for `--json` and the log. */
export function trustToJson(
  { path, added, removed }: TrustChange,
): { readonly [name: string]: Json | undefined } {
  const list = (roots: TrustChange["added"]): Json =>
    roots.map(({ fingerprint, subject, notAfter }) => ({
      fingerprint,
      subject,
      notAfter: formatTime(notAfter),
    }));
  return { path, added: list(added), removed: list(removed) };
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
  const { name, recovery, owed, decision, removesPrevious, toRepair, isTrustDue } = plan;
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
    toRepair: toRepair.length === 0 ? undefined : toRepair,
    refreshesTrust: isTrustDue || undefined,
    recovery: outlookToJson(recovery),
  };
}

/** What to print in addition to the results of the pairs. */
interface OutcomeOptions {
  readonly now: Date;
  /** Whether `--force` was given: then each pair is reported, even if nothing came of it. */
  readonly isForced?: boolean;
  /** The flags of the line, to be repeated in the commands that the lines suggest. */
  readonly given?: GivenFlags;
  /** Warnings about the whole run. */
  readonly warnings?: readonly unknown[];
  /** The lines about pairs that are not healthy. */
  readonly attention?: readonly string[];
  /** Whether an earlier run already reported everything about a pair, so that it is not repeated. */
  readonly isToldAlready?: (name: string) => boolean;
}

/** What to print about the results of all pairs. */
export function outcomeOf(
  results: readonly RotationResult[],
  { now, isForced = false, given = {}, warnings = [], attention = [], isToldAlready = () => false }:
    OutcomeOptions,
): Outcome {
  // If a pair was rolled back again, and an earlier run reported that, it is not news.
  const changes = results.filter(({ name, outcome }) =>
    outcome !== "restored" || !isToldAlready(name)
  ).flatMap(didRotate);
  // The line about a pair that is not healthy already says what it is waiting for.
  const forced = results.filter(({ name, attention }) =>
    isForced && (attention === undefined || isToldAlready(name))
  ).flatMap((result) => forcedLines(result, now)).map((line) => repeatFlags(line, given));
  const lines = [...changes, ...forced];
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

/** Adds to each error the pairs that it is about. The failure of a shared hook is reported once for all. */
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

/** The error, and the failure of a shared hook during the rollback as a separate error for all its pairs. */
function withSharedHook(error: unknown): unknown[] {
  const { hookError } = error instanceof Error ? error as { hookError?: unknown } : {};
  return isOfSharedHook(hookError) ? [error, hookError] : [error];
}

/**
 * Equal for equal failures of a shared hook: it may fail for the new pairs and again for the previous ones.
 */
function keyOf(error: unknown): unknown {
  if (!isOfSharedHook(error)) return error;
  const { hook: { name }, failure, cause } = error;
  return JSON.stringify([name, failure, String(cause)]);
}

/** Adds to each error the pair that it is about. */
export function ofPair(name: string, errors: readonly unknown[]): ConfiguredPairError[] {
  return errors.map((cause) => new ConfiguredPairError(name, { cause }));
}
