/** Finds what contradicts itself in a profile of `ca.toml`. */
import { type KeyPath, keyText, type TomlReading } from "../../toml/read/mod.ts";
import {
  DerReader,
  encodeDistinguishedName,
  formatPurpose,
  isKindFor,
  type KeyKindFor,
  keyKinds,
  type KeyUsage,
  kindsFor,
  purposeOid,
  readName,
} from "../../x509/mod.ts";
import { shardPlaceholder } from "../store/shards/mod.ts";
import type { OwnSettingMistake, SettingExpectation } from "./errors.ts";
import { parseSubjectPattern, valueMatches } from "./policy/mod.ts";
import type { ProfileTable } from "./schema.ts";
import type { Profile } from "./settings.ts";

/**
 * Checks that the addresses of the CRL have the number of the shard exactly if there are shards: otherwise
 * certificates would name an address that does not exist, or the CRL of another shard.
 */
export function checkShards(
  reading: TomlReading<SettingExpectation, OwnSettingMistake>,
  { shards, addresses }: { readonly shards: number; readonly addresses: readonly string[] },
): void {
  const placeholder = shardPlaceholder;
  if (shards > 1 && addresses.length === 0) {
    const key = "crl.shards";
    reading.problem(["crl", "shards"], { kind: "shards-without-address", key, placeholder });
  }
  for (const [index, address] of addresses.entries()) {
    const path = ["addresses", "crl", index];
    const key = keyText(path);
    const hasPlaceholder = address.includes(placeholder);
    if (shards > 1 && !hasPlaceholder) {
      reading.problem(path, { kind: "address-without-shard", key, placeholder });
    } else if (shards === 1 && hasPlaceholder) {
      reading.problem(path, { kind: "shard-without-shards", key, placeholder });
    }
  }
}

/** A profile, and what is written of it. Every value for itself is right. */
interface CheckedProfile {
  readonly path: readonly string[];
  readonly table: ProfileTable;
  /** What it means, with everything that is not written. */
  readonly profile: Profile;
}

/** Reports a mistake at a key below the table of the profile. */
type Report = (below: KeyPath, mistake: (key: string) => OwnSettingMistake) => void;

/** Finds everything in a profile that contradicts itself. */
export function checkProfile(
  reading: TomlReading<SettingExpectation, OwnSettingMistake>,
  checked: CheckedProfile,
): void {
  const { path } = checked;
  const report: Report = (below, mistake) => {
    const key = [...path, ...below];
    reading.problem(key, mistake(keyText(key)));
  };
  checkValidity(checked, report);
  checkLists(checked, report);
  const isLeaf = checked.profile.ca === undefined;
  for (const key of isLeaf ? onlyForCas : onlyForLeaves) {
    if (!Object.hasOwn(checked.table, key)) continue;
    report([key], (key) => ({ kind: "only-for", key, only: isLeaf ? "ca" : "leaf" }));
  }
  if (isLeaf) {
    const before = reading.problems.length;
    checkKeyUsage(checked, report);
    // A wrong key usage would be told once more for each purpose.
    if (reading.problems.length === before) checkPurposes(checked, report);
  } else {
    checkKeysOfCa(checked, report);
  }
  checkSubject(checked, report);
}

const onlyForCas = ["path_length", "name_constraints"] as const;
/** The key usage of a CA is always the same. Its names are restricted by name constraints. */
const onlyForLeaves = ["key_usage", "extended_key_usage"] as const;

function checkValidity({ table, profile }: CheckedProfile, report: Report): void {
  const { validity, max_validity: maximum } = table;
  if (validity === undefined || maximum === undefined || maximum >= validity) return;
  const line = profile.lines["validity"] ?? 1;
  report(["max_validity"], (key) => ({
    kind: "maximum-below-validity",
    key,
    validity,
    maximum,
    line,
  }));
}

/** A value that is listed twice was probably meant to be another one. */
function checkLists({ table }: CheckedProfile, report: Report): void {
  const lists = [
    ["key_usage", table.key_usage],
    ["extended_key_usage", table.extended_key_usage?.map(formatPurpose)],
    ["key_algorithms", table.key_algorithms],
  ] as const;
  for (const [name, values = []] of lists) {
    for (const [index, value] of values.entries()) {
      if ((values as readonly string[]).indexOf(value) === index) continue;
      report([name, index], (key) => ({ kind: "listed-twice", key, value }));
    }
  }
}

const usagesOfCas: readonly KeyUsage[] = ["keyCertSign", "cRLSign"];

/** The key usages that have a meaning only for keys that agree (RFC 5280 4.2.1.3). */
const usagesOfAgreement: readonly KeyUsage[] = ["encipherOnly", "decipherOnly"];

/**
 * The key usages of a kind of key. RSA encrypts (RFC 3279 2.3.1); keys on the NIST curves agree (RFC 5480 3);
 * Ed25519 only signs (RFC 8410 5).
 */
