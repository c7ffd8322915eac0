/** Texts for the errors of the configuration. */
import type * as errors from "../../device/configuration/errors.ts";
import {
  type ConfigurationProblem,
  type Expectation,
  type Mistake,
  nearest,
  type Place,
} from "../../device/configuration/mod.ts";
import { keyTypes, startTlsProtocols } from "../../device/service/mod.ts";
import { kindsFor, purposeNames } from "../../x509/mod.ts";
import { alternatives as anyOf } from "../text.ts";
import type { DescribeCause, ErrorsOf, Message, MessageTable } from "./message.ts";

/** Texts for what is wrong with a configuration. */
export const configurationMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "configuration": ({ problems }, describe) => ({
    message: problems.length === 1
      ? "there is a mistake in the configuration"
      : `there are ${problems.length} mistakes in the configuration`,
    details: problems.map((problem) => describeProblem(problem, describe)),
    hint: "Nothing was done. 'certswap config check' reads it again.",
  }),
  "no-configuration": ({ path }) => ({
    message: `there is no configuration at ${path}`,
    hint: "Say where it is with --config FILE or $CERTSWAP_CONFIG. " +
      "A command about one pair needs none with --cert FILE --key FILE, or --dir DIR.",
  }),
  "unknown-pair": ({ pair, known }) => {
    const suggestion = nearest(pair, known);
    return {
      message: `the configuration has no pair '${pair}'`,
      hint: suggestion === undefined
        ? `It has ${known.map((name) => `'${name}'`).join(", ")}.`
        : `Did you mean '${suggestion}'?`,
    };
  },
  "configured-pair": ({ pair, others, cause }, describe) => {
    const reason = describe(cause);
    return { ...reason, message: `${pairsText([pair, ...others])}: ${reason.message}` };
  },
};

/** How many pairs are named: there may be hundreds. */
const mostNamed = 10;

/** `pair web`, `pairs web, api`, `pairs web, api, ... and 12 more`. */
function pairsText(names: readonly string[]): string {
  if (names.length === 1) return `pair ${names.join()}`;
  const left = names.length - mostNamed;
  return `pairs ${names.slice(0, mostNamed).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

/** `/etc/certswap/certswap.toml:12: pair.web.renew_befor is not a key. Did you mean ...?` */
export function describeProblem(problem: ConfigurationProblem, describe: DescribeCause): string {
  return `${placeText(problem)}: ${describeMistake(problem.mistake, describe)}`;
}

function describeMistake(mistake: Mistake, describe: DescribeCause): string {
  switch (mistake.kind) {
    case "not-toml":
      return `not TOML: ${mistake.explanation}`;
    case "not-utf8":
      return "not text in UTF-8";
    case "no-pairs":
      return "no pair is configured; expected a table [pair.NAME]";
    case "unknown-key":
      return unknownKeyText(mistake);
    case "missing-key":
      return `${mistake.key} is missing; expected ${expectationText(mistake)}`;
    case "wrong-value":
      return `${mistake.key}: expected ${expectationText(mistake)}, found ${mistake.found}`;
    case "server-and-command": {
      const [one, other] = mistake.keys;
      return `${mistake.key} has ${one} and ${other}; expected url (certswap connects to the server), ` +
        "or command (a program looks at the service)";
    }
    case "dir-and-files":
      return `${mistake.key} is given, and dir beside it; expected dir, or certificate and key`;
    case "defined-twice":
      return `${mistake.key} is there twice, first at ${placeText(mistake.first)}`;
    case "unknown-hook":
      return `${mistake.key}: there is no table [hook.${mistake.name}]` +
        (mistake.suggestion === undefined ? "" : `. Did you mean "${mistake.suggestion}"?`);
    case "shared-path":
      return `${mistake.key} leads to ${mistake.path}, and so does ${mistake.first.key} at ${
        placeText(mistake.first)
      }; expected a file of its own`;
    case "unusable-path": {
      const reason = describe(mistake.cause);
      const isHinted = ["untrusted-place", "not-executable"].includes(reason.code) ||
        mistake.key.endsWith(".data_dir");
      return `${mistake.key}: ${reason.message}${isHinted ? wayOut(reason) : ""}`;
    }
    case "untrusted":
      return untrustedText(describe(mistake.cause));
  }
}

function untrustedText(reason: Message): string {
  return `others could have certswap run commands: ${reason.message}${wayOut(reason)}`;
}

/** The hint of an error that is one of several mistakes. */
function wayOut({ hint }: Message): string {
  return hint === undefined ? "" : `. ${hint}`;
}

function unknownKeyText(
  { key, suggestion, kinds }: Extract<Mistake, { readonly kind: "unknown-key" }>,
): string {
  const only = kinds && `known only with kind = ${alternatives(kinds)}`;
  if (suggestion !== undefined) {
    return `${key} is not known. Did you mean ${suggestion}${only ? `, which is ${only}` : ""}?`;
  }
  return `${key} is ${only ?? "not known"}`;
}

function placeText({ file, line }: Place): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** `"a", "b" or "c"`. */
function alternatives(words: readonly string[]): string {
  return anyOf(words.map((word) => `"${word}"`));
}

function expectationText(
  { expected, choices }: Extract<Mistake, { readonly expected: Expectation }>,
): string {
  return choices === undefined ? expectations[expected] : alternatives(choices);
}

const expectations: Readonly<Record<Expectation, string>> = {
  "absolute-paths": 'a list of absolute paths without "/" at their ends (["/keys"])',
  "absolute-path": 'an absolute path without "/" at its end ("/etc/nginx/tls")',
  "alternative-names": 'names ("DNS:device.example", "IP:192.0.2.1", "URI:...", "email:...")',
  "boolean": "true or false",
  "boolean-or-duration": 'true, false or a length of time ("30d")',
  "command": 'a program and its arguments (["systemctl", "reload", "nginx"])',
  "distinguished-name": 'a name as RFC 4514 writes it ("CN=device.example,O=Example")',
  "hook": "a table with a command, the name of a table [hook.NAME], or a list of up to 16 of them",
  "issuer-kind": "a kind of issuer",
  "key-algorithm": alternatives(kindsFor("device")),
  "key-type": alternatives(keyTypes),
  "local-key-algorithm": `${alternatives(kindsFor("ca"))} with the issuer "local"`,
  "pair-name": "letters, digits, '.', '_' and '-', 64 at most, the first a letter or a digit",
  "probe": "a table with url or command, or a list of such tables",
  "probe-identity": '"pair", or a certificate and its key ({ cert = "/FILE", key = "/FILE" })',
  "probe-kind": alternatives(["server", "command", "client"]),
  "probe-url": '"tls://HOST:PORT"',
  "purposes": `purposes by name or OBJECT IDENTIFIER (["serverAuth", "1.3.6.1.5.5.7.3.17"]): ${
    purposeNames.join(", ")
  }`,
  "renew-before": 'a share of life ("33%") or a length of time ("30d", "12h")',
  "server-name": 'a DNS name ("device.example")',
  "starttls": alternatives(startTlsProtocols),
  "table": "a table",
  "time-limit": 'a length of time from "100ms" to "1d"',
  "unit-names": 'names of systemd services (["nginx.service"])',
  "validity": 'a length of time from "1h" to "36500d"',
};
