/** The one line about a pair that is not healthy: what failed, until when there is time, what to do. */
import type { Attention } from "../../../device/rotation/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { counted, lengthText, timeAhead, visible } from "../../text.ts";

/**
 * The line for a pair that fails, is overdue, or of which the state cannot be written. It begins with
 * `NOTICE:`, `WARNING:` or `CRITICAL:`, so that a log can be searched for it.
 */
export function attentionLine(name: string, attention: Attention): string {
  const parts = [
    whatIsWrong(attention),
    lifeText(attention),
    nextText(attention),
    adviceText(name, attention),
  ];
  return visible(`${attention.urgency.toUpperCase()}: pair ${name}: ${parts.join("; ")}`);
}

function whatIsWrong(attention: Attention): string {
  const { failure } = attention;
  return failure === undefined ? overdueText(attention) : failureText(failure, attention);
}

/** `FAILING since TIME (3 times in a row, last at TIME): why`. */
function failureText(failure: Failed, { unwritable }: Attention): string {
  const { at, code, text = code, since, count = 1 } = failure;
  if (since === undefined) {
    const written = unwritable?.lastWritten;
    const known = written && `the state was last written at ${formatTime(written)}`;
    return known === undefined ? `FAILING: ${text}` : `FAILING (${known}): ${text}`;
  }
  // What could not be written down was not counted.
  const least = unwritable === undefined ? "" : "at least ";
  const times = count <= 1
    ? "once"
    : `${least}${counted(count, "time")} in a row, last at ${formatTime(at)}`;
  return `FAILING since ${formatTime(since)} (${times}): ${text}`;
}

type Failed = NonNullable<Attention["failure"]>;

function overdueText({ dueSince, reason, waitsFor, next }: Attention): string {
  if (next.kind === "nothing") return "it has no issuer, and nobody has renewed it";
  const since = dueSince === undefined ? "" : ` since ${formatTime(dueSince)}`;
  const due = reason === "identity" ? "due for another identity" : `due${since}`;
  switch (waitsFor) {
    case "issuer":
      return `${due}, and the issuer has not decided yet`;
    case "clock":
      return `${due}, and the clock has jumped ahead: a run at least 10 minutes later has to see it go on`;
    case undefined:
      return `${due}, and not renewed yet`;
  }
}

function lifeText({ condition, notAfter, now }: Attention): string {
  if (notAfter !== undefined) {
    const left = notAfter.getTime() - now.getTime();
    return left < 0
      ? `the certificate EXPIRED at ${formatTime(notAfter)}, ${lengthText(-left)} ago`
      : `the certificate expires at ${formatTime(notAfter)}, in ${lengthText(left)}`;
  }
  switch (condition) {
    case "missing":
      return "there is NO active pair";
    case "broken":
      return "the active pair is BROKEN";
    default:
      return "the active pair could not be read";
  }
}

function nextText({ next, failure, now }: Attention): string {
  switch (next.kind) {
    case "attempt": {
      const time = timeAhead(next.at, now);
      return next.setBy === "issuer"
        ? `the issuer has asked to wait: next attempt at ${time}`
        : failure?.code === "pair-restored"
        ? `the new pair is kept, and tried again at ${time}`
        : `next attempt at ${time}`;
    }
    case "next-run":
      return "every run tries again";
    case "nothing":
      return "certswap does not renew it";
  }
}

function writableText({ directory, errno }: NonNullable<Attention["unwritable"]>): string {
  switch (errno) {
    case "EROFS":
      return `make ${directory} writable: it is mounted read-only`;
    case "ENOSPC":
    case "EDQUOT":
      return `free some space for ${directory}`;
    case "EACCES":
    case "EPERM":
      return `make ${directory} writable for the user that certswap runs as`;
    case "EIO":
      return `check the disk of ${directory}: it reports errors`;
    default:
      return `make ${directory} writable`;
  }
}

function adviceText(
  name: string,
  { failure, next, condition, waitsFor, unwritable }: Attention,
): string {
  if (next.kind === "nothing") return "put a new pair in place: certswap swap";
  // Nothing can be renewed until then, with --force or without.
  if (unwritable !== undefined) {
    return writableText(unwritable);
  }
  switch (failure?.code) {
    // --force does not get past it either.
    case "journal-refused":
    case "recovery-undecidable":
      return "repair the files by hand, as the error says: no run changes this pair until then";
    case "state-blocked":
      return "move what is in the place of the state file out of the way";
    case "pair-restored":
      return `see the service's log for the reason; to try it now: certswap rotate --name ${name} --force`;
    case "issuer-not-ready":
      return `ask whoever runs the issuer; to try now: certswap rotate --name ${name} --force`;
    case "hook-failed":
      return "repair the hook or its service";
    case "probe-failed":
      return "look at the service";
    // --force would ask for another certificate, and be as blind.
    case "probe-blind":
      return `start the service or correct the probe; to look again now: certswap rotate --name ${name}`;
  }
  if (condition === "unknown") return `see: certswap status --name ${name}`;
  const now = `to try now: certswap rotate --name ${name} --force`;
  if (failure === undefined) {
    return waitsFor === "issuer" ? `ask whoever runs the issuer; ${now}` : now;
  }
  return `repair the cause; ${now}`;
}
