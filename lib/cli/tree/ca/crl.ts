/** `certswap ca crl`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  jsonFlag,
  metricsFlag,
  nextUpdateFlag,
  passphraseFlags,
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
      "ca.crl.der (DER). Then runs the publish hook of ca.toml, if there is one. Once a revoked " +
      "certificate has expired, one more CRL lists it; later CRLs leave it out, unless ca.toml sets " +
      "keep_expired.",
      "With --if-due, issues a CRL only if there is none, if half of the last one's lifetime has passed, " +
      "if a revocation is not on it yet, or if ca.crl.der is not the same CRL. Also runs the hook " +
      "again if it has failed. Prints nothing if there is nothing to do. 'certswap install systemd " +
      "--ca DIR' and 'certswap install cron --ca DIR' run it once an hour.",
    ],
    examples: [
      { input: "certswap ca crl", does: "Issue a CRL now, after a revocation" },
      { input: "certswap ca crl --if-due --quiet", does: "Keep the CRL fresh, from cron" },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ifDue: toggle("Do nothing unless a new CRL or its publication is due"),
      ...nextUpdateFlag,
      ...metricsFlag,
      quiet: toggle("Print only warnings and errors"),
      ...passphraseFlags,
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: publishesCrls,
  load: () => import("../../commands/ca/crl.ts"),
});
