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
    brief: "Finish or undo an interrupted change",
    description: [
      "If a crash interrupted a change to the CA, finishes or undoes it, as every other command that " +
      "changes the CA does first. If another program has changed the files, changes nothing and exits " +
      "with 4. Then choose the version to keep with --keep.",
    ],
    examples: [{ input: "certswap ca recover", does: "Before a backup, for example" }],
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
