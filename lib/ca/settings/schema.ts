/** The schema of `ca.toml`: every key and its type. What is left out is in `standard.ts`. */
import * as v from "valibot";
import { day, readDuration, readValidity, second } from "../../system/mod.ts";
import * as words from "../../toml/read/mod.ts";
import {
  encodeAlternativeName,
  encodeDistinguishedName,
  encodeNameConstraints,
  isRevocationReason,
  keyUsages,
  kindsFor,
  parsePurpose,
} from "../../x509/mod.ts";
import { shardLimit, shardPlaceholder } from "../store/shards/mod.ts";
import type { SettingExpectation } from "./errors.ts";
import {
  isDnsPattern,
  isEmailPattern,
  isUriPattern,
  parseRange,
  parseSubjectPattern,
} from "./policy/mod.ts";
import { manufacturerTable } from "./manufacturer/mod.ts";
import { postgresTable } from "./postgres/mod.ts";
import { estTable, serveTable } from "./serve/mod.ts";

// Every message of the schema is a SettingExpectation. Unknown keys are accepted here: see unknownKeys().

/** The most entries of a list. */
const most = 1000;

function text<T>(expected: SettingExpectation, read: (written: string) => T | undefined) {
  return words.text(expected, read);
}

function string(expected: SettingExpectation, accept: (written: string) => boolean) {
  return words.string(expected, accept);
}

function list<Schema extends v.GenericSchema>(schema: Schema, expected: SettingExpectation) {
  return v.pipe(v.array(schema, expected), v.maxLength(most, expected));
}

function someOf<Schema extends v.GenericSchema>(schema: Schema, expected: SettingExpectation) {
  return v.pipe(v.array(schema, expected), v.minLength(1, expected), v.maxLength(most, expected));
}

/** Milliseconds. A bare number is days, as on the command line. */
const validity = v.lazy((written): v.GenericSchema<unknown, number> =>
  typeof written === "number"
    ? v.pipe(v.number(), v.transform(String), text("validity-or-days", readDays))
    : text("validity-or-days", (written) => readDays(written) ?? readValidity(written))
);

function readDays(written: string): number | undefined {
  return /^\d+$/.test(written) ? readValidity(`${written}d`) : undefined;
}

/** A length of time in whole seconds, in milliseconds. */
function wholeSeconds(
  expected: SettingExpectation,
  { least, most }: { readonly least: number; readonly most: number },
): v.GenericSchema<unknown, number> {
  return text(expected, (written) => {
    const milliseconds = readDuration(written);
    const isIn = milliseconds !== undefined && milliseconds % second === 0 &&
      milliseconds >= least && milliseconds <= most;
    return isIn ? milliseconds : undefined;
  });
}

const backdate = wholeSeconds("backdate", { least: 0, most: 30 * day });
const nextUpdate = wholeSeconds("next-update", { least: 60 * second, most: 36_500 * day });
const lockTimeout = text("duration", readDuration);

const boolean = v.boolean("boolean" satisfies SettingExpectation);

/** The longest address in characters: browsers and OpenSSL take no longer ones. */
const longestAddress = 2048;

