/** Prints the status of one pair, as text and as JSON. */
import type { PairReport, PairState, PairStatus } from "../../../device/mod.ts";
import { certificateRows, certificateToJson } from "../certificate_text.ts";
import { isTriedAgain, keptText, keptToJson } from "./kept_text.ts";
import { trustLines, trustStatusToJson } from "./trust_text.ts";
import { type CertificateInTime, lifeBar, lifeColour, timeLeft } from "./life_bar.ts";
import type { Json } from "../output.ts";
import { outlookToJson, wouldRecover } from "../recovery_text.ts";
import { formatTime } from "../../../system/mod.ts";
import { isFailing } from "../../../device/rotation/mod.ts";
import {
  capitalized,
  type Colour,
  counted,
  failedStep,
  failuresInRow,
  fields,
  type Paint,
  timeAhead,
  visible,
} from "../../text.ts";

/**
 * Whether peers accept the active pair: both files exist and match, and the certificate is valid now. If it
 * is not yet valid, either peers refuse it, or this device's clock is wrong: both need a person.
 */
export function isUsable({ active }: Pick<PairStatus, "active">): boolean {
  return active.condition === "valid";
}

/** The warnings about a pair. */
export function statusWarnings({ active, warnings }: PairStatus): unknown[] {
  return [...(active.defect === undefined ? [] : [active.defect]), ...warnings];
}

/** All lines about a pair. */
export function statusLines(status: PairStatus, paint: Paint): string[] {
  const { active, pending, previous, state, recovery, trust, decision } = status;
  const recoveryLines = wouldRecover(recovery);
  return [
    `Active pair: ${conditionText(active, paint)}`,
    ...activeRows(active, state, paint),
    ...otherLines("Pending pair", pending, paint),
    ...otherLines("Previous pair", previous, paint),
    ...trustLines(trust),
    ...unfinishedLines(status).map((line) => paint(line, "yellow")),
    ...recoveryLines,
    // A configured pair has lines about its next renewal.
    ...(recoveryLines.length === 0 && decision === undefined ? adviceLines(active) : []),
  ];
}

/** What to do about a pair that is not usable. A warning says it of a broken one. */
function adviceLines({ condition }: PairReport): string[] {
  switch (condition) {
    case "missing":
    case "expired":
      return [
        "To install a new pair, run 'certswap swap', or 'certswap rotate' if the pair is configured.",
      ];
    case "not-yet-valid":
      return ["Check this device's clock (date). If it is right, wait, or swap in another pair."];
    default:
      return [];
  }
}

/** The rows of the active pair. */
export function activeRows(active: PairReport, state: PairState, paint: Paint): string[] {
  const { certificate } = active;
  const rows = fields([
    ...fileRows(active.files),
    ...(certificate === undefined ? [] : [
      ...certificateRows(certificate),
      ["Lifetime", lifeText(certificate)] as const,
    ]),
    ...historyRows(state),
  ]);
  return certificate === undefined ? rows : paintBar(rows, certificate, paint);
}

/** `[######--------------] 30% used, 255 days left`. */
function lifeText(certificate: CertificateInTime): string {
  const gone = Math.floor(certificate.lifeGone * 100);
  return `${lifeBar(certificate)} ${gone}% used, ${timeLeft(certificate)} left`;
}

/** Paints the bar last, because `fields` escapes values. */
function paintBar(rows: string[], certificate: CertificateInTime, paint: Paint): string[] {
  const bar = lifeBar(certificate);
  return rows.map((row) => row.replace(bar, paint(bar, lifeColour(certificate))));
}

function historyRows(state: PairState): [string, string][] {
  const { lastChange, lastSuccess, lastFailure } = state;
  return [
    ...(lastChange === undefined
      ? []
      : [["Last change", `${lastChange.by} at ${formatTime(lastChange.at)}`] as [string, string]]),
    ...(lastSuccess === undefined ? [] : [
      ["Last success", `${formatTime(lastSuccess)} (including hooks and probes)`] as [
        string,
        string,
      ],
    ]),
    ...(lastFailure === undefined ? [] : [
      ["Last failure", formatTime(lastFailure.at) + failureReason(state)] as [string, string],
    ]),
  ];
}

