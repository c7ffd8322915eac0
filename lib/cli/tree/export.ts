/** `certswap export`: its documentation, flags and permissions. */
import { formatNames, partNames, profileNames } from "../../device/pair/outputs/mod.ts";
import {
  command,
  dryRunFlag,
  jsonFlag,
  pairFlags,
  parseFriendlyName,
  passwordFileFlag,
  requiredFile,
  trustFlag,
} from "../declaration/mod.ts";
import { changesPairs } from "./needs.ts";

/** `certswap export`. */
export const exportPair = /* @__PURE__ */ command({
  documentation: {
    usage: "(--name NAME | --dir DIR | --cert FILE --key FILE | --combined FILE) --format FORMAT " +
      "--out FILE [FLAGS]",
    brief: "Write one copy of the active pair in another format",
    description: [
      "Writes a copy of the active pair, or of parts of it, as PEM, DER or PKCS#12 (for Java and " +
      "Windows). The copy is one file, written as one change: a reader finds the old file or the new one, " +
      "whole. It is 0600 if it contains the key, else 0644. It is not kept up to date: export again after " +
      "a swap.",
      "--contains says what is in it, in this order: key, certificate, intermediates, chain (the " +
      "certificate and its intermediates), trust (the CA certificates of --trust). A DER file holds one " +
      "key or one certificate.",
      "PKCS#12 is encrypted with the first line of --password-file. The profile 'modern' (AES-256, " +
      "SHA-256) is for Java 8u301, OpenSSL 1.1, Windows Server 2019 and everything later; 'legacy' " +
      "(3DES, SHA-1) is for what is older, and weak: use it only for that.",
      "Refused: a pair that is broken, expired or half changed; a place where other users could exchange " +
      "the file; a file of the pair itself.",
    ],
    examples: [
      {
        input: "certswap export --name web --format pkcs12 --out /etc/tomcat/web.p12 \\\n" +
          "    --password-file /etc/tomcat/web.password --friendly-name web",
        does: "Key and chain for Java",
      },
      {
        input: "certswap export --dir /etc/myservice/tls --format pem \\\n" +
          "    --contains key,chain --out /etc/haproxy/site.pem",
        does: "One file with both",
      },
      {
        input: "certswap export --dir /etc/myservice/tls --format der \\\n" +
          "    --contains certificate --out /srv/www/device.cer",
        does: "The certificate alone, for another machine",
      },
    ],
  },
  parameters: {
    flags: {
      ...pairFlags,
      format: {
        kind: "enum",
        values: formatNames,
        brief: "Format of the copy",
      },
      contains: {
        kind: "enum",
        values: partNames,
        variadic: ",",
        optional: true,
        brief: "What is in it, with commas between (for pkcs12: key,chain if left out)",
      },
      out: requiredFile("Where the copy is written"),
      ...passwordFileFlag,
      friendlyName: {
        kind: "parsed",
        parse: parseFriendlyName,
        optional: true,
        placeholder: "NAME",
        brief: "What programs call the key in the PKCS#12 file (Java: the alias)",
      },
      profile: {
        kind: "enum",
        values: profileNames,
        optional: true,
        brief: "How PKCS#12 is encrypted (modern if left out)",
      },
      ...trustFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  needs: changesPairs,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../commands/export/export.ts"),
});
