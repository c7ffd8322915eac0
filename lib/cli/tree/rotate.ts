/** The command that cron runs. */
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
    brief: "Renew what is due, and make its service load it (for cron)",
    description: [
      "For each pair of the configuration (or --name): finishes what a crash left, and what an earlier " +
      "run still owes; where the pair is due, asks its issuer for a new certificate, checks it, swaps it " +
      "in, runs the hook and probes the service. Where the service does not take the new pair, the " +
      "previous one is restored.",
      "One pair's failure does not stop the others. An attempt that failed is made again at growing " +
      "intervals; the line about the pair says when. Where there is nothing to do nothing is printed, " +
      "unless on a terminal.",
      "As long as a pair fails, is overdue, or its state cannot be written, every run says so in one " +
      "line, which begins with NOTICE:, WARNING: or CRITICAL:, and does not exit with 0. --quiet-for " +
      "has a line repeated only once in that time, unless it gets worse.",
    ],
    examples: [
      { input: "certswap rotate", does: "What cron runs, once an hour" },
      { input: "certswap rotate --dry-run", does: "Say what it would do, and why" },
      { input: "certswap rotate --name web --force --wait", does: "Renew now, and wait for it" },
    ],
  },
  needs: rotatesPairs,
  onlyLooks: ({ dryRun }) => dryRun,
  parameters: {
    flags: {
      name: pairName("Only this pair of the configuration"),
      ...configFlag,
      force: toggle("Renew what is not due, and do not wait for the next attempt"),
      wait: toggle("Wait for an issuer that has not decided yet"),
      ...acceptMissingFlag,
      ...metricsFlag,
      log: {
        kind: "enum",
        values: ["json", "journal"],
        optional: true,
        brief:
          "On standard error: each event as it happens (json), or lines with priorities (journal)",
      },
      quietFor: {
        kind: "parsed",
        parse: parseDuration,
        optional: true,
        placeholder: "TIME",
        brief: "Repeat what has not changed for the worse only after this time (24h)",
      },
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  load: () => import("../commands/rotate.ts"),
});
