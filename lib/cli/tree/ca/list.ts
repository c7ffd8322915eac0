/** `certswap ca list`: its documentation, flags and permissions. */
import { command, dataDirectoryFlag, jsonFlag } from "../../declaration/mod.ts";
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
