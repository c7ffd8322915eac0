/** `certswap ca recover`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  dryRunFlag,
  jsonFlag,
  keepFlag,
  lockTimeoutFlag,
} from "../../declaration/mod.ts";
import { changesCa } from "../needs.ts";

/** `certswap ca recover`. */
export const recover = /* @__PURE__ */ command({
  documentation: {
    usage: "[--keep old|new] [FLAGS]",
    brief: "Finish or undo what a crash left",
    description: [
      "Does what every changing command does first, and nothing else. Exits 4, touching nothing, where " +
      "files were changed by something else and a person has to choose with --keep.",
    ],
    examples: [{ input: "certswap ca recover", does: "Before a backup, say" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...keepFlag,
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../../commands/ca/recover.ts"),
});
