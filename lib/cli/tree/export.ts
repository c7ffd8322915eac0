/** `certswap export`: its documentation, flags and permissions. */
import { formatNames, partNames, profileNames } from "../../device/pair/outputs/mod.ts";
import {
  command,
  dryRunFlag,
  inputFile,
  jsonFlag,
  pairFlags,
  parseFriendlyName,
  passwordFileFlag,
  requiredFile,
} from "../declaration/mod.ts";
import { changesPairs } from "./needs.ts";

/** `certswap export`. */
export const exportPair = /* @__PURE__ */ command({
  documentation: {
    usage: "(--name NAME | --dir DIR | --cert FILE --key FILE | --combined FILE) --format FORMAT " +
      "--out FILE [FLAGS]",
    brief: "Write a copy of the active pair as PEM, DER or PKCS#12",
    description: [
      "Writes a copy of the active pair, or of parts of it, into one file, as a single change. The file " +
      "has mode 0600 if it contains the key, else 0644. certswap does not update the copy: export again " +
      "after each swap, or use an output ('swap --output', or output in the configuration) instead.",
      "--contains names the parts, which are written in the order given: key, certificate, " +
      "intermediates, chain (the certificate and its intermediates), trust (the CA certificates of " +
      "--trust). A DER file holds one key or one certificate.",
      "A PKCS#12 file (for Java and Windows) is encrypted with the first line of --password-file. The " +
      "profile 'modern' (AES-256, SHA-256) needs at least Java 8u301, OpenSSL 1.1 or Windows Server 2019. " +
      "'legacy' (3DES, SHA-1) is weak: use it only for older software.",
      "Does not copy a pair that is broken, expired or in the middle of a change. Does not write into a " +
      "directory where other users can replace files, or over a file of the pair.",
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
        does: "Key and chain in one PEM file",
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
        brief: "The format of the copy",
      },
      contains: {
        kind: "enum",
        values: partNames,
        variadic: ",",
        optional: true,
        brief: "The parts, separated by commas (default for pkcs12: key,chain)",
      },
      out: requiredFile("The file to write"),
      ...passwordFileFlag,
      friendlyName: {
        kind: "parsed",
        parse: parseFriendlyName,
        optional: true,
        placeholder: "NAME",
        brief: "The name of the key in the PKCS#12 file (in Java: the alias)",
      },
      profile: {
        kind: "enum",
        values: profileNames,
        optional: true,
        brief: "The encryption of the PKCS#12 file (default: modern)",
      },
      trust: inputFile(
        "CA certificates; the chain must lead to one, and '--contains trust' writes them",
      ),
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  needs: changesPairs,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../commands/export/export.ts"),
});
