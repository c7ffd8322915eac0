/** `certswap ca check`: its documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  inputArgument,
  inputFile,
  jsonFlag,
  passphraseFlags,
  serialNumberFlag,
  toggle,
} from "../../declaration/mod.ts";
import { signsWithCa } from "../needs.ts";

/** `certswap ca check`. */
export const check = /* @__PURE__ */ command({
  documentation: {
    usage: "[--repair] [--since CERT-FILE...] [FLAGS]",
    brief: "Check the data directory of a CA",
    description: [
      "Checks that the certificates match the index, that the CRL matches the index, and that signatures, " +
      "counters and file modes are correct. Exits with 1 if there is a problem. Changes nothing unless " +
      "--repair is given.",
      "--repair fixes what can be fixed without guessing, as one change: it relies on certificates and " +
      "CRLs that this CA has signed, and raises counters above every number in use.",
      "An encrypted key is checked if its passphrase is available: from the flags, from systemd, or from " +
      "the terminal (press Enter to skip it). Otherwise a note says that it was not checked.",
      "After restoring a backup, compare the CA with what was issued since: certificates that are in use " +
      "(--since), the highest serial number that you know of (--highest-serial), the CRL that clients have " +
      "(--crl). With --repair, these certificates and revocations are added to the CA.",
    ],
    examples: [
      { input: "certswap ca check", does: "Check the files of the CA" },
      {
        input: "certswap ca check --since field/*.pem --crl published.crl",
        does: "After restoring a backup",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      repair: toggle("Fix what can be fixed without guessing"),
      since: {
        ...inputFile("Compare with this certificate, seen in the field (can be repeated)"),
        variadic: true,
      },
      highestSerial: serialNumberFlag("The highest serial number that you know of"),
      crl: inputFile("Compare with this CRL, seen in the field"),
      ...passphraseFlags,
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "array",
      parameter: inputArgument("CERT-FILE", "More certificates to compare with, after --since"),
    },
  },
  needs: signsWithCa,
  onlyLooks: ({ repair }) => !repair,
  load: () => import("../../commands/ca/check.ts"),
});
