/** The line about a pair that is not healthy. */
import assert from "node:assert/strict";
import { attentionLine } from "../../../lib/cli/print/mod.ts";
import type { Attention } from "../../../lib/device/rotation/mod.ts";

const now = new Date("2026-06-01T12:00:00Z");
const after = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);

/** A pair whose issuer fails. */
const failing: Attention = {
  urgency: "critical",
  now,
  failure: { at: now, since: after(-120), count: 3, code: "issuer-failed", text: "why" },
  unwritable: undefined,
  condition: "sound",
  notAfter: after(40),
  dueSince: after(-600),
  reason: "renewal",
  waitsFor: "issuer",
  isRefusedKept: false,
  next: { kind: "attempt", at: after(5), setBy: undefined },
};

const once = { at: now, since: now, count: 1, code: "x", text: "why" };

for (
  const [what, change, line] of [
    [
      "that expires within the hour",
      {},
      "FAILING since 2026-06-01T10:00:00Z (3 failures in a row, last at 2026-06-01T12:00:00Z): why. " +
      "The certificate expires at 2026-06-01T12:40:00Z, in 40 minutes. " +
      "Next attempt: the first run after 2026-06-01T12:05:00Z, in 5 minutes. " +
      "Fix the cause. To try now: certswap rotate --name web --force",
    ],
    [
      "that has expired a minute ago and failed once",
      { failure: once, notAfter: after(-1) },
      "FAILING since 2026-06-01T12:00:00Z (1 failure): why. " +
      "The certificate EXPIRED at 2026-06-01T11:59:00Z, 1 minute ago. " +
      "Next attempt: the first run after 2026-06-01T12:05:00Z, in 5 minutes. " +
      "Fix the cause. To try now: certswap rotate --name web --force",
    ],
    [
      "whose state cannot be written, and was failing before",
      {
        unwritable: { directory: "/tls/.certswap", lastWritten: after(-60), errno: "EROFS" },
        next: { kind: "next-run" },
      },
      "FAILING since 2026-06-01T10:00:00Z (at least 3 failures in a row, last at 2026-06-01T12:00:00Z): " +
      "why. The certificate expires at 2026-06-01T12:40:00Z, in 40 minutes. Every run tries again. " +
      "Make /tls/.certswap writable: it is mounted read-only.",
    ],
    [
      "whose state cannot be written, and was well before",
      {
        failure: { at: now, code: "x", text: "why" },
        unwritable: { directory: "/tls/.certswap", lastWritten: after(-60), errno: "EROFS" },
        next: { kind: "next-run" },
      },
      "FAILING (the state was last written at 2026-06-01T11:00:00Z): why. " +
      "The certificate expires at 2026-06-01T12:40:00Z, in 40 minutes. Every run tries again. " +
      "Make /tls/.certswap writable: it is mounted read-only.",
    ],
    [
      "that the service rejected",
      {
        failure: { ...once, code: "pair-restored" },
        isRefusedKept: true,
        notAfter: after(60 * 24 * 9),
      },
      "FAILING since 2026-06-01T12:00:00Z (1 failure): why. " +
      "The certificate expires at 2026-06-10T12:00:00Z, in 9 days. " +
      "The new pair is kept; next attempt: the first run after 2026-06-01T12:05:00Z, in 5 minutes. " +
      "Check the service's log for the reason. To try it now: certswap rotate --name web --force",
    ],
    [
      "whose journal cannot be applied",
      {
        failure: { ...once, code: "journal-refused" },
        notAfter: after(60 * 24 * 9),
        next: { kind: "next-run" },
      },
      "FAILING since 2026-06-01T12:00:00Z (1 failure): why. " +
      "The certificate expires at 2026-06-10T12:00:00Z, in 9 days. Every run tries again. " +
      "Repair the files by hand, as the error says: no run changes this pair until then.",
    ],
    [
      "whose issuer asked to wait",
      {
        failure: { ...once, code: "issuer-not-ready", text: "the issuer is not ready yet" },
        next: { kind: "attempt", at: after(120), setBy: "issuer" },
      },
      "FAILING since 2026-06-01T12:00:00Z (1 failure): the issuer is not ready yet. " +
      "The certificate expires at 2026-06-01T12:40:00Z, in 40 minutes. " +
      "Next attempt, as requested by the issuer: the first run after 2026-06-01T14:00:00Z, in 2 hours. " +
      "Ask the operator of the issuer. To try now: certswap rotate --name web --force",
    ],
    [
      "that this user may not look at",
      {
        failure: { at: now, code: "file-system", text: "cannot list /d: permission denied" },
        condition: "unknown",
        isDenied: true,
        notAfter: undefined,
        next: { kind: "next-run" },
      },
      "FAILING: cannot list /d: permission denied. This user cannot read the active pair. " +
      "Every run tries again. " +
      "Run certswap as root, or as the owner of the pair (certswap install systemd --user OWNER).",
    ],
  ] satisfies readonly (readonly [string, Partial<Attention>, string])[]
) {
  Deno.test(`the line of a pair ${what} has the failure, the time left, and what to do`, () => {
    assert.equal(attentionLine("web", { ...failing, ...change }), `CRITICAL: pair web: ${line}`);
  });
}
