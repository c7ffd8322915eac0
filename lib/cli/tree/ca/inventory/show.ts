/** `certswap ca show`: its documentation, flags and permissions. */
import {
  certificateArgument,
  command,
  dataDirectoryFlag,
  jsonFlag,
} from "../../../declaration/mod.ts";
import { readsCa } from "../../needs.ts";

/** `certswap ca show`. */
export const show = /* @__PURE__ */ command({
  documentation: {
    usage: "SERIAL|FILE|NAME [FLAGS]",
    brief: "Show everything about one certificate",
    description: [
      "Shows names, dates, profile, key, history and the certificate itself. Select it by its serial " +
      "number in any spelling (02, 0x2, 00:02), by a file that contains it, or by a name, which may have " +
      "* and ? as wildcards. If several certificates have the name, lists them and exits with 1.",
      "Takes no lock, writes nothing and does not need the CA's private key.",
    ],
    examples: [
      { input: "certswap ca show 02", does: "By serial number" },
      { input: "certswap ca show /etc/tls/cert.pem", does: "The CA's record of a certificate" },
      { input: "certswap ca show meter-17.example", does: "By name" },
    ],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [certificateArgument("A serial number, a certificate (PEM), or a name")],
    },
  },
  needs: readsCa,
  load: () => import("../../../commands/ca/inventory/show.ts"),
});
