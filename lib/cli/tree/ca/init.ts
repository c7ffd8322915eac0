/** `certswap ca init`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  jsonFlag,
  optionalKeyAlgorithmFlag,
  subjectFlag,
  toggle,
  validityFlag,
} from "../../declaration/mod.ts";
import { changesCa } from "../needs.ts";

/** `certswap ca init`. */
export const init = /* @__PURE__ */ command({
  documentation: {
    usage: "--subject DN [FLAGS]",
    brief: "Create a CA: a key, a root certificate, an empty index",
    description: [
      "Creates a CA in the data directory, and the directory itself if it is missing. An existing CA is " +
      "never overwritten.",
      "The private key is not encrypted. Only its owner can read it.",
    ],
    examples: [
      {
        input: "certswap ca init --subject 'CN=My Root CA,O=My Org,C=US'",
        does: "Create a CA in ./ca-data, valid for ten years",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...subjectFlag,
      ...optionalKeyAlgorithmFlag,
      ...validityFlag("3650"),
      force: toggle("Accept a clock that is earlier than the build of certswap"),
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  load: () => import("../../commands/ca/init.ts"),
});
