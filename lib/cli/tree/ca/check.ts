/** `certswap ca check`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  jsonFlag,
  toggle,
} from "../../declaration/mod.ts";
import { changesCa } from "../needs.ts";

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
    ],
    examples: [{ input: "certswap ca check", does: "After restoring a backup" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      repair: toggle("Fix what can be fixed without guessing"),
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  onlyLooks: ({ repair }) => !repair,
  load: () => import("../../commands/ca/check.ts"),
});
