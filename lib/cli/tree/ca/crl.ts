/** `certswap ca crl`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  lockTimeoutFlag,
  nextUpdateFlag,
} from "../../declaration/mod.ts";
import { changesCa } from "../needs.ts";

/** `certswap ca crl`. */
export const crl = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Make a CRL of everything that is revoked",
    description: ["Makes a certificate revocation list, with the next number, as ca.crl."],
    examples: [
      {
        input: "certswap ca crl",
        does: "From cron, once a day: good for a week, with six days to spare",
      },
    ],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...nextUpdateFlag, ...lockTimeoutFlag, ...jsonFlag },
  },
  needs: changesCa,
  load: () => import("../../commands/ca/crl.ts"),
});
