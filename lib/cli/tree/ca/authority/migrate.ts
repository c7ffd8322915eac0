/** `certswap ca migrate`: its documentation, flags and permissions. */
import { storeKinds } from "../../../choices.ts";
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  jsonFlag,
  passphraseFlags,
  toggle,
} from "../../../declaration/mod.ts";
import { signsWithCa } from "../../needs.ts";

/** `certswap ca migrate`. */
export const migrate = /* @__PURE__ */ command({
  documentation: {
    usage: "(--to STORE [--remove-old] | --remove-old) [FLAGS]",
    brief: "Move the records of a CA to another kind of store",
    description: [
      "Copies every certificate, its details, the counters and the last CRL to a new store, compares the " +
      "two stores certificate by certificate, checks the new one as 'ca check' does, and then switches in " +
      "one change. " +
      "The CA is locked during the move. If the move is interrupted, nothing has changed: run it again.",
      "The old store is kept, and marked so that no version of certswap uses it. --remove-old removes it: " +
      "in the same command, or later without --to.",
      "After a move to a directory, a CA with random serial numbers keeps them: the command adds " +
      'serial = "random" to ca.toml if it is missing.',
    ],
    examples: [
      { input: "certswap ca migrate --to sqlite", does: "Move a large CA into a database" },
      {
        input: "certswap ca migrate --remove-old",
        does: "Remove the old files after a move",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      to: {
        kind: "enum",
        values: storeKinds,
        optional: true,
        brief: "The kind of store to move to",
      },
      removeOld: toggle("Remove stores that are no longer in use"),
      ...passphraseFlags,
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/authority/migrate.ts"),
});
