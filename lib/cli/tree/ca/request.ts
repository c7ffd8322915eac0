/** `certswap ca request`: its documentation, flags and permissions. */
import {
  command,
  jsonFlag,
  keyAlgorithmFlag,
  requiredFile,
  subjectFlag,
} from "../../declaration/mod.ts";
import { changesFiles } from "../needs.ts";

/** `certswap ca request`. */
export const request = /* @__PURE__ */ command({
  documentation: {
    usage: "--subject DN --out-key FILE --out-csr FILE [FLAGS]",
    brief: "Create a key and a certificate request",
    description: [
      "Creates a new key (mode 0600, not encrypted) and a certificate request for it. Needs no CA, and " +
      "overwrites no file.",
    ],
    examples: [
      {
        input: "certswap ca request --subject 'CN=device.example' \\\n" +
          "    --san DNS:device.example,IP:192.0.2.1 \\\n" +
          "    --out-key device.key --out-csr device.csr",
        does: "On the device",
      },
    ],
  },
  parameters: {
    flags: {
      ...subjectFlag,
      outKey: requiredFile("The file for the new key"),
      outCsr: requiredFile("The file for the request"),
      san: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "NAMES",
        brief:
          "Alternative names, separated by commas: DNS:NAME, IP:ADDRESS, URI:URI, email:ADDRESS",
      },
      ...keyAlgorithmFlag("leaf"),
      ...jsonFlag,
    },
  },
  needs: changesFiles,
  load: () => import("../../commands/ca/request.ts"),
});