function usagesOf(kind: KeyKindFor<"leaf">): readonly KeyUsage[] {
  const signing: KeyUsage[] = ["digitalSignature", "nonRepudiation"];
  switch (keyKinds[kind].algorithm.kind) {
    case "rsa":
      return [...signing, "keyEncipherment", "dataEncipherment"];
    case "ec":
      return [...signing, "keyAgreement", "encipherOnly", "decipherOnly"];
    case "ed25519":
      return signing;
  }
}

/** The kinds of keys of leaves that can be used in all of these ways. */
export function kindsThatCan(usages: readonly KeyUsage[]): readonly KeyKindFor<"leaf">[] {
  return kindsFor("leaf").filter((kind) => usages.every((usage) => usagesOf(kind).includes(usage)));
}

function checkKeyUsage({ table }: CheckedProfile, report: Report): void {
  const { key_usage: usages = [] } = table;
  for (const [index, usage] of usages.entries()) {
    const place = ["key_usage", index];
    const cannot = (table.key_algorithms ?? []).filter((kind) => !usagesOf(kind).includes(usage));
    if (usagesOfCas.includes(usage)) {
      report(place, (key) => ({ kind: "usage-of-ca", key, usage }));
    } else if (cannot.length > 0) {
      report(place, (key) => ({ kind: "usage-of-other-keys", key, usage, kinds: cannot }));
    } else if (usagesOfAgreement.includes(usage) && !usages.includes("keyAgreement")) {
      report(place, (key) => ({ kind: "usage-without", key, usage, needs: "keyAgreement" }));
    }
  }
  const ofLeaves = usages.filter((usage) => !usagesOfCas.includes(usage));
  if (table.key_algorithms === undefined && kindsThatCan(ofLeaves).length === 0) {
    report(["key_usage"], (key) => ({ kind: "usages-of-no-key", key, usages: ofLeaves }));
  }
}

/** Too few peers verify the other kinds in the certificate of a CA. */
function checkKeysOfCa({ table }: CheckedProfile, report: Report): void {
  for (const [index, kind] of (table.key_algorithms ?? []).entries()) {
    if (isKindFor("ca", kind)) continue;
    report(["key_algorithms", index], (key) => ({ kind: "key-of-leaf", key, keyKind: kind }));
  }
}

/** The key usages of which each purpose needs at least one (RFC 5280 4.2.1.12). */
const usagesFor: Readonly<Record<string, readonly KeyUsage[]>> = {
  [purposeOid.serverAuth]: ["digitalSignature", "keyEncipherment", "keyAgreement"],
  [purposeOid.clientAuth]: ["digitalSignature", "keyAgreement"],
  [purposeOid.codeSigning]: ["digitalSignature"],
  [purposeOid.emailProtection]: [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "keyAgreement",
  ],
  [purposeOid.timeStamping]: ["digitalSignature", "nonRepudiation"],
  [purposeOid.OCSPSigning]: ["digitalSignature", "nonRepudiation"],
};

function checkPurposes({ table, profile }: CheckedProfile, report: Report): void {
  const { keyUsage, extendedKeyUsage } = profile;
  const alone = extendedKeyUsage.indexOf(purposeOid.timeStamping);
  if (alone >= 0 && extendedKeyUsage.some((purpose) => purpose !== purposeOid.timeStamping)) {
    const purpose = formatPurpose(purposeOid.timeStamping);
    report(["extended_key_usage", alone], (key) => ({ kind: "purpose-not-alone", key, purpose }));
  }
  if (keyUsage === undefined) return;
  for (const [index, purpose] of extendedKeyUsage.entries()) {
    const needs = usagesFor[purpose];
    if (needs === undefined || needs.some((usage) => keyUsage.includes(usage))) continue;
    const place = table.extended_key_usage === undefined
      ? ["key_usage"]
      : ["extended_key_usage", index];
    report(place, (key) => ({
      kind: "purpose-without-usage",
      key,
      purpose: formatPurpose(purpose),
      needs,
    }));
  }
}

/** Each of the fixed attributes is in every subject: a pattern without it matches none. */
function checkSubject({ table, profile }: CheckedProfile, report: Report): void {
  const { subject } = profile;
  const patterns = table.names?.subject ?? [];
  if (subject === undefined) return;
  const { relativeNames } = readName(new DerReader(encodeDistinguishedName(subject)));
  for (const [index, pattern] of patterns.entries()) {
    const parsed = parseSubjectPattern(pattern)?.flat() ?? [];
    const isMatched = relativeNames.flat().every(({ type, text }) =>
      parsed.some((attribute) => attribute.type === type && valueMatches(attribute, text))
    );
    if (isMatched) continue;
    const place = ["names", "subject", ...(patterns.length === 1 ? [] : [index])];
    report(place, (key) => ({ kind: "pattern-against-subject", key, pattern, subject }));
  }
}
