/** Flags of the `ca` commands, and the parsing of their values. */
import { isKindFor, type KeyKindFor, type KeyUse, kindsFor } from "../../x509/mod.ts";
import { isTime, readValidity } from "../../system/mod.ts";
import { storeKinds } from "../choices.ts";
import { UsageError } from "../errors.ts";
import { alternatives } from "../text.ts";
import { type OptionalPathValue, parseDuration, parsePath } from "./flags.ts";

/** `--subject`, which is required. */
export const subjectFlag = {
  subject: {
    kind: "parsed",
    parse: String,
    placeholder: "DN",
    brief: "The subject in RFC 4514 form: CN=My Name,O=My Org,C=US",
  },
} as const;

/** The declaration of `--key-algorithm`. */
interface KeyAlgorithmFlag<Use extends KeyUse> {
  readonly keyAlgorithm: {
    readonly kind: "parsed";
    readonly parse: (input: string) => KeyKindFor<Use>;
    readonly default: string;
    readonly completes: readonly string[];
    readonly placeholder: string;
    readonly brief: string;
  };
}

/** `--key-algorithm` of a CA, which `ca.toml` may also say. */
export const optionalKeyAlgorithmFlag = {
  keyAlgorithm: {
    kind: "parsed",
    parse: (input: string): KeyKindFor<"ca"> => parseKeyAlgorithm("ca", input),
    optional: true,
    completes: kindsFor("ca"),
    placeholder: "KIND",
    brief: `The key algorithm: ${
      alternatives(kindsFor("ca"))
    } (else key_algorithm of ca.toml, or ecdsa-p256)`,
  },
} as const;

/** `--key-algorithm`. @param use what the key is for. */
export function keyAlgorithmFlag<Use extends KeyUse>(use: Use): KeyAlgorithmFlag<Use> {
  const kinds = kindsFor(use);
  return {
    keyAlgorithm: {
      kind: "parsed",
      parse: (input) => parseKeyAlgorithm(use, input),
      default: "ecdsa-p256",
      completes: kinds,
      placeholder: "KIND",
      brief: `The key algorithm: ${alternatives(kinds)}`,
    },
  };
}

function parseKeyAlgorithm<Use extends KeyUse>(use: Use, input: string): KeyKindFor<Use> {
  if (isKindFor(use, input)) return input;
  throw new UsageError(
    [`invalid key algorithm '${input}'`],
    `Choose ${alternatives(kindsFor(use))}.`,
  );
}

/** `--validity`, read as milliseconds. @param standard the default. */
export function validityFlag(standard: string): {
  readonly validity: {
    readonly kind: "parsed";
    readonly parse: (input: string) => number;
    readonly default: string;
    readonly placeholder: string;
    readonly brief: string;
  };
} {
  return {
    validity: {
      kind: "parsed",
      parse: parseValidity,
      default: standard,
      placeholder: "DAYS",
      brief: "The validity: a number of days, or a duration of at least 1h",
    },
  };
}

/** `--validity` of a CA, read as milliseconds. What holds without it depends on who signs. */
export const caValidityFlag = {
  validity: {
    kind: "parsed",
    parse: parseValidity,
    optional: true,
    placeholder: "DAYS",
    brief: "The validity: a number of days, or a duration of at least 1h (default: 3650; with " +
      "--signed-by: that of the profile)",
  },
} as const;

/** `--validity` of a cross-certificate, read as milliseconds. */
export const crossValidityFlag = {
  validity: {
    kind: "parsed",
    parse: parseValidity,
    optional: true,
    placeholder: "DAYS",
    brief:
      "The validity: a number of days, or a duration of at least 1h (default: until one of the " +
      "two roots expires)",
  },
} as const;

/** `--store` of a new CA. */
export const storeFlag = {
  store: {
    kind: "enum",
    values: storeKinds,
    default: "directory",
    brief: "Where the CA keeps its records: in plain files, or in a database for many certificates",
  },
} as const;

