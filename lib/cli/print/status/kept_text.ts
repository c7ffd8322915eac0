/** What there is to say of a new pair that waits: since when, why, and when it is tried. */
import type { KeptPair } from "../../../device/status/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { counted, timeAhead } from "../../text.ts";
import type { Json } from "../output.ts";

/** `a new pair is kept since TIME (the service did not take it): tried again at TIME, in 47 days`. */
export function keptText(kept: KeptPair): string {
  const { since, reason } = kept;
  const from = since === undefined ? "" : ` since ${formatTime(since)}`;
  return reason === "staged"
    ? `a new pair is staged: ${nextText(kept)}`
    : `a new pair is kept${from} (${reasonText(kept)}): ${nextText(kept)}`;
}

function reasonText({ reason, refusals }: KeptPair): string {
  switch (reason) {
    case "refused":
      return `the service did not take it${refusals > 1 ? `, ${counted(refusals, "time")}` : ""}`;
    case "not-yet-valid":
      return "it is not valid yet";
    default:
      return "it could not be put in place";
  }
}

function nextText({ next, reason, now }: KeptPair): string {
  const isAgain = reason === "refused" || reason === "not-placed";
  const rotated = isAgain ? "tried again" : "'certswap rotate' puts it in place";
  switch (next.kind) {
    case "at":
      return `${rotated} at ${timeAhead(next.at, now)}`;
    case "next-run":
      return `the next 'certswap rotate' ${isAgain ? "tries it again" : "puts it in place"}`;
    case "when-due":
      return `${rotated} when the active pair is due`;
    case "never":
      return "'certswap swap' puts it in place";
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
