/** `certswap ca check`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  lockTimeoutFlag,
  passphraseFlags,
  toggle,
} from "../../declaration/mod.ts";
import { signsWithCa } from "../needs.ts";

/** `certswap ca check`. */
export const check = /* @__PURE__ */ command({
  documentation: {
    usage: "[--repair] [FLAGS]",
    brief: "Check the data directory of a CA",
    description: [
      "Checks that the certificates match the index, that the CRL matches the index, and that signatures, " +
      "counters and file modes are correct. Exits with 1 if there is a problem. Changes nothing unless " +
      "--repair is given.",
      "--repair fixes what can be fixed without guessing, as one change: it relies on certificates and " +
      "CRLs that this CA has signed, and raises counters above every number in use.",
      "An encrypted key is checked if its passphrase can be had: from the flags, from systemd, or from the " +
      "terminal (press Enter to skip it). Otherwise a note says that it was not checked.",
    ],
    examples: [{ input: "certswap ca check", does: "After restoring a backup" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      repair: toggle("Fix what can be fixed without guessing"),
      ...passphraseFlags,
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  onlyLooks: ({ repair }) => !repair,
  load: () => import("../../commands/ca/check.ts"),
});
