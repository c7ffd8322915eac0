/** The schema of a configuration file: every key, its type and its default. */
import * as v from "valibot";
import { readDuration, readValidity } from "../../system/mod.ts";
import {
  encodeAlternativeNames,
  encodeDistinguishedName,
  kindsFor,
  parsePurpose,
} from "../../x509/mod.ts";
import { isEstLabel } from "../../protocol/est/mod.ts";
import { type IssuerKeys, issuerKinds, type IssuerTable, type IssuerWords } from "../issuer/mod.ts";
import { readEstUrl, readFingerprint } from "../issuer/est/mod.ts";
import type { RenewBefore } from "./configuration.ts";
import type { Expectation } from "./errors.ts";
import { layoutNames } from "./pair_table/mod.ts";
import {
  account,
  command,
  isConfiguredName,
  keyMode,
  mode,
  oneOrMore,
  outputTable,
  pairHook,
  path,
  probeTable,
  string,
  text,
  timeLimit,
  trustBundleTable,
} from "./values/mod.ts";

// Every message of the schema is an Expectation. Unknown keys are accepted here: see unknownKeys().

const validity = text("validity", readValidity);

const renewBefore = text("renew-before", (written): RenewBefore | undefined => {
  const percent = /^([1-9]\d?)%$/.exec(written)?.[1];
  if (percent !== undefined) return { kind: "share", share: Number(percent) / 100 };
  const milliseconds = readDuration(written);
  return milliseconds === undefined || milliseconds === 0
    ? undefined
    : { kind: "time", milliseconds };
});

/** Milliseconds. */
const keepPrevious = v.union([
  v.pipe(v.boolean(), v.transform((isKept) => isKept ? Infinity : 0)),
  text("boolean-or-duration", readDuration),
], "boolean-or-duration" satisfies Expectation);

const subject = string("distinguished-name", (written) => {
  encodeDistinguishedName(written);
  return true;
});

const name = string("alternative-names", (written) => {
  encodeAlternativeNames(escapeAlternativeName(written));
  return true;
});

/** One name as {@linkcode encodeAlternativeNames} takes several: commas separate, unless they are escaped. */
function escapeAlternativeName(written: string): string {
  return written.replaceAll(/[\\,]/g, "\\$&");
}

const purposes = v.pipe(
  v.array(text("purposes", parsePurpose), "purposes" satisfies Expectation),
  v.minLength(1, "purposes" satisfies Expectation),
);

/** The name of a service unit, systemd.unit(5). */
const unit = string(
  "unit-names",
  (written) => written.length < 256 && /^[A-Za-z0-9:_.\\@-]+\.service$/.test(written),
);

/** The table of an issuer: `kind`, the keys of that kind, and what they mean. */
function issuerTable<Keys extends v.ObjectEntries, Configuration>(
  { kind, keys, read }: {
    readonly kind: string;
    readonly keys: Keys;
    readonly read: (table: v.InferOutput<v.ObjectSchema<Keys, undefined>>) => Configuration;
  },
): IssuerTable<Configuration> {
  const all: IssuerKeys = { kind: v.literal(kind), ...keys };
  return v.pipe(
    v.object(all, "table" satisfies Expectation),
    v.transform((table) => read(table as v.InferOutput<v.ObjectSchema<Keys, undefined>>)),
  );
}

/** The building blocks of an issuer's table. */
const issuerWords: IssuerWords = {
  command,
  estLabel: string("est-label", isEstLabel),
  estServer: text("est-url", readEstUrl),
  exactOptional: v.exactOptional,
  fingerprint: text("fingerprint", readFingerprint),
  optional: v.optional,
  pairFiles: v.pipe(
    v.object({ cert: path, key: path }, "pair-files" satisfies Expectation),
    v.transform(({ cert, key }) => ({ certificate: cert, key })),
  ),
  path,
  table: issuerTable,
  profile: string("pair-name", isConfiguredName),
  timeLimit,
  // RFC 7617 2: without a colon, and without control characters.
  username: string("username", (written) => /^[^\p{Cc}:]{0,128}$/u.test(written)),
  validity,
};

const issuer = v.variant(
  "kind",
  Object.values(issuerKinds).map(({ table }) => table(issuerWords)),
  "issuer-kind" satisfies Expectation,
);

/** A table `[pair.NAME]`. */
export const pairTable = v.object({
  dir: v.exactOptional(path),
  certificate: v.exactOptional(path),
  key: v.exactOptional(path),
  combined: v.exactOptional(path),
  layout: v.exactOptional(v.picklist(layoutNames, "layout" satisfies Expectation)),
  owner: v.exactOptional(account),
  group: v.exactOptional(account),
  mode: v.exactOptional(mode),
  key_mode: v.exactOptional(keyMode),
  password_file: v.exactOptional(path),
  output: v.exactOptional(oneOrMore(outputTable, "output")),
  trust: v.exactOptional(path),
  trust_bundle: v.exactOptional(trustBundleTable),
  subject: v.exactOptional(subject),
  names: v.exactOptional(v.array(name, "alternative-names" satisfies Expectation)),
  allow_ca: v.optional(v.boolean("boolean" satisfies Expectation), false),
  purposes: v.exactOptional(purposes),
  key_algorithm: v.optional(
    v.picklist(kindsFor("device"), "key-algorithm" satisfies Expectation),
    "ecdsa-p256",
  ),
  keep_key: v.optional(v.boolean("boolean" satisfies Expectation), false),
  renew_before: v.optional(renewBefore, "33%"),
  keep_previous: v.optional(keepPrevious, false),
  requires_mount: v.optional(v.array(path, "absolute-paths" satisfies Expectation), []),
  services: v.optional(v.array(unit, "unit-names" satisfies Expectation), []),
  issuer: v.exactOptional(issuer),
  hook: v.exactOptional(oneOrMore(pairHook, "hook")),
  probe: v.exactOptional(oneOrMore(probeTable, "probe")),
}, "table" satisfies Expectation);

/** The result of {@linkcode pairTable}. */
export type PairTable = v.InferOutput<typeof pairTable>;

/** A table `[[pair.NAME.output]]`. */
export type OutputTable = NonNullable<PairTable["output"]>[number];

/** A file. Each of its pairs and shared hooks is checked separately. */
export const fileTable = v.object({
  metrics: v.exactOptional(path),
  hook: v.exactOptional(v.unknown()),
  pair: v.exactOptional(v.unknown()),
});
