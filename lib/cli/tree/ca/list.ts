/** `certswap ca list`: its documentation, flags and permissions. */
import { command, dataDirectoryFlag, jsonFlag } from "../../declaration/mod.ts";
import { readsCa } from "../needs.ts";

/** `certswap ca list`. */
export const list = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "List the issued certificates",
    description: ["Lists the certificates in the index. Takes no lock and writes nothing."],
    examples: [{
      input: "certswap ca list",
      does: "List active, expired and revoked certificates",
    }],
  },
  parameters: { flags: { ...dataDirectoryFlag, ...jsonFlag } },
  needs: readsCa,
  load: () => import("../../commands/ca/list.ts"),
});
