/** Messages for errors of the configuration. */
import type * as errors from "../../../device/configuration/errors.ts";
import type {
  ConfigurationProblem,
  Expectation,
  Mistake,
} from "../../../device/configuration/mod.ts";
import { nearest } from "../../../toml/mod.ts";
import { keyTypes, startTlsProtocols } from "../../../device/service/mod.ts";
import { kindsFor, purposeNames } from "../../../x509/mod.ts";
import {
  formatNames,
  friendlyNameLimit,
  partNames,
  profileNames,
} from "../../../device/pair/outputs/mod.ts";
import { nameInCommands } from "../../given_flags.ts";
import { outputFaultText } from "../../output_faults.ts";
import type * as deviceErrors from "../../../device/errors.ts";
import { present, type UntrustedPlaceError, type WrongFileKindError } from "../../../system/mod.ts";
import type { DescribeCause, ErrorsOf, Message, MessageTable } from "../message.ts";
import { whoCanChange } from "../system.ts";
import { correctNameText } from "../x509/mod.ts";
import {
  alternatives,
  commonExpectations,
  describeGeneral,
  durationText,
  isGeneral,
  placeText,
} from "./toml.ts";

/** Messages for errors of the configuration. */
export const configurationMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "configuration": ({ problems }, describe) => ({
    message: problems.length === 1
      ? "the configuration has a mistake"
      : `the configuration has ${problems.length} mistakes`,
    details: problems.map((problem) => describeProblem(problem, describe)),
    hint: `Nothing was changed. Correct ${
      problems.length === 1 ? "the mistake" : "every mistake"
    }, then run 'certswap config check'.`,
  }),
  "no-configuration": ({ path }) => ({
    message: `the configuration ${path} does not exist`,
    hint:
      "Create it, or give its path with --config FILE or $CERTSWAP_CONFIG. Without it, only 'swap', " +
      "'status' and the other commands for one pair work: give them --dir DIR, or --cert FILE --key FILE.",
  }),
  "unknown-pair": ({ pair, known }) => {
    const suggestion = nearest(pair, known);
    return {
      message: `the configuration has no pair '${pair}'`,
      hint: suggestion === undefined
        ? `Its pairs are ${known.map((name) => `'${name}'`).join(", ")}.`
        : `Did you mean '${suggestion}'?`,
    };
  },
  "configured-pair": ({ pair, others, cause }, describe) => {
    const reason = describe(cause);
    const { hint } = reason;
    const named = hint === undefined || others.length > 0 ? hint : nameInCommands(hint, pair);
    return {
      ...reason,
      message: `${pairsText([pair, ...others])}: ${reason.message}`,
      ...present({ hint: named }),
    };
  },
};

/** The most pairs to list: there may be hundreds. */
const mostNamed = 10;

/** `pair web`, `pairs web, api`, `pairs web, api, ... and 12 more`. */
function pairsText(names: readonly string[]): string {
  if (names.length === 1) return `pair ${names.join()}`;
  const left = names.length - mostNamed;
  return `pairs ${names.slice(0, mostNamed).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

/** `/etc/certswap/certswap.toml:12: unknown key pair.web.renew_befor. Did you mean ...?` */
export function describeProblem(problem: ConfigurationProblem, describe: DescribeCause): string {
  return `${placeText(problem)}: ${describeMistake(problem.mistake, describe)}`;
}

/** How a name is to be written instead; empty for every other mistake. */
function correctedText(mistake: Mistake): string {
  if (mistake.kind !== "wrong-value" || mistake.expected !== "alternative-names") return "";
  const correct = correctNameText(writtenAs(mistake.found) ?? "");
  return correct === undefined ? "" : `: ${correct}`;
}

/** The text that a value in JSON holds; `undefined` if it was truncated or holds something else. */
function writtenAs(found: string): string | undefined {
  try {
    const written: unknown = JSON.parse(found);
    return typeof written === "string" ? written : undefined;
  } catch {
    return undefined;
  }
}

/** The text for a mistake, without its place. */
export function describeMistake(mistake: Mistake, describe: DescribeCause): string {
  if (isGeneral(mistake)) {
    return describeGeneral(mistake, expectations) + correctedText(mistake);
  }
  switch (mistake.kind) {
    case "no-pairs":
      return "no pair is configured; expected a table [pair.NAME]";
    case "server-and-command": {
      const [one, other] = mistake.keys;
      return `${mistake.key} has ${one} and ${other}; expected either url (certswap connects to the ` +
        "server) or command (a program checks the service)";
    }
    case "dir-and-files":
      return `${mistake.key} and dir are both set; expected either dir, or certificate and key`;
    case "layout-and-file":
      return `${mistake.key} and layout are both set; the layout "${mistake.layout}" already ` +
        `names the files in dir${mistake.key.endsWith(".combined") ? combinedHint : ""}`;
    case "layout-only":
      return `${mistake.key} is only for layout = ${
        alternatives(mistake.layouts)
      }; for another output, ` +
        "set it in the table of that output";
    case "output":
      return `${mistake.key}: ${outputFaultText(mistake.fault, outputKeys)}`;
    case "trust-without-est":
      return `${mistake.key}: the pair's issuer is not an EST server; expected source = "file" and ` +
        'file, or an issuer with kind = "est"';
    case "trust-file-unused":
      return `${mistake.key} is only for source = "file"`;
    case "defined-twice":
      return `${mistake.key} is already defined at ${placeText(mistake.first)}`;
    case "unknown-hook":
      return `${mistake.key}: there is no table [hook.${mistake.name}]` +
        (mistake.suggestion === undefined ? "" : `. Did you mean "${mistake.suggestion}"?`);
    case "shared-path":
      return `${mistake.key} and ${mistake.first.key} (at ${
        placeText(mistake.first)
      }) both lead to ${mistake.path}; expected a separate file for each`;
    case "unusable-path": {
      const reason = describe(mistake.cause);
      const isHinted = hinted.has(reason.code) || mistake.key.endsWith(".data_dir");
      const way = wayOut(mistake, reason) ?? (isHinted ? reason.hint : undefined);
      return `${mistake.key}: ${reason.message}${way === undefined ? "" : `. ${way}`}`;
    }
    case "untrusted":
      return untrustedText(mistake.cause, describe(mistake.cause));
  }
}

