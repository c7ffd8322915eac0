/** What there is to say of one pair, in words and as JSON. */
import type { PairReport, PairState, PairStatus } from "../../../device/mod.ts";
import { certificateRows, certificateToJson } from "../certificate_text.ts";
import { keptText, keptToJson } from "./kept_text.ts";
import { type CertificateInTime, lifeBar, lifeColour, timeLeft } from "./life_bar.ts";
import type { Json } from "../output.ts";
import { outlookToJson, wouldRecover } from "../recovery_text.ts";
import { formatTime } from "../../../system/mod.ts";
import { isFailing } from "../../../device/rotation/mod.ts";
import type { PairConfiguration } from "../../../device/configuration/mod.ts";
import { type Colour, counted, fields, type Paint, timeAhead, visible } from "../../text.ts";

/** Whether services have something to work with: a whole pair, in time by a clock that may be wrong. */
export function isUsable({ active }: Pick<PairStatus, "active">): boolean {
  return active.condition === "valid" || active.condition === "not-yet-valid";
}

/** What is wrong, and does not keep it from being said. */
export function statusWarnings({ active, warnings }: PairStatus): unknown[] {
  return [...(active.defect === undefined ? [] : [active.defect]), ...warnings];
}

/** Everything that is known of a pair. */
export function statusLines(status: PairStatus, paint: Paint): string[] {
  const { active, pending, previous, state, recovery } = status;
  return [
    `Active pair: ${conditionText(active, paint)}`,
    ...activeRows(active, state, paint),
    ...otherLines("Pending pair", pending, paint),
    ...otherLines("Previous pair", previous, paint),
    ...unfinishedLines(status).map((line) => paint(line, "yellow")),
    ...wouldRecover(recovery),
  ];
}

/** The rows of the active pair. */
export function activeRows(active: PairReport, state: PairState, paint: Paint): string[] {
  const { certificate } = active;
  const rows = fields([
    ["Certificate", active.files.certificate],
    ["Key", active.files.key],
    ...(certificate === undefined ? [] : [
      ...certificateRows(certificate),
      ["Life", lifeText(certificate)] as const,
    ]),
    ...historyRows(state),
  ]);
  return certificate === undefined ? rows : paintBar(rows, certificate, paint);
}

/** `[######--------------] 30 % gone, 255 days left`. */
function lifeText(certificate: CertificateInTime): string {
  const gone = Math.floor(certificate.lifeGone * 100);
  return `${lifeBar(certificate)} ${gone} % gone, ${timeLeft(certificate)} left`;
}

/** Colour comes last: a value that is laid out in fields is escaped. */
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
    ...(lastSuccess === undefined
      ? []
      : [["Rotated", formatTime(lastSuccess)] as [string, string]]),
    ...(lastFailure === undefined ? [] : [
      ["Failed", failedText(lastFailure, { isFailing: isFailing(state) })] as [string, string],
    ]),
  ];
}

/** When it failed last, and why unless a line below says so. Old states have no text. */
function failedText(
  { at, code, text = code }: NonNullable<PairState["lastFailure"]>,
  { isFailing }: { readonly isFailing: boolean },
): string {
  return isFailing ? formatTime(at) : `${formatTime(at)}: ${text}`;
}

/** What a rotation has yet to bring to its end. */
export function unfinishedLines(
  { state, kept, now, warnings }: Pick<PairStatus, "state" | "kept" | "now" | "warnings">,
): string[] {
  const { renewal, lastChange } = state;
  // Of a state that cannot be read, a warning says that a hook or a probe may be pending.
  const owed = warnings.some(isDebtUnknown) ? undefined : state.owed;
  const what = lastChange?.by === "rollback" ? "restored" : "new";
  return [
    ...failingLines(state),
    ...(owed?.hook
      ? [
        `The hook is pending since ${
          formatTime(owed.since)
        }: the service was not told of the change.`,
      ]
      : []),
    ...(owed?.probe
      ? [
        `The probe is pending since ${
          formatTime(owed.since)
        }: the service was not seen to use the ${what} pair.`,
      ]
      : []),
    // The issuer is not asked as long as there is a pair that it gave.
    ...(renewal === undefined || kept !== undefined
      ? []
      : [renewalLine(renewal, { isFailing: isFailing(state), now })]),
    ...(kept === undefined ? [] : [sentence(keptText(kept))]),
  ];
}

/** Whether a state could not be read. By its code: a file that is loaded late has its own classes. */
function isDebtUnknown(warning: unknown): boolean {
  const { code, fields } = warning as { readonly code?: unknown; readonly fields?: unknown };
  return code === "unreadable-state" &&
    (!Array.isArray(fields) || fields.includes("owed"));
}

/** What to do about a pair that does not exist yet. None if it exists. */
export function missingLines(
  { active, recovery }: Pick<PairStatus, "active" | "recovery">,
  { name, issuer }: Pick<PairConfiguration, "name" | "issuer">,
): string[] {
  if (active.condition !== "missing" || recovery.outcome !== "clean") return [];
  return [
    issuer === undefined
      ? `To put a pair in place: certswap swap --name ${name} --new-cert FILE --new-key FILE`
      : "To request a certificate and put the pair in place: certswap rotate",
  ];
}

/** `renewal FAILING since TIME (3 times in a row): why`. */
function failingLines(state: PairState): string[] {
  const { lastFailure, renewal } = state;
  if (lastFailure === undefined || !isFailing(state)) return [];
  const { at, code, text = code, since = at, count = 1 } = lastFailure;
  const what = renewal === undefined ? "hook or probe" : "renewal";
  const times = count > 1 ? ` (${counted(count, "time")} in a row)` : "";
  return [visible(`${what} FAILING since ${formatTime(since)}${times}: ${text}`)];
}

/** When the issuer is asked again. If that fails, the line about it counts the attempts. */
function renewalLine(
  { attempts, nextAttempt, setBy }: Renewal,
  { isFailing, now }: { readonly isFailing: boolean; readonly now: Date },
): string {
  const next = nextAttempt <= now
    ? "the next run asks the issuer again"
    : `the issuer is asked again at ${timeAhead(nextAttempt, now)}`;
  const by = setBy === "issuer" && nextAttempt > now ? ", as it has asked for" : "";
  if (isFailing) return sentence(next + by);
  const made = attempts === 0
    ? "the issuer has not decided yet"
    : `${counted(attempts, "attempt")} made`;
  return `A renewal is under way: ${made}; ${next}${by}.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
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

/** A pair's condition in a word. */
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
  const { active, pending, previous, kept, state, recovery } = status;
  return {
    active: reportToJson(active),
    pending: reportToJson(pending),
    previous: reportToJson(previous),
    kept: kept && keptToJson(kept),
    ...stateToJson(state),
    recovery: outlookToJson(recovery),
    blocked: blockedToJson(status.blocked),
  };
}

/** Why the next change could not be written, for `--json`. */
export function blockedToJson(blocked: PairStatus["blocked"]): Json | undefined {
  return blocked && { reason: blocked.reason, path: blocked.path };
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

/** What earlier runs have left, for `--json`. */
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
