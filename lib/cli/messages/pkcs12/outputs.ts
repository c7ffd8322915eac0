/** Texts for the outputs of a pair. */
import type * as flipErrors from "../../../device/pair/flip/errors.ts";
import type * as errors from "../../../device/pair/outputs/errors.ts";
import type * as placeErrors from "../../../device/pair/unrelated/errors.ts";
import type { ErrorsOf, MessageTable, Text } from "../message.ts";

/** A text for every error of the outputs of a pair. */
export const outputMessages: MessageTable<
  ErrorsOf<typeof errors> | ErrorsOf<typeof flipErrors> | ErrorsOf<typeof placeErrors>
> = {
  "der-holds-one": ({ count }) => ({
    message: `a DER file holds one key or one certificate, not ${count}`,
    hint: "Use --contains certificate, or --format pem.",
  }),
  "no-trust-anchors": () => ({
    message: "the output includes trust anchors, but there is no file with trust anchors",
    hint: "Set trust in the pair's table, or use --trust.",
  }),
  "no-trust-left": ({ path }) => ({
    message:
      `cannot create the trust bundle ${path} again: every trust anchor in 'trust' was removed ` +
      "from it earlier",
    hint:
      "Restore the file from a backup, or write into it the CA certificates that this device should trust.",
  }),
  "key-kind-not-held": ({ keyKind }) => ({
    message: `software that needs the legacy profile of PKCS#12 does not support ${keyKind} keys`,
    hint: 'Use profile = "modern", or a pair with an ECDSA or RSA key.',
  }),
  "output-not-made": ({ path, cause }, describe) => {
    const { message, details = [], hint } = describe(cause);
    return {
      message: `cannot create the output ${path}: ${message}`,
      details,
      ...(hint ? { hint } : {}),
    };
  },
  "output-stale": ({ path, defect }) => ({
    message: staleTexts[defect](path),
    hint:
      "'certswap rotate' repairs it. If the pair is not in the configuration, give --output again " +
      "with the next swap.",
  }),
  "output-left-behind": ({ path }) => ({
    message:
      `${path} was an output of this pair, but is not part of this change: it is left unchanged`,
    hint: "Add it as an output again, or remove the file.",
  }),
  "output-locked": ({ path, passwordFile }) => ({
    message: `the password in ${passwordFile} does not open ${path}`,
    hint:
      "Correct the password. If the file may be replaced, move it away and run the command again.",
  }),
  "output-holds-more": ({ path }) => ({
    message: `${path} holds more than one key: the others would be lost`,
    hint: "Give the output another path, or move the file away.",
  }),
  "output-password": ({ path, cause }, describe) => {
    const isMissing = "errno" in cause && cause.errno === "ENOENT";
    const { message, details = [], hint = isMissing ? newPasswordHint : undefined } = describe(
      cause,
    );
    return {
      message: `cannot read the password of ${path}: ${message}`,
      details,
      ...(hint ? { hint } : {}),
    };
  },
  "flip-link": ({ path, content }) => ({
    message: content === undefined
      ? `${path} is not a symbolic link to a version of the pair`
      : `${path} points to ${content}, expected a version of the pair (versions/N)`,
    hint: "Move it away. certswap then creates the link itself.",
  }),
  "inside-version": ({ path, link }) => ({
    message:
      `${path} belongs to one of the versions that ${link} selects, and versions never change`,
    hint:
      'Change the whole pair: add it to the configuration with layout = "flip", and use --name.',
  }),
  "inside-authority": ({ path, dataDirectory }) => ({
    message: `${path} is a file of the CA in ${dataDirectory}, which would be lost`,
    hint: "Give a path outside the CA's data directory.",
  }),
  "certbot-archive": ({ path, archived }) => ({
    message: `${path} is a link into certbot's archive: certswap would overwrite ${archived}`,
    hint:
      "To hand the directory over to certswap, remove the certificate's file from certbot's renewal/ " +
      "directory, then replace each link with a file: cp --remove-destination $(readlink -f LINK) LINK",
  }),
};

const newPasswordHint =
  "Write the password into this file. To create a new one: (umask 077; openssl rand -base64 24 > FILE)";

type Defect = errors.OutputStaleError["defect"];

const staleTexts: Readonly<Record<Defect, (path: string) => Text & string>> = {
  missing: (path) => `${path} does not exist, although it is an output of the pair`,
  differs: (path) => `${path} is not made from the active pair`,
  rights: (path) => `${path} has another owner, group or mode than configured`,
};
