/** `certswap ca token`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  group,
  idArgument,
  jsonFlag,
  parseDuration,
  profileFlag,
  toggle,
} from "../../../declaration/mod.ts";
import { changesCa, readsCa } from "../../needs.ts";

const create = command({
  documentation: {
    usage: "[--names NAMES] [--profile NAME] [FLAGS]",
    brief: "Create a one-time secret (a token), with which a device enrols",
    description: [
      "Creates a one-time secret. A device sends it as the password of HTTP Basic to get its first " +
      "certificate over EST. Prints only the secret on standard output: it is shown once, and only its " +
      "hash is stored.",
      "A secret is good for one certificate. If the response is lost, the same secret with the same key " +
      "and names gets the same certificate until the secret expires; with another key it is refused.",
      "With --names, the secret is accepted only for requests whose names are all in the list.",
    ],
    examples: [
      {
        input: "(umask 077; certswap ca token create --names DNS:meter-17.fleet.example > secret)",
        does: "For one device",
      },
      {
        input: "certswap ca token create --profile client --expires 1h --print-command",
        does: "Show the command to run on the device",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      names: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "NAMES",
        brief:
          "The only names that it allows, as in --san of 'ca request': DNS:a.example,IP:192.0.2.1",
      },
      ...profileFlag,
      expires: {
        kind: "parsed",
        parse: parseDuration,
        default: "24h",
        placeholder: "TIME",
        brief: "How long the secret can be used",
      },
      printCommand: toggle("Print on standard error what to run on the device"),
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  load: () => import("../../../commands/ca/serve/token_create.ts"),
});

const list = command({
  documentation: {
    usage: "[FLAGS]",
    brief: "List the one-time secrets",
    description: [
      "Lists the one-time secrets by their IDs, newest first, with the certificates that they were used " +
      "for. The secrets themselves are not stored. Expired ones are listed for 30 days.",
    ],
    examples: [{
      input: "certswap ca token list",
      does: "List the secrets, and whether each was " +
        "used",
    }],
  },
  parameters: { flags: { ...dataDirectoryFlag, ...jsonFlag } },
  needs: readsCa,
  load: () => import("../../../commands/ca/serve/token_list.ts"),
});

const revoke = command({
  documentation: {
    usage: "ID [FLAGS]",
    brief: "Revoke a one-time secret",
    description: [
      "Revokes a one-time secret, used or not. A certificate that it was used for stays valid: revoke it " +
      "with 'certswap ca revoke'.",
    ],
    examples: [{ input: "certswap ca token revoke 3f9a0c1e", does: "After a secret has leaked" }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...caLockTimeoutFlag, ...jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [idArgument("The ID of the secret: its first 8 characters")],
    },
  },
  needs: changesCa,
  load: () => import("../../../commands/ca/serve/token_revoke.ts"),
});

/** `certswap ca token`. */
export const token = group({
  brief: "Manage one-time secrets (tokens), with which devices enrol",
  description: [
    "With a one-time secret, a device gets its first certificate from 'certswap ca serve' over EST.",
  ],
  routes: { create, list, revoke },
  sections: [{ title: "Commands", commands: ["create", "list", "revoke"] }],
  examples: [{ input: "certswap ca token create", does: "For any names that the profile allows" }],
});
