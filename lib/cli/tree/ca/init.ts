/** `certswap ca init`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  keyAlgorithmFlag,
  lockTimeoutFlag,
  subjectFlag,
  toggle,
  validityFlag,
} from "../../declaration/mod.ts";
import { changesCa } from "../needs.ts";

/** `certswap ca init`. */
export const init = /* @__PURE__ */ command({
  documentation: {
    usage: "--subject DN [FLAGS]",
    brief: "Make a CA: a key, a root certificate, an empty index",
    description: [
      "Makes a CA in the data directory, which is made where it is missing. A CA that is there " +
      "already is never overwritten.",
      "The key is stored unencrypted, readable by its owner only.",
    ],
    examples: [
      {
        input: "certswap ca init --subject 'CN=My Root CA,O=My Org,C=US'",
        does: "A CA for ten years, in ./ca-data",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...subjectFlag,
      ...keyAlgorithmFlag,
      ...validityFlag("3650"),
      force: toggle("Take a clock that stands before certswap was built"),
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  load: () => import("../../commands/ca/init.ts"),
});
