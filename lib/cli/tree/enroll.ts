/** `certswap enroll`: its documentation, flags and permissions. */
import {
  command,
  configFlag,
  file,
  inputFile,
  jsonFlag,
  lockTimeoutFlag,
  requiredDirectory,
} from "../declaration/mod.ts";
import { rotatesPairs } from "./needs.ts";

/** `certswap enroll`. */
export const enroll = /* @__PURE__ */ command({
  documentation: {
    usage: "--est URL --dir DIR [--names NAMES] (--trust FILE | --trust-fingerprint SHA256:...) " +
      "[--secret-file FILE] [--trust-bundle FILE] [FLAGS]",
    brief: "Get a device's first certificate from an EST server",
    description: [
      "Writes the configuration of a pair, creates its key, and asks an EST server (RFC 7030) for its " +
      "first certificate. After that, 'certswap rotate' renews the certificate, authenticating " +
      "with the current one. The configuration " +
      "is a separate file: certswap.d/NAME.toml, next to the configuration file. It is checked before " +
      "it is written.",
      "certswap verifies the server before it sends anything. With --trust it uses those CA " +
      "certificates. With --trust-fingerprint it fetches the CA certificate, compares its " +
      "fingerprint, and stores it as DIR/ca.pem.",
      "Once the pair is installed, certswap deletes the file given with --secret-file: the secret has " +
      "been used. With '-', certswap reads the secret from standard input, and keeps it in NAME.secret " +
      "next to the configuration file until then.",
      "After a failure, run it again or wait for the next 'certswap rotate': both send the same " +
      "request again. If the pair already exists, only the configuration is written, and 'certswap " +
      "rotate' renews the pair.",
    ],
    examples: [
      {
        input: "certswap enroll --est https://ca.example:8443 --dir /etc/nginx/tls \\\n" +
          "    --names DNS:device.example --username device-17 --secret-file secret \\\n" +
          "    --trust-fingerprint SHA256:4f1c...",
        does: "Enrol with a one-time secret, knowing only the CA's fingerprint",
      },
    ],
  },
  needs: rotatesPairs,
  parameters: {
    flags: {
      est: {
        kind: "parsed",
        parse: String,
        placeholder: "URL",
        brief: "The server: https://HOST or https://HOST:PORT",
      },
      dir: requiredDirectory("The directory for cert.pem and key.pem"),
      name: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "NAME",
        brief: "The name of the pair (default: device)",
      },
      label: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "LABEL",
        brief: "The EST label, which selects a CA or a profile of the server",
      },
      subject: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "DN",
        brief: "The subject of the certificate",
      },
      names: {
        kind: "parsed",
        parse: String,
        optional: true,
        variadic: ",",
        placeholder: "NAMES",
        brief:
          "Its names, as in --san of 'ca request': DNS:device.example,IP:192.0.2.1 (default: those the " +
          "server asks for)",
      },
      trust: file("PEM file with the CA certificates of the server"),
      trustFingerprint: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "SHA256:HEX",
        brief: "Instead of --trust: the SHA-256 fingerprint of the CA certificate",
      },
      trustBundle: file(
        "Keep this file up to date with the CA certificates that the device trusts",
      ),
      username: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "NAME",
        brief: "The user name to send with the secret",
      },
      secretFile: inputFile(
        "The file whose first line is the secret; it must be readable only by you, and is deleted after " +
          "use (-: standard input)",
      ),
      ...configFlag,
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  load: () => import("../commands/enroll.ts"),
});
