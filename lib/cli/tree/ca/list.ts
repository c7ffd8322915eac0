/** `certswap ca list`: its documentation, flags and permissions. */
import { dataDirectoryFlag } from "../../declaration/ca_flags.ts";
import { command } from "../../declaration/command.ts";
import { jsonFlag } from "../../declaration/flags.ts";
import { readsCa } from "../needs.ts";

/** `certswap ca list`. */
export const list = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "List the certificates issued",
    description: ["Lists what the index holds. Reads only: takes no lock and writes nothing."],
    examples: [{ input: "certswap ca list", does: "Active, expired and revoked certificates" }],
  },
  parameters: { flags: { ...dataDirectoryFlag, ...jsonFlag } },
  needs: readsCa,
  load: () => import("../../commands/ca/list.ts"),
});
