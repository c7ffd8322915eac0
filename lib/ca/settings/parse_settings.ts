/** Parses `ca.toml`, and finds all mistakes in it. */
import { isTable, TomlReading, valueAt } from "../../toml/read/mod.ts";
import type { Problem, TomlMistake } from "../../toml/mod.ts";
import { checkLeafProfile } from "./check_leaf_profile.ts";
import { checkProfile, checkShards, kindsThatCan } from "./contradictions.ts";
import type { OwnSettingMistake, SettingExpectation, SettingProblem } from "./errors.ts";
import { type ProfileTable, profileTable, settingsTable } from "./schema.ts";
import { readManufacturers } from "./manufacturer/mod.ts";
import { readPostgres } from "./postgres/mod.ts";
import { readEst, readServe } from "./serve/mod.ts";
import type { CaProfile, CaSettings, NamePolicy, Profile } from "./settings.ts";
import { standardSettings } from "./standard.ts";

/** The content of `ca.toml`: its settings are complete, and mean nothing if there are problems. */
export interface ParsedSettings {
  readonly settings: CaSettings;
  /** By line. */
  readonly problems: readonly SettingProblem[];
}

type Reading = TomlReading<SettingExpectation, OwnSettingMistake>;

/**
 * Parses `ca.toml`. Finds all mistakes in one pass, unless it is not TOML.
 *
 * @param file its path, for {@linkcode CaSettings.file} and the places of problems.
 * @param serial how serial numbers are chosen if the file does not say it.
 */
export function parseSettings(
  file: string,
  content: Uint8Array,
  serial: CaSettings["serial"] = "sequential",
): ParsedSettings {
  const reading: Reading | Problem<TomlMistake<never>> = TomlReading.of(file, content, {
    otherWords,
  });
  if (!(reading instanceof TomlReading)) {
    return { settings: standardSettings(serial), problems: [reading] };
  }
  const settings = read(file, reading, serial);
  const problems = reading.problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { settings, problems };
}

/** Other words for a key. The first that a table has is meant. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  aia: ["issuer"],
  cdp: ["crl"],
  cert: ["certificate"],
  days: ["validity"],
  eku: ["extended_key_usage"],
  "max_days": ["max_validity"],
  dbname: ["database"],
  hostname: ["host"],
  password: ["password_file"],
  pathlen: ["path_length"],
  san: ["names"],
  sslcert: ["certificate"],
  sslkey: ["key"],
  sslrootcert: ["ca"],
  timeout: ["time_limit", "lock_timeout", "statement_timeout"],
  username: ["user"],
};

function read(file: string, reading: Reading, serial: CaSettings["serial"]): CaSettings {
  const standard = standardSettings(serial);
  const table = reading.check(settingsTable, reading.table, []) ?? {};
  const { defaults = {}, addresses = {}, crl = {} } = table;
  const profiles = readProfiles(reading, { standard, validity: defaults.validity });
  checkShards(reading, { shards: crl.shards ?? 1, addresses: addresses.crl ?? [] });
  const profile = defaults.profile ?? standard.defaults.profile;
  if (defaults.profile !== undefined) {
    checkLeafProfile(reading, { path: ["defaults", "profile"], name: profile, profiles });
  }
  return {
    file,
    serial: table.serial ?? standard.serial,
    duplicates: table.duplicates ?? standard.duplicates,
    defaults: {
      profile,
      validity: defaults.validity,
      keyKind: defaults.key_algorithm,
      reason: defaults.reason,
      lockTimeout: defaults.lock_timeout,
    },
    addresses: { ...standard.addresses, ...addresses },
    crl: {
      nextUpdate: crl.next_update,
      keepExpired: crl.keep_expired ?? standard.crl.keepExpired,
      shards: crl.shards ?? standard.crl.shards,
      publish: crl.publish &&
        { command: crl.publish.command, timeLimit: crl.publish.time_limit },
    },
    ocsp: { nextUpdate: table.ocsp?.next_update ?? standard.ocsp.nextUpdate },
    serve: table.serve === undefined ? standard.serve : readServe(reading, table.serve),
    postgres: table.postgres && readPostgres(reading, table.postgres),
    est: readEst(table.est ?? {}),
    manufacturers: readManufacturers(reading, table.manufacturer ?? [], {
      profiles,
      usual: profile,
    }),
    profiles,
  };
}

/** What profiles without a value of their own have. */
interface Standards {
  readonly standard: CaSettings;
  /** Of leaves. Milliseconds. */
  readonly validity: number | undefined;
}