/** Why it failed, unless {@linkcode failingLines} says so. An older version recorded only a code. */
function failureReason(state: PairState): string {
  const { lastFailure } = state;
  if (lastFailure === undefined || isFailing(state)) return "";
  const { code, text } = lastFailure;
  return text === undefined ? ` (${code})` : `: ${text}`;
}

/** What {@linkcode unfinishedLines} are about. */
type Unfinished = Pick<
  PairStatus,
  "active" | "state" | "kept" | "now" | "untrusted" | "decision" | "warnings"
>;

/** What the next rotation has to finish, and what it is waiting for. */
export function unfinishedLines(
  { active, state, kept, now, untrusted, decision, warnings }: Unfinished,
): string[] {
  const { renewal, lastChange } = state;
  // Of a state that cannot be read, a warning says that a hook or a probe may be pending.
  const owed = warnings.some(isDebtUnknown) ? undefined : state.owed;
  const what = lastChange?.by === "rollback" ? "restored" : "new";
  return [
    ...untrusted.map(({ place }) =>
      visible(`Every rotation fails: other users can change ${place}.`)
    ),
    ...failingLines(state),
    ...(owed?.hook
      ? [
        `The hook has been pending since ${
          formatTime(owed.since)
        }: the service may not have loaded the ${what} pair. Every 'certswap rotate' runs it again.`,
      ]
      : []),
    ...(owed?.probe
      ? [
        `The probe has been pending since ${
          formatTime(owed.since)
        }: it has not yet seen the service use the ${what} pair. Every 'certswap rotate' runs it again.`,
      ]
      : []),
    // The issuer is not asked while there is a pair that it issued.
    ...(renewal === undefined || kept !== undefined
      ? []
      : [renewalLine(renewal, { isFailing: isFailing(state), now })]),
    ...(kept === undefined ? [] : [
      sentence(keptText(kept)) +
      (decision !== undefined && kept.next.kind !== "never" && isTriedAgain(kept.reason)
        ? " To try it now: certswap rotate --name NAME --force"
        : ""),
    ]),
    ...(decision?.kind === "wait" && decision.for === "clock" ? [clockText] : []),
    ...(decision?.kind === "renew" && !isUsable({ active })
      ? ["The next 'certswap rotate' requests a new pair."]
      : []),
  ];
}

/** Whether the state could not be read. By code: a file that is loaded late has its own classes. */
function isDebtUnknown(warning: unknown): boolean {
  const { code, fields } = warning as { readonly code?: unknown; readonly fields?: unknown };
  return code === "unreadable-state" &&
    (!Array.isArray(fields) || fields.includes("owed"));
}

const clockText =
  "Due, but the clock has jumped ahead: a run at least 10 minutes later must confirm it. " +
  "Check it with 'date'.";

/** `Renewal FAILING since TIME (3 failures in a row): why`. */
function failingLines(state: PairState): string[] {
  const { lastFailure, renewal } = state;
  if (lastFailure === undefined || !isFailing(state)) return [];
  const { at, code, text = code, since = at, count } = lastFailure;
  const what = capitalized(failedStep(code, { isRenewal: renewal !== undefined }));
  return [visible(`${what} FAILING since ${formatTime(since)} (${failuresInRow(count)}): ${text}`)];
}

/** When the issuer is asked again. For a failing pair, another line counts the attempts. */
function renewalLine(
  { attempts, nextAttempt, setBy }: Renewal,
  { isFailing, now }: { readonly isFailing: boolean; readonly now: Date },
): string {
  const next = nextAttempt <= now
    ? "the next run asks the issuer again"
    : `next attempt: the first run after ${timeAhead(nextAttempt, now)}`;
  const by = setBy === "issuer" && nextAttempt > now ? ", as requested by the issuer" : "";
  if (isFailing) return sentence(next + by);
  const made = attempts === 0
    ? "the issuer is not ready yet"
    : `${counted(attempts, "attempt")} made`;
  return `Renewal in progress: ${made}; ${next}${by}.`;
}

