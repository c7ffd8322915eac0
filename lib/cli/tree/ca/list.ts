/** `certswap ca list`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  parseDuration,
  parseWhole,
  toggle,
} from "../../declaration/mod.ts";
import { readsCa } from "../needs.ts";

/** An optional flag with a text that is not parsed further. */
function text(placeholder: string, brief: string): {
  readonly kind: "parsed";
  readonly parse: (input: string) => string;
  readonly optional: true;
  readonly placeholder: string;
  readonly brief: string;
} {
  return { kind: "parsed", parse: String, optional: true, placeholder, brief };
}

/** `certswap ca list`. */
export const list = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "List the issued certificates",
    description: [
      "Lists the certificates in the index. Takes no lock and writes nothing.",
      "Without --active, --expired, --revoked, --expiring and --overdue, lists all. --active, --expired, " +
      "--revoked and --expiring can be combined: a certificate is listed if any of them selects it. It " +
      "must also match --name, --subject and --profile, if they are given. --expiring selects active " +
      "certificates that expire within the given time; used alone, it sorts them by expiry.",
      "--overdue lists devices that have not renewed in time. For each subject and set of names, it lists " +
      "the newest certificate if less than a sixth of its lifetime is left, or if it expired in the last " +
      "90 days. It cannot be combined with --active, --expired, --revoked or --expiring.",
    ],
    examples: [
      { input: "certswap ca list", does: "List active, expired and revoked certificates" },
      { input: "certswap ca list --expiring 30d", does: "List what must be renewed soon" },
      { input: "certswap ca list --overdue", does: "List devices that stopped renewing" },
      {
        input: "certswap ca list --name '*.fleet.example' --json",
        does: "As JSON, with alternative names",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      active: toggle("List active certificates"),
      expired: toggle("List expired certificates"),
      revoked: toggle("List revoked certificates"),
      expiring: {
        kind: "parsed",
        parse: parseDays,
        optional: true,
        placeholder: "TIME",
        brief:
          "List active certificates that expire within this time: 30d, 12h, or a number of days",
      },
      overdue: toggle("List devices that have not renewed in time"),
      name: text("GLOB", "Only certificates with a name that matches; * and ? are wildcards"),
      subject: text("TEXT", "Only certificates with this text in the subject"),
      profile: text("NAME", "Only certificates that were issued with this profile"),
      limit: {
        kind: "parsed",
        parse: (input: string): number =>
          parseWhole(input, { least: 1, most: 999_999_999, unit: "certificates" }),
        optional: true,
        placeholder: "NUMBER",
        brief: "List at most this many",
      },
      ...jsonFlag,
    },
  },
  needs: readsCa,
  load: () => import("../../commands/ca/list.ts"),
});

/** Reads a duration; a bare number is days, as in --validity. @returns milliseconds. @throws UsageError */
function parseDays(input: string): number {
  return parseDuration(/^\d+$/.test(input) ? `${input}d` : input);
}
