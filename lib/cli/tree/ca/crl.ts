/** `certswap ca crl`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  jsonFlag,
  metricsFlag,
  nextUpdateFlag,
  toggle,
} from "../../declaration/mod.ts";
import { publishesCrls } from "../needs.ts";

/** `certswap ca crl`. */
export const crl = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Issue a CRL with every revoked certificate",
    description: [
      "Issues a certificate revocation list with the next CRL number, and writes it to ca.crl (PEM) and " +
      "ca.crl.der (DER). A certificate that has expired leaves the list one CRL later, unless ca.toml says " +
      "'keep_expired'. Then it runs the publish hook of ca.toml, if there is one.",
      "With --if-due, it does so only if there is no CRL, if half of the last one's life is over, if a " +
      "revocation is not on it yet, or if ca.crl.der is not the same CRL. It also runs the hook again if " +
      "that has failed. Otherwise it prints nothing. 'certswap install systemd --ca DIR' and 'certswap " +
      "install cron --ca DIR' run it once an hour.",
    ],
    examples: [
      { input: "certswap ca crl", does: "After a revocation: issue a CRL now" },
      { input: "certswap ca crl --if-due --quiet", does: "From cron: keep the CRL fresh" },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ifDue: toggle("Do nothing unless a new CRL or its publication is due"),
      ...nextUpdateFlag,
      ...metricsFlag,
      quiet: toggle("Print only warnings and errors"),
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: publishesCrls,
  load: () => import("../../commands/ca/crl.ts"),
});
