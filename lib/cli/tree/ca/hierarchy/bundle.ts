/** `certswap ca bundle`: its commands, their documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  group,
  idArgument,
  inputArgument,
  jsonFlag,
} from "../../../declaration/mod.ts";
import { changesCa, readsCa } from "../../needs.ts";

const add = /* @__PURE__ */ command({
  documentation: {
    usage: "CERT-FILE [FLAGS]",
    brief: "Add certificates of other CAs for clients to trust",
    description: [
      "Adds the certificates in CERT-FILE to the bundle: another root, and cross-certificates. " +
      "'ca certificates' prints them, and 'ca serve' serves them on /cacerts. A cross-certificate for " +
      "this CA is also added to the chain of each certificate that this CA issues.",
      "Each must be the certificate of a CA, valid now, and signed by itself, by this CA, or by a CA in " +
      "the bundle or the file. Clients that use the bundle trust the roots in it.",
    ],
    examples: [
      {
        input: "certswap ca bundle add --data-dir old-root new-root.pem",
        does: "Give clients the new root before it signs anything",
      },
    ],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...caLockTimeoutFlag, ...jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [
        inputArgument("CERT-FILE", "One or more certificates (PEM; - is standard input)"),
      ],
    },
  },
  needs: changesCa,
  load: () => import("../../../commands/ca/hierarchy/bundle_add.ts"),
});

const remove = /* @__PURE__ */ command({
  documentation: {
    usage: "ID [FLAGS]",
    brief: "Remove a certificate from the bundle",
    description: ["Removes a certificate from the bundle. It is not revoked."],
    examples: [{
      input: "certswap ca bundle remove 3f9a0c1e77d2b805",
      does: "When no device needs the old root any more",
    }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...caLockTimeoutFlag, ...jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [idArgument("The ID of the certificate, as 'ca bundle list' shows it")],
    },
  },
  needs: changesCa,
  load: () => import("../../../commands/ca/hierarchy/bundle_remove.ts"),
});

const list = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "List the certificates in the bundle",
    description: [
      "Lists the certificates in the bundle. Their IDs are the first digits of their SHA-256 fingerprints.",
    ],
    examples: [{ input: "certswap ca bundle list", does: "List the other roots" }],
  },
  parameters: { flags: { ...dataDirectoryFlag, ...jsonFlag } },
  needs: readsCa,
  load: () => import("../../../commands/ca/hierarchy/bundle_list.ts"),
});

/** `certswap ca bundle`. */
export const bundle = group({
  brief: "Manage the certificates of other CAs that clients trust",
  description: [
    "The bundle contains certificates of other CAs. Clients get them together with those of this CA. While " +
    "one root replaces another, add the other root and the cross-certificates.",
  ],
  routes: { add, list, remove },
  sections: [{ title: "Commands", commands: ["add", "list", "remove"] }],
  examples: [{ input: "certswap ca bundle list", does: "List the other roots" }],
});
