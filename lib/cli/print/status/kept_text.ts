/** Describes a new pair that is not active yet: since when, why, and when it is tried. */
import type { KeptPair } from "../../../device/status/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { counted, timeAhead } from "../../text.ts";
import type { Json } from "../output.ts";

/** `the pending pair has been kept since TIME (refused by the service): next attempt: ...`. */
export function keptText(kept: KeptPair): string {
  const { since, reason } = kept;
  const isKept = since === undefined ? "is kept" : `has been kept since ${formatTime(since)}`;
  return reason === "staged"
    ? `the pending pair is staged: ${nextText(kept)}`
    : `the pending pair ${isKept} (${reasonText(kept)}); ${nextText(kept)}`;
}

/** Whether a pair was tried and failed, so that the next run that puts it in place tries again. */
export function isTriedAgain(reason: KeptPair["reason"]): boolean {
  return reason === "refused" || reason === "not-placed";
}

function reasonText({ reason, refusals }: KeptPair): string {
  switch (reason) {
    case "refused":
      return `refused by the service${refusals > 1 ? ` ${counted(refusals, "time")}` : ""}`;
    case "not-yet-valid":
      return "not valid yet";
    default:
      return "could not be activated";
  }
}

function nextText({ next, reason, now }: KeptPair): string {
  const isAgain = isTriedAgain(reason);
  switch (next.kind) {
    case "at":
      return `${
        isAgain ? "next attempt: the first run" : "it is activated by the first run"
      } after ${timeAhead(next.at, now)}`;
    case "next-run":
      return `the next 'certswap rotate' ${isAgain ? "tries it again" : "activates it"}`;
    case "when-due":
      return reason === "staged"
        ? "'certswap swap' activates it now; for a configured pair, 'certswap rotate' activates it " +
          "when the active pair is due"
        : `${
          isAgain ? "next attempt" : "'certswap rotate' activates it"
        } when the active pair is due`;
    case "never":
      return "'certswap swap' activates it";
  }
}

/** {@linkcode KeptPair} for `--json`. */
export function keptToJson({ since, reason, refusals, next }: KeptPair): Json {
  return {
    since: since && formatTime(since),
    reason,
    refusals,
    nextAttempt: next.kind === "at" ? formatTime(next.at) : undefined,
  };
}
