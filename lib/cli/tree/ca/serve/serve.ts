/** `certswap ca serve`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  jsonFlag,
  passphraseFlags,
  toggle,
} from "../../../declaration/mod.ts";
import { servesCa } from "../../needs.ts";

/** `certswap ca serve`. */
export const serve = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Serve a CA over the network: EST, CRL, OCSP, CA certificates, metrics",
    description: [
      "Serves the CA until SIGTERM or SIGINT, on the addresses in [serve] of ca.toml. On 'est': enrolment " +
      "and renewal of devices over TLS (RFC 7030). On 'http': the CRL (/ca.crl, /ca.crl.pem), OCSP " +
      "(/ocsp) and the certificates of the CA (/ca.crt, /ca.pem). On 'admin': a status page (/), /metrics, " +
      "/healthz, /readyz and /status.json; for this machine only, unless admin_password_file or " +
      "admin_client_ca is set: then over TLS and with a login.",
      "Keeps the CRL fresh: issues a new one when a third of its lifetime has passed, and within a minute " +
      "of a revocation, and runs the publish hook. You can run other commands while the server runs: " +
      "it sees their changes within a second.",
      "Writes one line of JSON to standard error for each request and event. SIGHUP makes it read ca.toml " +
      "again; if the file has a mistake, the old settings stay in effect.",
      "The server signs OCSP responses with a key of its own. The CA issues a certificate for that key, " +
      "valid for seven days, and replaces it in time. --rotate-responder replaces key and certificate now, " +
      "also for a running server, and does nothing else. After that, even a server without access to the " +
      "CA's key can answer for a week.",
      "--print-permissions prints the permissions that the server needs, as flags of the Deno runtime, one " +
      "per line, and does nothing else.",
    ],
    examples: [
      { input: "certswap ca serve --data-dir /var/lib/ca", does: "Serve the CA in /var/lib/ca" },
      {
        input: "certswap ca serve --print-permissions",
        does: "Show what the server may access",
      },
      {
        input: "certswap ca serve --data-dir /var/lib/ca --rotate-responder",
        does: "Replace the key and the certificate that sign OCSP responses",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      printPermissions: toggle("Print the permissions of the server, and do nothing else"),
      rotateResponder: toggle(
        "Replace the OCSP responder's key and certificate, and do nothing else",
      ),
      ...passphraseFlags,
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: servesCa,
  onlyLooks: ({ printPermissions }) => printPermissions,
  load: () => import("../../../commands/ca/serve/serve.ts"),
});