/** A URI with a host. RFC 5280 4.2.1.13 names these schemes. */
const address = string(
  "address",
  (written) =>
    written.length <= longestAddress && /^(?:https?|ldap):\/\/[^/?#@]/i.test(written) &&
    encodeAlternativeName(`URI:${written.replaceAll(shardPlaceholder, "1")}`).length > 0,
);

const addresses = list(address, "addresses");

const subject = string(
  "distinguished-name",
  (written) => encodeDistinguishedName(written, "required").length > 0,
);

/** A table `[profile.NAME.names]`. */
export const namesTable = v.object({
  dns: v.exactOptional(list(string("dns-patterns", isDnsPattern), "dns-patterns")),
  ip: v.exactOptional(
    list(string("ip-ranges", (written) => parseRange(written) !== undefined), "ip-ranges"),
  ),
  uri: v.exactOptional(list(string("uri-patterns", isUriPattern), "uri-patterns")),
  email: v.exactOptional(list(string("email-patterns", isEmailPattern), "email-patterns")),
  subject: v.exactOptional(
    words.oneOrMore(
      string("subject-patterns", (written) => parseSubjectPattern(written) !== undefined),
      "subject-patterns" satisfies SettingExpectation,
    ),
  ),
}, "table" satisfies SettingExpectation);

const constraint = string(
  "name-constraints",
  (written) => encodeNameConstraints({ permitted: [written], excluded: [] }) !== undefined,
);
const constraints = list(constraint, "name-constraints");

/** A table `[profile.NAME.name_constraints]`. */
export const constraintsTable = v.object({
  permitted: v.optional(constraints, []),
  excluded: v.optional(constraints, []),
}, "table" satisfies SettingExpectation);

/** How many CAs may follow; `undefined`: any number. */
const pathLength = v.lazy((written) =>
  typeof written === "number"
    ? v.pipe(
      v.number(),
      v.integer("path-length" satisfies SettingExpectation),
      v.minValue(0, "path-length" satisfies SettingExpectation),
      v.maxValue(255, "path-length" satisfies SettingExpectation),
    )
    : v.pipe(
      v.literal("unlimited", "path-length" satisfies SettingExpectation),
      v.transform(() => undefined),
    )
);

/** A table `[profile.NAME]`. */
export const profileTable = v.object({
  ca: v.exactOptional(boolean),
  validity: v.exactOptional(validity),
  max_validity: v.exactOptional(validity),
  backdate: v.exactOptional(backdate),
  key_usage: v.exactOptional(
    someOf(v.picklist(keyUsages, "key-usages" satisfies SettingExpectation), "key-usages"),
  ),
  extended_key_usage: v.exactOptional(list(text("purpose-list", parsePurpose), "purpose-list")),
  key_algorithms: v.exactOptional(
    someOf(
      v.picklist(kindsFor("leaf"), "key-algorithms" satisfies SettingExpectation),
      "key-algorithms",
    ),
  ),
  subject: v.exactOptional(subject),
  names: v.exactOptional(namesTable),
  path_length: v.exactOptional(pathLength),
  name_constraints: v.exactOptional(constraintsTable),
}, "table" satisfies SettingExpectation);

/** The result of {@linkcode profileTable}. */
export type ProfileTable = v.InferOutput<typeof profileTable>;

/** The table `[defaults]`. */
export const defaultsTable = v.object({
  profile: v.exactOptional(v.string("profile-name" satisfies SettingExpectation)),
  validity: v.exactOptional(validity),
  key_algorithm: v.exactOptional(
    v.picklist(kindsFor("ca"), "key-algorithm" satisfies SettingExpectation),
  ),
  reason: v.exactOptional(
    text("reason", (written) => isRevocationReason(written) ? written : undefined),
  ),
  lock_timeout: v.exactOptional(lockTimeout),
}, "table" satisfies SettingExpectation);

/** The table `[addresses]`. */
export const addressesTable = v.object({
  crl: v.exactOptional(addresses),
  ocsp: v.exactOptional(addresses),
  issuer: v.exactOptional(addresses),
}, "table" satisfies SettingExpectation);

/** The table `publish` in `[crl]`. */
export const publishTable = v.object({
  command: words.command,
  time_limit: v.optional(words.timeLimit, "1m"),
}, "publish" satisfies SettingExpectation);

const shards = v.pipe(
  v.number("shards" satisfies SettingExpectation),
  v.integer("shards" satisfies SettingExpectation),
  v.minValue(1, "shards" satisfies SettingExpectation),
  v.maxValue(shardLimit, "shards" satisfies SettingExpectation),
);

/** The table `[crl]`. */
export const crlTable = v.object({
  next_update: v.exactOptional(nextUpdate),
  keep_expired: v.exactOptional(boolean),
  shards: v.exactOptional(shards),
  publish: v.exactOptional(publishTable),
}, "table" satisfies SettingExpectation);

/** The table `[ocsp]`. A response is not valid for longer than the certificate of who has signed it. */
export const ocspTable = v.object({
  next_update: v.exactOptional(
    wholeSeconds("ocsp-next-update", { least: 10 * 60 * second, most: 7 * day }),
  ),
}, "table" satisfies SettingExpectation);

/** The whole file. Each profile is checked separately. */
export const settingsTable = v.object({
  serial: v.exactOptional(
    v.picklist(["sequential", "random"], "serial-strategy" satisfies SettingExpectation),
  ),
  duplicates: v.exactOptional(
    v.picklist(["warn", "refuse"], "duplicates" satisfies SettingExpectation),
  ),
  defaults: v.exactOptional(defaultsTable),
  addresses: v.exactOptional(addressesTable),
  crl: v.exactOptional(crlTable),
  ocsp: v.exactOptional(ocspTable),
  serve: v.exactOptional(serveTable),
  postgres: v.exactOptional(postgresTable),
  est: v.exactOptional(estTable),
  manufacturer: v.exactOptional(list(manufacturerTable, "manufacturers")),
  profile: v.exactOptional(v.unknown()),
});
