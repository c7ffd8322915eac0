/** Messages for mistakes in `ca.toml`, and for what its profiles do not allow. */
import type * as errors from "../../../ca/settings/errors.ts";
import type {
  Rule,
  SettingExpectation,
  SettingMistake,
  SettingProblem,
} from "../../../ca/settings/mod.ts";
import { formatDuration } from "../../../system/mod.ts";
import { nearest } from "../../../toml/mod.ts";
import {
  keyKinds,
  keyUsages,
  kindsFor,
  purposeNames,
  revocationReasons,
} from "../../../x509/mod.ts";
import { alternatives as anyOf } from "../../text.ts";
import type { ErrorsOf, MessageTable } from "../message.ts";
import { whoCanChange } from "../system.ts";
import {
  alternatives,
  commonExpectations,
  describeGeneral,
  durationText,
  isGeneral,
  placeText,
} from "./toml.ts";

/** Messages for errors of a CA's settings. */
export const caSettingsMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "ca-settings": ({ file, problems }) => ({
    message: problems.length === 1
      ? `${file} has a mistake`
      : `${file} has ${problems.length} mistakes`,
    details: problems.map(describeSetting),
    hint: `Nothing was changed. Correct ${
      problems.length === 1 ? "the mistake" : "every mistake"
    }, then run 'certswap ca config check'.`,
  }),
  "ca-settings-untrusted": ({ file, cause }, describe) => {
    const { hint } = describe(cause);
    return {
      message: `cannot use ${file}: ${whoCanChange(cause)}, so they could make certswap run ` +
        "commands and sign for anyone",
      ...(hint === undefined ? {} : { hint }),
    };
  },
  "unknown-profile": ({ profile, known }) => {
    const suggestion = nearest(profile, known);
    return {
      message: `there is no profile '${profile}'`,
      hint: suggestion === undefined
        ? `The profiles are ${known.join(", ")}. Others can be added to ca.toml: [profile.NAME].`
        : `Did you mean '${suggestion}'?`,
    };
  },
  "wrong-profile": ({ profile, isFor }) => ({
    message: isFor === "ca"
      ? `the profile '${profile}' is for CA certificates, not for leaf certificates`
      : `the profile '${profile}' is for leaf certificates, not for CA certificates`,
    hint: "Choose another one with --profile. 'certswap ca config check' lists them.",
  }),
  "validity-above-maximum": ({ validity, maximum, rule }) => ({
    message: `a validity of ${formatDuration(validity)} is not allowed by ${ruleText(rule)}: ` +
      `at most ${formatDuration(maximum)}`,
    hint: "Ask for less with --validity, or raise the maximum in ca.toml.",
  }),
};

/** `profile meter (names.dns, /srv/ca/ca.toml:12)`. */
export function ruleText({ profile, key, place }: Rule): string {
  return `profile ${profile} (${key}${place === undefined ? "" : `, ${placeText(place)}`})`;
}

/** `/srv/ca/ca.toml:12: unknown key profile.meter.max_days. Did you mean ...?` */
export function describeSetting(problem: SettingProblem): string {
  return `${placeText(problem)}: ${describeMistake(problem.mistake)}`;
}

function describeMistake(mistake: SettingMistake): string {
  if (isGeneral(mistake)) return describeGeneral(mistake, expectations);
  switch (mistake.kind) {
    case "no-such-profile":
      return `${mistake.key}: there is no profile "${mistake.name}"` +
        (mistake.suggestion === undefined
          ? `; expected ${alternatives(mistake.known)}, or a table [profile.NAME]`
          : `. Did you mean "${mistake.suggestion}"?`);
    case "ca-profile-as-default":
      return `${mistake.key}: the profile "${mistake.name}" is for CA certificates; expected one for ` +
        "leaf certificates";
    case "maximum-below-validity":
      return `${mistake.key}: ${formatDuration(mistake.maximum)} is less than validity, which is ${
        formatDuration(mistake.validity)
      } (line ${mistake.line})`;
    case "only-for":
      return mistake.only === "ca"
        ? `${mistake.key} is only for CA certificates: expected ca = true in this profile`
        : `${mistake.key} is only for leaf certificates; a CA certificate always has keyCertSign and ` +
          "cRLSign, and no extended key usage";
    case "key-of-leaf":
      return `${mistake.key}: a CA cannot have an ${keyKinds[mistake.keyKind].name} key; expected ${
        alternatives(kindsFor("ca"))
      }`;
    case "purpose-not-alone":
      return `${mistake.key}: a certificate for ${mistake.purpose} must have no other purpose (RFC 3161 2.3)`;
    case "listed-twice":
      return `${mistake.key}: ${mistake.value} is listed twice`;
    case "usage-of-ca":
      return `${mistake.key}: ${mistake.usage} is only for CA certificates`;
    case "usage-of-other-keys":
      return `${mistake.key}: ${
        kindNames(mistake.kinds)
      } keys cannot be used for ${mistake.usage}; ` +
        "change key_usage or key_algorithms";
    case "usages-of-no-key":
      return `${mistake.key}: no key algorithm can be used for all of ${mistake.usages.join(", ")}`;
    case "usage-without":
      return `${mistake.key}: ${mistake.usage} has no effect without ${mistake.needs}`;
    case "purpose-without-usage":
      return `${mistake.key}: ${mistake.purpose} needs ${anyOf(mistake.needs)} in key_usage`;
    case "shards-without-address":
      return `${mistake.key} needs an address with ${mistake.placeholder} in addresses.crl ` +
        `("http://pki.example/crl/${mistake.placeholder}.crl")`;
    case "address-without-shard":
      return `${mistake.key}: with crl.shards, every address needs ${mistake.placeholder}, which certswap ` +
        "replaces with the shard's number";
    case "shard-without-shards":
      return `${mistake.key}: ${mistake.placeholder} has no effect without crl.shards; set crl.shards, or ` +
        "remove it";
    case "same-address":
      return `${mistake.key} is the same address as ${mistake.other}`;
    case "not-loopback":
      return `${mistake.key}: expected a loopback address ("127.0.0.1:9090"); for another one, set ` +
        "admin_password_file or admin_client_ca";
    case "either-or":
      return `${mistake.key} and ${mistake.other} cannot be combined`;
    case "tls-on-socket":
      return `${mistake.key}: PostgreSQL has no TLS on a socket; remove it`;
    case "no-tls-on-network":
      return `${mistake.key}: ${mistake.host} may be another machine; expected ${
        expectations["database-tls"]
      }`;
    case "pattern-against-subject":
      return `${mistake.key}: "${mistake.pattern}" matches no certificate of this profile: all of ` +
        `them have subject = "${mistake.subject}"`;
  }
}