function sentence(text: string): string {
  return `${capitalized(text)}.`;
}

function otherLines(title: string, report: PairReport, paint: Paint): string[] {
  const { certificate } = report;
  return [
    `${title}: ${report.condition === "missing" ? "none" : conditionText(report, paint)}`,
    ...(certificate === undefined
      ? []
      : fields(certificateRows(certificate).filter(([label]) => shortRows.includes(label)))),
  ];
}

type Renewal = NonNullable<PairState["renewal"]>;

const shortRows = ["Subject", "Names", "Serial", "Not After"];

/** A pair's condition, painted. */
export function conditionText({ condition }: PairReport, paint: Paint): string {
  const { text, colour } = conditions[condition];
  return paint(text, colour);
}

/** The text and colour of each condition. */
export const conditions: Readonly<
  Record<PairReport["condition"], { readonly text: string; readonly colour: Colour }>
> = {
  "valid": { text: "valid", colour: "green" },
  "expired": { text: "EXPIRED", colour: "red" },
  "not-yet-valid": { text: "NOT YET VALID", colour: "yellow" },
  "missing": { text: "MISSING", colour: "red" },
  "broken": { text: "BROKEN", colour: "red" },
};

/** A pair for `--json`. */
export function statusToJson(status: PairStatus): { [name: string]: Json | undefined } {
  const { active, pending, previous, kept, state, recovery, trust } = status;
  return {
    active: reportToJson(active),
    pending: reportToJson(pending),
    previous: reportToJson(previous),
    kept: kept && keptToJson(kept),
    ...stateToJson(state),
    trust: trust && trustStatusToJson(trust),
    recovery: outlookToJson(recovery),
    blocked: blockedToJson(status),
  };
}

/** Why the next change will fail, for `--json`. */
export function blockedToJson(
  { blocked, untrusted: [untrusted] }: Pick<PairStatus, "blocked" | "untrusted">,
): Json | undefined {
  if (blocked !== undefined) return { reason: blocked.reason, path: blocked.path };
  return untrusted && { reason: "untrusted", path: untrusted.place };
}

/** One of the pairs for `--json`. */
export function reportToJson({ files, condition, certificate, defect }: PairReport): Json {
  return {
    condition,
    files: { certificate: files.certificate, key: files.key },
    certificate: certificate && {
      ...certificateToJson(certificate),
      daysLeft: certificate.daysLeft,
      lifeGone: Number(certificate.lifeGone.toFixed(4)),
    },
    defect: defect?.defect,
  };
}

/** The state from earlier runs, for `--json`. */
export function stateToJson(state: PairState): { [name: string]: Json | undefined } {
  const { lastChange, lastSuccess, lastFailure, totals, owed, renewal } = state;
  return {
    lastChange: lastChange && {
      at: formatTime(lastChange.at),
      by: lastChange.by,
      fingerprint: lastChange.fingerprint,
    },
    lastSuccess: lastSuccess && formatTime(lastSuccess),
    lastFailure: lastFailure && {
      at: formatTime(lastFailure.at),
      code: lastFailure.code,
      text: lastFailure.text,
      since: lastFailure.since && formatTime(lastFailure.since),
      count: lastFailure.count,
    },
    totals: totals && { attempts: totals.attempts, failures: totals.failures },
    owed: owed && { hook: owed.hook, probe: owed.probe, since: formatTime(owed.since) },
    renewal: renewal && {
      attempts: renewal.attempts,
      lastAttempt: formatTime(renewal.lastAttempt),
      nextAttempt: formatTime(renewal.nextAttempt),
      setBy: renewal.setBy,
    },
  };
}

/** The rows with the pair's own files: two, or one that holds both. */
function fileRows(
  { certificate, key }: PairReport["files"],
): readonly (readonly [string, string])[] {
  return certificate === key
    ? [["Combined", certificate]]
    : [["Certificate", certificate], ["Key", key]];
}