/** Codes of errors whose hint says more than to correct the path. */
const hinted: ReadonlySet<string> = new Set([
  "not-executable",
  "output-password",
  "password-file",
  "program-not-found",
  "unknown-account",
]);

/** For one who wants a combined file besides those of a layout. */
const combinedHint = '. For one more file with both, add an output (contains = ["key", "chain"])';

const outputKeys = {
  passwordFile: "password_file",
  friendlyName: "friendly_name",
  profile: "profile",
  trust: "the pair's trust",
} as const;

function untrustedText(cause: UntrustedPlaceError, { hint }: Message): string {
  return `${whoCanChange(cause)}, so they could make certswap run commands` +
    (hint === undefined ? "" : `. ${hint}`);
}

/** The hint for a path that cannot be used, where it says more than to correct the path. */
function wayOut(
  { key, cause }: Extract<Mistake, { readonly kind: "unusable-path" }>,
  { code, hint }: Message,
): string | undefined {
  if (code === "untrusted-place") return key === "metrics" ? metricsPlaceHint : hint;
  if (code === "missing-directory") {
    const { directory } = cause as deviceErrors.MissingDirectoryError;
    return `Mount its file system, or, for a first pair, create it: mkdir -p ${directory}`;
  }
  if (code !== "wrong-file-kind") return undefined;
  const { use } = cause as WrongFileKindError;
  return use === "certificate-or-key"
    ? "For a directory with cert.pem and key.pem, set dir."
    : hint;
}

/** The general hint is about the files of a service. */
const metricsPlaceHint =
  "Use a directory that only root, or the user who runs certswap, can write to.";

const expectations: Readonly<Record<Expectation, string>> = {
  ...commonExpectations,
  "account": 'a user or group by name or number ("www-data", 33)',
  "absolute-paths": 'a list of absolute paths without a trailing "/" (["/keys"])',
  "absolute-path":
    'an absolute path without a trailing "/" ("/etc/nginx/tls"; at most 4095 characters)',
  "alternative-names":
    'names ("DNS:device.example", "IP:192.0.2.1", "URI:...", "email:..."), with at most 253 characters ' +
    "in a DNS name and 63 between two dots",
  "boolean-or-duration": `true, false or a duration ("30d"; ${durationText})`,
  "friendly-name": `a name of 1 to ${friendlyNameLimit} characters, without control characters`,
  "hook": "a table with a command, the name of a table [hook.NAME], or a list of 1 to 16 of these",
  "issuer-kind": "a kind of issuer",
  "key-algorithm": alternatives(kindsFor("device")),
  "key-mode":
    "a mode in quotes that lets only the owner write the private key, and only the owner and its group " +
    'read it ("0600" or "0640")',
  "key-type": alternatives(keyTypes),
  "layout": "a layout",
  "mode": 'a mode in quotes that lets only the owner write the file ("0644")',
  "output": "a table with path and contains, or a list of 1 to 16 such tables",
  "output-contents": `a list of one or more parts (["key", "chain"]): ${partNames.join(", ")}`,
  "output-format": alternatives(formatNames),
  "pair-file": "either dir, or certificate and key, or combined alone",
  "pair-name": "at most 64 letters, digits, '.', '_' and '-', starting with a letter or a digit",
  "probe": "a table with url or command, or a list of 1 to 16 such tables",
  "probe-identity": '"pair", or a certificate and its key ({ cert = "/FILE", key = "/FILE" })',
  "probe-kind": alternatives(["server", "command", "client"]),
  "est-label": "letters, digits, and _ ~ . - (at most 64), and not the name of an EST operation",
  "est-url": '"https://HOST" or "https://HOST:PORT"',
  "fingerprint": '"SHA256:" and 64 hexadecimal digits, with or without colons',
  "pair-files": '{ cert = "/PATH", key = "/PATH" }',
  "username": "at most 128 characters, without ':' and control characters",
  "probe-url": '"tls://HOST:PORT", with a port from 1 to 65535',
  "profile": alternatives(profileNames),
  "purposes":
    `a list of one or more purposes by name or object identifier (["serverAuth", "1.3.6.1.5.5.7.3.17"]): ${
      purposeNames.join(", ")
    }`,
  "renew-before":
    'a share of the lifetime from "1%" to "99%" ("33%"), or a duration above 0 ("30d"; ' +
    `${durationText})`,
  "server-name": 'a DNS name ("device.example") of at most 253 characters, and 63 between two dots',
  "starttls": alternatives(startTlsProtocols),
  "trust-anchors":
    'a file with the CA certificates that new chains must lead to ("/etc/certswap/ca.crt"), because ' +
    "the issuer does not name one",
  "trust-source": alternatives(["est", "file"]),
  "unit-names": 'names of systemd services (["nginx.service"]), of at most 255 characters each',
  "validity": 'a duration from "1h" to "36500d", in whole seconds',
};
