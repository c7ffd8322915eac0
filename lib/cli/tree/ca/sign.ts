/** `certswap ca sign`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  certificateFlag,
  command,
  dataDirectoryFlag,
  directory,
  inputArgument,
  jsonFlag,
  optionalValidityFlag,
  outputFileFlag,
  passphraseFlags,
  profileFlag,
  toggle,
} from "../../declaration/mod.ts";
import { signsWithCa } from "../needs.ts";

/** `certswap ca sign`. */
export const sign = /* @__PURE__ */ command({
  documentation: {
    usage: "(CSR-FILE... | --from DIR) [FLAGS]",
    brief: "Sign certificate requests",
    description: [
      "Checks the key, the signature and the names of every request, then signs all of them as one change. " +
      "If one request is bad, nothing is signed, unless --skip-bad is given.",
      "The subject and the alternative names are copied from the request; everything else is set by the " +
      "CA. A certificate never expires later than the CA's own.",
      "The profile says what the certificate is for, how long it is valid, and which keys and names are " +
      "signed. Profiles are built in (device is for TLS servers and clients), or defined in ca.toml in " +
      "the data directory.",
      "If an active certificate has the same key and names, and more than half of its lifetime left, the " +
      "new one is a duplicate, and a warning says so. With --renew it is a renewal: the request must have " +
      "the names of that certificate, and the profile is kept.",
    ],
    examples: [
      { input: "certswap ca sign device.csr", does: "Sign one request, valid for a year" },
      {
        input: "certswap ca sign --from requests --validity 90 --skip-bad",
        does: "Sign all good requests in requests/*.csr",
      },
      {
        input: "certswap ca sign ilo.csr --san DNS:ilo7.lan --allow-names-not-requested",
        does: "Add a name that the request lacks",
      },
      {
        input: "certswap ca sign - --out - < device.csr > device.pem",
        does: "Sign in a pipe",
      },
      {
        input: "certswap ca sign --profile server web.csr",
        does: "Sign a request for a TLS server",
      },
      {
        input: "certswap ca sign --renew 02 --revoke-superseded device.csr",
        does: "Replace a certificate, for example after the device was reinstalled",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...profileFlag,
      ...optionalValidityFlag,
      from: directory("Sign every *.csr in this directory"),
      out: outputFileFlag(
        "Also write the certificate and the intermediate CAs to this file (-: print only them " +
          "on standard output)",
      ),
      san: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "NAMES",
        brief:
          "Alternative names instead of the request's: DNS:NAME, IP:ADDRESS, URI:URI, email:ADDRESS",
      },
      subject: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "DN",
        brief: "A subject instead of the request's, in RFC 4514 form",
      },
      allowNamesNotRequested: toggle("Accept names in --san and --subject that the request lacks"),
      skipBad: toggle("Skip bad requests, with a warning"),
      renew: certificateFlag(
        "The certificate that the request renews: its serial number, or a file",
      ),
      revokeSuperseded: toggle("Revoke the active certificates with the same names, as superseded"),
      ...passphraseFlags,
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "array",
      parameter: inputArgument(
        "CSR-FILE",
        "A certificate request (PKCS#10, PEM; - is standard input)",
      ),
    },
  },
  needs: signsWithCa,
  load: () => import("../../commands/ca/sign.ts"),
});
