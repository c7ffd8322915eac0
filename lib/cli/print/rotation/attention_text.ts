/** The line about a pair that is not healthy: what failed, how much time is left, what to do. */
import type { Attention } from "../../../device/rotation/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { capitalized, failuresInRow, lengthText, timeAhead, visible } from "../../text.ts";

/**
 * The line for a pair that is failing or overdue, or whose state cannot be written. It starts with `NOTICE:`,
 * `WARNING:` or `CRITICAL:`, so that it is easy to find in a log. Then come short sentences: what is wrong,
 * how much time is left, when certswap tries again, what to do. A command at its end has no full stop: it can
 * be copied.
 */
export function attentionLine(name: string, attention: Attention): string {
  const parts = [
    whatIsWrong(attention),
    lifeText(attention),
    nextText(attention),
    adviceText(name, attention),
  ];
  const text = parts.map(capitalized).join(". ");
  const end = /: certswap [^:]*$/.test(text) ? "" : ".";
  return visible(`${attention.urgency.toUpperCase()}: pair ${name}: ${text}${end}`);
}

function whatIsWrong(attention: Attention): string {
  const { failure } = attention;
  return failure === undefined ? overdueText(attention) : failureText(failure, attention);
}

/** `FAILING since TIME (3 failures in a row, last at TIME): why`. */
function failureText(failure: Failed, { unwritable }: Attention): string {
  const { at, code, text = code, since, count = 1 } = failure;
  if (since === undefined) {
    const written = unwritable?.lastWritten;
    const known = written && `the state was last written at ${formatTime(written)}`;
    return known === undefined ? `FAILING: ${text}` : `FAILING (${known}): ${text}`;
  }
  // Failures that could not be written to the state were not counted.
  const least = unwritable === undefined ? "" : "at least ";
  const times = count <= 1
    ? failuresInRow(count)
    : `${least}${failuresInRow(count)}, last at ${formatTime(at)}`;
  return `FAILING since ${formatTime(since)} (${times}): ${text}`;
}

type Failed = NonNullable<Attention["failure"]>;

function overdueText({ dueSince, reason, waitsFor, next, isRefusedKept }: Attention): string {
  if (isRefusedKept) return "the service did not use the new pair";
  if (next.kind === "nothing") return "due for renewal, but it has no issuer";
  const since = dueSince === undefined ? "" : ` since ${formatTime(dueSince)}`;
  const due = reason === "identity" ? "due because its subject or names changed" : `due${since}`;
  switch (waitsFor) {
    case "issuer":
      return `${due}, but the issuer is not ready yet`;
    case "clock":
      return `${due}, but the clock has jumped ahead: a run at least 10 minutes later must confirm it ` +
        "(check it with 'date')";
    case undefined:
      return `${due}, but not renewed yet`;
  }
}

function lifeText({ condition, isDenied, notAfter, now }: Attention): string {
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
      return isDenied
        ? "this user cannot read the active pair"
        : "the active pair was not examined";
  }
}

function nextText({ next, isRefusedKept, now }: Attention): string {
  switch (next.kind) {
    case "attempt": {
      const time = timeAhead(next.at, now);
      return next.setBy === "issuer"
        ? `next attempt, as requested by the issuer: the first run after ${time}`
        : isRefusedKept
        ? `the new pair is kept; next attempt: the first run after ${time}`
        : `next attempt: the first run after ${time}`;
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
      return `make ${directory} writable for the user who runs certswap`;
    case "EIO":
      return `check the disk of ${directory}: it reports errors`;
    default:
      return `make ${directory} writable`;
  }
}

function adviceText(
  name: string,
  { failure, next, condition, isDenied, waitsFor, unwritable, isRefusedKept }: Attention,
): string {
  if (isDenied) {
    return "run certswap as root, or as the owner of the pair (certswap install systemd --user OWNER)";
  }
  if (next.kind === "nothing") return "install a new pair with 'certswap swap'";
  // Nothing can be renewed until then, not even with --force.
  if (unwritable !== undefined) {
    return writableText(unwritable);
  }
  switch (failure?.code) {
    // --force does not get past it either.
    case "journal-refused":
    case "recovery-undecidable":
      return "repair the files by hand, as the error says: no run changes this pair until then";
    case "state-blocked":
      return "move the file at the path of the state file away";
    case "pair-restored":
      return `check the service's log for the reason. To try it now: certswap rotate --name ${name} --force`;
    case "issuer-not-ready":
      return `ask the operator of the issuer. To try now: certswap rotate --name ${name} --force`;
    case "hook-failed":
      return "fix the hook or its service";
    case "probe-failed":
      return "check the service";
    // --force would request another certificate, and the probe still could not tell.
    case "probe-blind":
      return `check the service and the probe. To probe again now: certswap rotate --name ${name}`;
  }
  if (condition === "unknown") return `for details: certswap status --name ${name}`;
  const now = `to try now: certswap rotate --name ${name} --force`;
  if (isRefusedKept && failure === undefined) {
    return `check the service's log for the reason. ${capitalized(now)}`;
  }
  if (failure === undefined) {
    return waitsFor === "issuer" ? `ask the operator of the issuer. ${capitalized(now)}` : now;
  }
  return `fix the cause. ${capitalized(now)}`;
}
