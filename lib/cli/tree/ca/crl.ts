/** `certswap ca crl`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  jsonFlag,
  nextUpdateFlag,
} from "../../declaration/mod.ts";
import { changesCa } from "../needs.ts";

/** `certswap ca crl`. */
export const crl = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Issue a CRL with every revoked certificate",
    description: [
      "Issues a certificate revocation list with the next CRL number, and writes it to ca.crl.",
    ],
    examples: [
      {
        input: "certswap ca crl",
        does: "Once a day from cron: each CRL is valid for a week",
      },
    ],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...nextUpdateFlag, ...caLockTimeoutFlag, ...jsonFlag },
  },
  needs: changesCa,
  load: () => import("../../commands/ca/crl.ts"),
});
