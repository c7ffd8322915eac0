/** `certswap ca check`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  lockTimeoutFlag,
  toggle,
} from "../../declaration/mod.ts";
import { changesCa } from "../needs.ts";

/** `certswap ca check`. */
export const check = /* @__PURE__ */ command({
  documentation: {
    usage: "[--repair] [FLAGS]",
    brief: "Check the whole data directory",
    description: [
      "Reads everything and reports each promise that is broken: certificates and index against " +
      "each other, every signature, counters, the CRL against the index, modes. Exits 1 where there " +
      "is one. Reads only, unless --repair is given.",
      "--repair mends what can be mended without guessing, as one change: it believes certificates " +
      "and CRLs that this CA has signed, and raises counters above every number in use.",
    ],
    examples: [{ input: "certswap ca check", does: "After restoring a backup" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      repair: toggle("Mend what can be mended without guessing"),
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  onlyLooks: ({ repair }) => !repair,
  load: () => import("../../commands/ca/check.ts"),
});