function kindNames(kinds: readonly (keyof typeof keyKinds)[]): string {
  return anyOf(kinds.map((kind) => keyKinds[kind].name));
}

const expectations: Readonly<Record<SettingExpectation, string>> = {
  ...commonExpectations,
  "absolute-path": "an absolute path",
  "address": 'an http, https or ldap URI with a host ("http://pki.example/ca.crl")',
  "addresses": 'a list of URIs (["http://pki.example/ca.crl"])',
  "backdate": 'a duration from "0s" to "30d", in whole seconds',
  "birth-names":
    "a DNS, URI or email name with one field of the bootstrap certificate: {serialNumber}, {CN} or {DNS} " +
    '("DNS:{serialNumber}.fleet.example"), or a list of 1 to 16 of these',
  "count": "a whole number from 1 to 100000 (requests_per_minute: to 1000000)",
  "database-host":
    "a DNS name, an IP address, or the absolute path of the directory with the server's socket " +
    '("db.example", "192.0.2.1", "/run/postgresql"; the path at most 92 bytes)',
  "database-name": "a name of 1 to 63 bytes, without control characters",
  "database-schema":
    "1 to 63 lower-case letters, digits and '_', starting with a letter or '_', and not with 'pg_'",
  "database-timeout": 'a duration from "1s" to "1h"',
  "database-tls":
    'a table with the CA of the server ({ ca = "/etc/certswap/postgres-ca.crt" }), or false for a ' +
    "server on this machine",
  "dns-patterns":
    'a list of DNS names, in which "*" matches any characters (["*.fleet.example"]); a name has at ' +
    "most 253 characters, and 63 between two dots",
  "duplicates": alternatives(["warn", "refuse"]),
  "duration": `a duration ("30s"; ${durationText})`,
  "email-patterns":
    'a list of email addresses, in which "*" matches any characters (["*@fleet.example"])',
  "grace": 'a duration of at most ten years ("90d")',
  "identities": alternatives(["one", "many"]),
  "ip-ranges":
    'a list of IP addresses and ranges (["192.0.2.1", "10.0.0.0/8", "2001:db8::/32"]); the address of a ' +
    "range must have no bits set after the prefix length",
  "key-algorithm": alternatives(kindsFor("ca")),
  "key-algorithms": `a list of one or more key algorithms: ${kindsFor("leaf").join(", ")}`,
  "key-usages": `a list of one or more key usages (["digitalSignature"]): ${keyUsages.join(", ")}`,
  "listen-address":
    'an IP address, or localhost, and a port ("0.0.0.0:8443", "[::1]:9090", "localhost:9090")',
  "manufacturers": "tables [[manufacturer]], at most 1000",
  "name-constraints":
    'a list of names (["DNS:fleet.example", "IP:10.0.0.0/8", "email:fleet.example", ' +
    '"URI:fleet.example"])',
  "shards": "a whole number from 1 to 1024",
  "next-update": 'a duration from "60s" to "36500d", in whole seconds ("168h")',
  "ocsp-next-update": 'a duration from "10m" to "7d", in whole seconds ("24h")',
  "path-length": 'a number from 0 to 255, or "unlimited"',
  "port": "a port from 1 to 65535",
  "profile-name": "at most 64 letters, digits, '.', '_' and '-', starting with a letter or a digit",
  "publish": 'a table with a command ({ command = ["/usr/local/sbin/publish-crl"] })',
  "purpose-list":
    `a list of purposes by name or object identifier (["serverAuth", "1.3.6.1.5.5.7.3.17"]): ${
      purposeNames.join(", ")
    }`,
  "reason": alternatives(Object.keys(revocationReasons)),
  "serial-strategy": alternatives(["sequential", "random"]),
  "server-names":
    'a DNS name or an IP address of the server ("ca.fleet.example"), or a list of 1 to 16 of these',
  "subject-patterns":
    'a distinguished name in the form of RFC 4514, in whose values "*" matches any characters ' +
    '("CN=*.fleet.example,O=Fleet"), or a list of 1 to 16 of these',
  "superseded": alternatives(["keep", "revoke"]),
  "uri-patterns":
    'a list of URIs with their scheme, in which "*" matches any characters (["urn:device:*", ' +
    '"https://*.fleet.example/*"])',
  "validity-or-days":
    'a number of days from 1 to 36500, or a duration from "1h" to "36500d", in whole seconds',
};
