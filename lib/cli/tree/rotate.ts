/** `certswap rotate`: its documentation, flags and permissions. */
import {
  acceptMissingFlag,
  command,
  configFlag,
  dryRunFlag,
  jsonFlag,
  lockTimeoutFlag,
  metricsFlag,
  pairName,
  parseDuration,
  toggle,
} from "../declaration/mod.ts";
import { rotatesPairs } from "./needs.ts";

/** `certswap rotate`. */
export const rotate = /* @__PURE__ */ command({
  documentation: {
    usage: "[--name NAME] [FLAGS]",
    brief: "Renew due certificates and reload their services (for cron)",
    description: [
      "For every pair of the configuration (or the one named with --name), finishes any interrupted " +
      "change, and runs the pending hooks and probes of earlier runs. If the pair is due for renewal, " +
      "asks its issuer for a new certificate, checks it, swaps it in, runs the hooks and probes the " +
      "service. If the service does not accept the new pair, rolls back to the previous one.",
      "If one pair fails, the others are still renewed. Failed attempts are retried with increasing " +
      "delays; the line about the pair says when. Prints nothing if there is nothing to do, except on a " +
      "terminal.",
      "As long as a pair is failing or overdue, or its state cannot be written, every run prints one line " +
      "that starts with NOTICE:, WARNING: or CRITICAL:, and exits with a code other than 0. With " +
      "--quiet-for, a line is repeated only once in that time, unless it gets worse.",
    ],
    examples: [
      { input: "certswap rotate", does: "Run once an hour by cron" },
      { input: "certswap rotate --dry-run", does: "Show what would be renewed, and why" },
      {
        input: "certswap rotate --name web --force --wait",
        does: "Renew now, and wait for the issuer",
      },
    ],
  },
  needs: rotatesPairs,
  onlyLooks: ({ dryRun }) => dryRun,
  parameters: {
    flags: {
      name: pairName("Only this pair of the configuration"),
      ...configFlag,
      force: toggle("Renew now, even if neither the pair nor the next attempt is due"),
      wait: toggle("Wait for an issuer that needs time to decide"),
      ...acceptMissingFlag,
      ...metricsFlag,
      log: {
        kind: "enum",
        values: ["json", "journal"],
        optional: true,
        brief: "Log to standard error: every event (json), or lines with priorities (journal)",
      },
      quietFor: {
        kind: "parsed",
        parse: parseDuration,
        optional: true,
        placeholder: "TIME",
        brief:
          "Repeat a line only after this time, for example 24h, unless it gets worse (default: always print)",
      },
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  load: () => import("../commands/rotate.ts"),
});
