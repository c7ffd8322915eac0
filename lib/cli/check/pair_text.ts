/** The text and the performance data of a pair in a check. */
import type { Finding, PairCheck } from "../../device/status/mod.ts";
import { formatTime, second } from "../../system/mod.ts";
import type { Message } from "../messages/mod.ts";
import { keptText } from "../print/mod.ts";
import { failedStep, failuresInRow, lengthText } from "../text.ts";
import { shortened } from "./line.ts";

/** The most characters of one failure's text. */
const failureLimit = 200;

/** A pair with its findings. */
export interface CheckedPair {
  /** The pair's name, or the path of its certificate, for the text. */
  readonly name: string;
  /** The label of its performance data. */
  readonly label: string;
  readonly check: PairCheck;
}

/** Describes an error. */
export type Describe = (error: unknown) => Message;

/**
 * The text about one pair: `web expires in 9 days: renewal overdue since ...`. If enough time is left, the
 * problem comes first: `web: hook pending since ... (expires in 61 days)`.
 */
export function pairText(
  { name, check: { state, findings, time } }: CheckedPair,
  describe: Describe,
): string {
  const { unread, others } = divided(findings);
  const told = others.filter((finding) => finding.kind !== "expired" && !isTold(finding, others));
  const reasons = told.map((finding) => findingText(finding, describe)).join("; ");
  const because = reasons === "" ? "" : `: ${reasons}`;
  const after = unreadText(unread);
  // A pair without a name is called by a path, which the message of an error already contains.
  const isCalled = name.includes("/") && because.includes(name);
  const problem = isCalled ? reasons : `${name}${because}`;
  if (time === undefined) return `${problem}${after}`;
  const life = time.left < 0
    ? `expired ${lengthText(-time.left)} ago`
    : `expires in ${lengthText(time.left)}`;
  const isTimeEnough = time.left > time.warning && state !== "ok" && reasons !== "";
  return isTimeEnough ? `${problem} (${life})${after}` : `${name} ${life}${because}${after}`;
}

/** Whether another finding says that this hook or probe is pending: it has failed. */
function isTold({ kind }: Finding, findings: readonly Finding[]): boolean {
  return (kind === "hook-pending" || kind === "probe-pending") &&
    findings.some(({ failure, isRenewal = true }) =>
      failure !== undefined && `${failedStep(failure.code, { isRenewal })}-pending` === kind
    );
}

function divided(findings: readonly Finding[]): {
  readonly unread: readonly Finding[];
  readonly others: readonly Finding[];
} {
  const { unread = [], others = [] } = Object.groupBy(
    findings,
    ({ kind }) => kind === "key-unread" || kind === "state-unread" ? "unread" : "others",
  );
  return { unread, others };
}

/** What this user may not read, in brackets; empty if nothing. */
export function unreadText(findings: readonly Finding[]): string {
  const kinds = new Set(findings.map(({ kind }) => kind));
  const unread = [
    ...(kinds.has("key-unread") ? ["key"] : []),
    ...(kinds.has("state-unread") ? ["state"] : []),
  ];
  return unread.length === 0 ? "" : ` (${unread.join(" and ")} not checked: permission denied)`;
}

function findingText(
  { kind, since, failure, isRenewal, kept, error }: Finding,
  describe: Describe,
): string {
  const from = since === undefined ? "" : ` since ${formatTime(since)}`;
  switch (kind) {
    case "failing": {
      const { code, text = code, count } = failure ?? { code: "" };
      const what = failedStep(code, { isRenewal: isRenewal !== false });
      return `${what} failing${from} (${failuresInRow(count)}): ${shortened(text, failureLimit)}`;
    }
    case "kept":
      return kept === undefined ? "" : keptText(kept);
    case "broken":
    case "other": {
      const { code, message, hint } = describe(error);
      return code === "key-exposed" ? `${message}. ${hint}` : message;
    }
    default:
      return findingTexts[kind] + from;
  }
}

const findingTexts: Readonly<
  Record<Exclude<Finding["kind"], "failing" | "kept" | "broken" | "other">, string>
> = {
  "expired": "expired",
  "not-yet-valid": "not yet valid according to this device's clock",
  "missing": "the active pair is missing",
  "overdue": "renewal overdue",
  "clock-ahead": "the clock has jumped ahead and a later run must confirm it: check 'date'",
  "hook-pending": "hook pending",
  "probe-pending": "probe pending",
  "recovery-due": "a change was interrupted: recovery is needed",
  "recovery-undecidable": "recovery cannot decide: run 'certswap recover'",
  "key-unread": "",
  "state-unread": "",
};

/**
 * The performance data of a pair: the seconds left, and the ranges that are neither a warning nor critical
 * (`15:` means 15 or more). In seconds, because a certificate may be valid for only an hour.
 */
export function performanceData({ label, check: { time } }: CheckedPair): string[] {
  if (time === undefined) return [];
  const { left, warning, critical } = time;
  return [`'${label}'=${seconds(left)}s;${seconds(warning)}:;${seconds(critical)}:`];
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / second);
