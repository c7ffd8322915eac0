/** Flags of the `ca` commands, and the parsing of their values. */
import { isKindFor, type KeyKindFor, kindsFor } from "../../x509/mod.ts";
import { readValidity } from "../../device/mod.ts";
import { UsageError } from "../errors.ts";
import { alternatives } from "../text.ts";
import { directory } from "./flags.ts";
import type { World } from "../world.ts";

/** The flag that selects the CA. */
export interface DataDirectoryFlags {
  readonly dataDir?: string;
}

/** The declaration of {@linkcode DataDirectoryFlags}. */
export const dataDirectoryFlag = {
  dataDir: directory("The data directory of the CA (else $CA_DATA_DIR or ./ca-data)"),
} as const;

/** The data directory: from the flag, the environment, or the default, in this order. */
export function dataDirectory(world: World, { dataDir }: DataDirectoryFlags): string {
  return dataDir ?? (world.environment("CA_DATA_DIR") || "./ca-data");
}

/** `--subject`, which is required. */
export const subjectFlag = {
  subject: {
    kind: "parsed",
    parse: String,
    placeholder: "DN",
    brief: "The subject in RFC 4514 form: CN=My Root CA,O=My Org,C=US",
  },
} as const;

const keyTypes = kindsFor("ca");

/** `--key-algorithm`. */
export const keyAlgorithmFlag = {
  keyAlgorithm: {
    kind: "parsed",
    parse: parseKeyAlgorithm,
    default: "ecdsa-p256",
    completes: keyTypes,
    placeholder: "KIND",
    brief: `The kind of key: ${alternatives(keyTypes)}`,
  },
} as const;

function parseKeyAlgorithm(input: string): KeyKindFor<"ca"> {
  if (isKindFor("ca", input)) return input;
  throw new UsageError([`invalid key algorithm '${input}'`], `Choose ${alternatives(keyTypes)}.`);
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
    brief: "The time until the next CRL is due (else that of ca.toml, or 168)",
  },
} as const;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

/** Reads a whole number, written in digits only. */
function parseWhole(input: string, { least, most, unit }: Range): number {
  const number = /^\d{1,9}$/.test(input) ? Number(input) : NaN;
  if (!(number >= least && number <= most)) {
    throw new UsageError([`'${input}' is not a number of ${unit} from ${least} to ${most}`]);
  }
  return number;
}
