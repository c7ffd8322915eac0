/** `certswap ca requests`, `approve` and `reject`: their documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  idArgument,
  jsonFlag,
  passphraseFlags,
} from "../../../declaration/mod.ts";
import { changesCa, readsCa, signsWithCa } from "../../needs.ts";

const requestId = idArgument("The ID of the request, or at least its first 8 digits");

/** `certswap ca requests`. */
export const requests = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "List the requests that are waiting for approval",
    description: [
      "Lists the requests that came over EST and are waiting for approval, oldest first, and those that " +
      "were approved or rejected in the last 7 days. Requests wait only if ca.toml sets by_hand in [est].",
    ],
    examples: [{ input: "certswap ca requests", does: "List waiting requests" }],
  },
  parameters: { flags: { ...dataDirectoryFlag, ...jsonFlag } },
  needs: readsCa,
  load: () => import("../../../commands/ca/serve/requests.ts"),
});

/** `certswap ca approve`. */
export const approve = /* @__PURE__ */ command({
  documentation: {
    usage: "ID [FLAGS]",
    brief: "Approve a waiting request, and issue its certificate",
    description: [
      "Approves a request that came over EST. It is checked against its profile again, and the " +
      "certificate is issued. The device gets it with its next attempt. Exits with 1 if the " +
      "request was already approved or rejected.",
    ],
    examples: [{
      input: "certswap ca approve 4be1c2a0",
      does: "Approve a request",
    }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...passphraseFlags, ...caLockTimeoutFlag, ...jsonFlag },
    positional: { kind: "tuple", parameters: [requestId] },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/serve/approve.ts"),
});

/** `certswap ca reject`. */
export const reject = /* @__PURE__ */ command({
  documentation: {
    usage: "ID [FLAGS]",
    brief: "Reject a waiting request",
    description: [
      "Rejects a request that came over EST. The same request is refused for 7 days. Exits with 1 if the " +
      "request was already approved or rejected.",
    ],
    examples: [{
      input: "certswap ca reject 4be1c2a0",
      does: "Reject a request from an unknown " +
        "device",
    }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...caLockTimeoutFlag, ...jsonFlag },
    positional: { kind: "tuple", parameters: [requestId] },
  },
  needs: changesCa,
  load: () => import("../../../commands/ca/serve/reject.ts"),
});