/** `--store` of a CA that replaces another one. */
export const optionalStoreFlag = {
  store: {
    kind: "enum",
    values: storeKinds,
    optional: true,
    brief: "Where a new CA keeps its records (default: as this CA)",
  },
} as const;

/** The path that means standard output. */
const standardOutput = "-";

/** An optional flag with a file to write; `-` is standard output. See {@linkcode outputFile}. */
export function outputFileFlag(brief: string): OptionalPathValue {
  return {
    kind: "parsed",
    parse: (input) => input === standardOutput ? input : parsePath(input),
    optional: true,
    completes: "file",
    placeholder: "FILE",
    brief,
  };
}

/** The file that a flag names; `undefined` for standard output. */
export function outputFile(given: string | undefined): string | undefined {
  return given === standardOutput ? undefined : given;
}

/** Reads a number of days, or a duration. @returns milliseconds. */
function parseValidity(input: string): number {
  const validity = readValidity(/^\d+$/.test(input) ? `${input}d` : input);
  if (validity !== undefined) return validity;
  throw new UsageError(
    [`'${input}' is not a number of days from 1 to 36500`],
    "For less than a day, write a duration: 1h, 90m, 12h.",
  );
}

/** `--next-update`. */
export const nextUpdateFlag = {
  nextUpdate: {
    kind: "parsed",
    parse: (input: string): number =>
      parseWhole(input, { least: 1, most: 36_500 * 24, unit: "hours" }),
    optional: true,
    placeholder: "HOURS",
    brief: "How long the CRL is valid: its nextUpdate (else that of ca.toml, or 168)",
  },
} as const;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

/** Reads a whole number, written in digits only. @throws UsageError */
export function parseWhole(input: string, { least, most, unit }: Range): number {
  const number = /^\d{1,9}$/.test(input) ? Number(input) : NaN;
  if (!(number >= least && number <= most)) {
    throw new UsageError([`'${input}' is not a number of ${unit} from ${least} to ${most}`]);
  }
  return number;
}

/** The flag that selects a profile. */
export interface ProfileFlags {
  readonly profile?: string;
}

/** The declaration of {@linkcode ProfileFlags}. */
export const profileFlag = {
  profile: {
    kind: "parsed",
    parse: String,
    optional: true,
    completes: ["device", "server", "client"],
    placeholder: "NAME",
    brief:
      "The profile: device, server, client, or one of ca.toml (else the default of ca.toml, or device)",
  },
} as const;

/** `--validity`, for commands that take it from a profile otherwise. */
export const optionalValidityFlag = {
  validity: {
    kind: "parsed",
    parse: parseValidity,
    optional: true,
    placeholder: "DAYS",
    brief: "The validity: a number of days, or a duration (else that of the profile, usually 365)",
  },
} as const;

/** `--lock-timeout`, for commands that read `ca.toml`. */
export const caLockTimeoutFlag = {
  lockTimeout: {
    kind: "parsed",
    parse: parseDuration,
    optional: true,
    placeholder: "TIME",
    brief: "How long to wait for another certswap (else lock_timeout of ca.toml, or 10s)",
  },
} as const;

/** Reads a SHA-256 hash in hexadecimal. @returns 64 lowercase digits. @throws UsageError */
export function parseHash(input: string): string {
  const hash = input.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hash)) return hash;
  throw new UsageError([`'${input}' is not a SHA-256 hash: expected 64 hexadecimal digits`]);
}

/** Reads a day, or a time in UTC. @returns RFC 3339, UTC, to the second. @throws UsageError */
export function parseSince(input: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(input) ? `${input}T00:00:00Z` : input;
  if (isTime(time)) return time;
  throw new UsageError([
    `'${input}' is not a time: expected a day (2027-02-09) or a time in UTC (2027-02-09T12:00:00Z)`,
  ]);
}
