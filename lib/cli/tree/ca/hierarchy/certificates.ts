/** `certswap ca certificates`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  outputFile,
  outputFileFlag,
} from "../../../declaration/mod.ts";
import { changesCa } from "../../needs.ts";

/** `certswap ca certificates`. */
export const certificates = /* @__PURE__ */ command({
  documentation: {
    usage: "[--out FILE] [FLAGS]",
    brief: "Print the CA certificates that clients need to verify what this CA issues",
    description: [
      "Prints, as PEM: the certificate of this CA, the CA certificates from its issuer up to the root, " +
      "older certificates of this CA that are still valid ('ca root renew' keeps them), and those in its " +
      "bundle ('ca bundle'). Install all of them on every client.",
      "Takes no lock, and changes nothing in the data directory.",
    ],
    examples: [
      {
        input: "certswap ca certificates --out /srv/www/ca.pem",
        does: "Publish them after a renewal",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      out: outputFileFlag("Write them to this file instead (- is standard output)"),
      ...jsonFlag,
    },
  },
  needs: changesCa,
  onlyLooks: ({ out }) => outputFile(out) === undefined,
  load: () => import("../../../commands/ca/hierarchy/certificates.ts"),
});
