/** `certswap ca import`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  directory,
  file,
  jsonFlag,
  lockTimeoutFlag,
  passphraseFlags,
  storeFlag,
  toggle,
} from "../../../declaration/mod.ts";
import { signsWithCa } from "../../needs.ts";

/** `certswap ca import`. */
export const importCommand = /* @__PURE__ */ command({
  documentation: {
    usage: "(--openssl DIR | --easy-rsa DIR | --key FILE --cert FILE) [FLAGS]",
    brief: "Import the CA of another program",
    description: [
      "Copies a CA into a new data directory as one change: key, certificate, everything it has issued and " +
      "every revocation, from its database (index.txt) and from its CRL. The old CA is only read.",
      "Everything is imported, or nothing. If the database or the CRL lists a certificate whose file is " +
      "missing, only its record is imported: the certificate can still be revoked, and a revocation stays " +
      "on every CRL. The next serial number and CRL number are above every number that was found.",
      "An encrypted key stays encrypted, with the same passphrase.",
      "--dry-run lists what would be imported. After the import, sign with certswap only: two programs " +
      "would use the same numbers.",
    ],
    examples: [
      {
        input: "certswap ca import --easy-rsa /etc/openvpn/pki --dry-run",
        does: "Preview the import of an easy-rsa CA",
      },
      {
        input: "certswap ca import --key ca-key.pem --cert ca.pem --certs issued --crl ca.crl",
        does: "Import a CA without a database",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      openssl: directory("A directory of 'openssl ca': cacert.pem, private/, index.txt, newcerts/"),
      easyRsa: directory("The PKI directory of easy-rsa"),
      key: file("The key of the CA"),
      cert: file("The certificate of the CA; those of its issuers may follow it"),
      certs: directory("A directory with the certificates that the CA has issued"),
      crl: file("The last CRL of the CA"),
      chain: file("For an intermediate: the CA certificates from its issuer up to the root"),
      ...storeFlag,
      dryRun: toggle("Only list what would be imported"),
      ...passphraseFlags,
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../../../commands/ca/authority/import.ts"),
});