/** All profiles: the built-in ones, with what the file says instead, and those of the file. */
function readProfiles(reading: Reading, standards: Standards): ReadonlyMap<string, Profile> {
  const profiles = new Map<string, Profile>();
  for (const [name, profile] of standards.standard.profiles) {
    profiles.set(name, interpret({ name, table: {}, base: profile, lines: {} }, standards));
  }
  const tables = reading.table["profile"] ?? {};
  if (!isTable(tables)) {
    reading.wrongValue(["profile"], "table", tables);
    return profiles;
  }
  for (const name of Object.keys(tables)) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
      reading.wrongValue(["profile", name], "profile-name", name);
    }
    const profile = readProfile(reading, name, standards);
    if (profile !== undefined) profiles.set(name, profile);
  }
  return profiles;
}

function readProfile(reading: Reading, name: string, standards: Standards): Profile | undefined {
  const path = ["profile", name];
  const table = reading.check(profileTable, valueAt(reading.table, path), path);
  // With a wrong value, what belongs together cannot be judged.
  if (table === undefined) return undefined;
  const { profiles } = standards.standard;
  const builtIn = profiles.get(name);
  const isCa = table.ca ?? builtIn?.ca !== undefined;
  const base = builtIn !== undefined && (builtIn.ca !== undefined) === isCa
    ? builtIn
    : profiles.get(isCa ? "intermediate" : "device");
  if (base === undefined) throw new TypeError("no such built-in profile");
  const lines = linesOf(reading, { table, path });
  const profile = interpret({ name, table, base, lines }, standards);
  checkProfile(reading, { path, table, profile });
  return profile;
}

function linesOf(
  reading: Reading,
  { table, path }: { readonly table: ProfileTable; readonly path: readonly string[] },
): Readonly<Record<string, number>> {
  const keys = [
    ...Object.keys(table).map((key) => [key]),
    ...Object.keys(table.names ?? {}).map((key) => ["names", key]),
  ];
  return Object.fromEntries(
    keys.map((key) => [key.join("."), reading.placeOf([...path, ...key]).line]),
  );
}

interface Written {
  readonly name: string;
  readonly table: ProfileTable;
  /** What holds for keys that the table does not have. */
  readonly base: Profile;
  readonly lines: Readonly<Record<string, number>>;
}

function interpret({ name, table, base, lines }: Written, { validity }: Standards): Profile {
  const maxValidity = table.max_validity ?? base.maxValidity;
  const usual = base.ca === undefined ? validity ?? base.validity : base.validity;
  const keyUsage = table.key_usage ?? base.keyUsage;
  const isRestricted = keyUsage !== undefined && base.ca === undefined;
  return {
    name,
    // A default is cut; a validity that the table names itself is not: see checkProfile().
    validity: table.validity ?? Math.min(usual, maxValidity ?? Infinity),
    maxValidity,
    backdate: table.backdate ?? base.backdate,
    keyUsage,
    extendedKeyUsage: table.extended_key_usage ?? base.extendedKeyUsage,
    keyKinds: table.key_algorithms ??
      (isRestricted ? kindsThatCan(keyUsage) : base.keyKinds),
    names: table.names === undefined ? base.names : policyOf(table.names),
    subject: table.subject ?? base.subject,
    ca: base.ca && caOf(table, base.ca),
    lines,
  };
}

function policyOf(
  { dns, ip, uri, email, subject }: NonNullable<ProfileTable["names"]>,
): NamePolicy {
  return { dns, ip, uri, email, subject };
}

function caOf(table: ProfileTable, base: CaProfile): CaProfile {
  return {
    pathLength: Object.hasOwn(table, "path_length") ? table.path_length : base.pathLength,
    nameConstraints: table.name_constraints ?? base.nameConstraints,
  };
}
