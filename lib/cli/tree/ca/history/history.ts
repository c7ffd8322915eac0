/** `certswap ca history`: its documentation, flags and permissions. */
import { historyActions, historyKinds } from "../../../choices.ts";
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  parseHash,
  parseSince,
  parseWhole,
  wordArgument,
} from "../../../declaration/mod.ts";
import { readsCa } from "../../needs.ts";

/** `certswap ca history`. */
export const history = /* @__PURE__ */ command({
  documentation: {
    usage: "[verify [--head HASH]] [FLAGS]",
    brief: "Show or verify the history of a CA: who changed what, and when",
    description: [
      "Shows the history: an entry for every certificate, revocation, CRL and other change, with time, " +
      "user and machine, oldest first. Each entry contains the hash of the one before it.",
      "With 'verify', checks that no entry was changed, removed, added or moved, and prints the head: the " +
      "hash of the newest entry. Keep it on another machine. --head checks that the history still " +
      "contains the entry with this hash: without it, verify cannot see that the newest entries " +
      "were removed, or that the whole history was replaced by an older copy. Exits with 1 if " +
      "something is wrong. 'certswap ca check' also compares the history with the certificates.",
      "Takes no lock, writes nothing and does not need the CA's private key.",
    ],
    examples: [
      { input: "certswap ca history --limit 20", does: "The newest entries" },
      { input: "certswap ca history --serial 02", does: "Everything about one certificate" },
      {
        input: "certswap ca history verify --head HASH",
        does: "Compare with a head kept elsewhere",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      serial: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "SERIAL",
        brief: "Only entries about this certificate: its serial number, or a file that contains it",
      },
      kind: {
        kind: "enum",
        values: historyKinds,
        optional: true,
        placeholder: "KIND",
        brief: "Only entries of one kind, such as issue, revoke or crl",
      },
      since: {
        kind: "parsed",
        parse: parseSince,
        optional: true,
        placeholder: "TIME",
        brief: "Only entries since this time: 2027-02-09, 2027-02-09T12:00:00Z",
      },
      limit: {
        kind: "parsed",
        parse: (input: string): number =>
          parseWhole(input, { least: 1, most: 999_999, unit: "entries" }),
        optional: true,
        placeholder: "NUMBER",
        brief: "Only this many of the newest entries",
      },
      head: {
        kind: "parsed",
        parse: parseHash,
        optional: true,
        placeholder: "HASH",
        brief: "For verify: the hash of an entry that must be in the history",
      },
      ...jsonFlag,
    },
    positional: {
      kind: "array",
      parameter: {
        ...wordArgument("ACTION", historyActions),
        brief: "verify: verify the history instead of showing it",
      },
    },
  },
  needs: readsCa,
  load: () => import("../../../commands/ca/history/history.ts"),
});
