/** Flags of the commands of the mini CA, and how their values are read. */
import { isKindFor, type KeyKindFor, kindsFor } from "../../x509/mod.ts";
import { readValidity } from "../../device/mod.ts";
import { UsageError } from "../errors.ts";
import { alternatives } from "../text.ts";
import { directory } from "./flags.ts";
import type { World } from "../world.ts";

/** The flag that says which CA is meant. */
export interface DataDirectoryFlags {
  readonly dataDir?: string;
}

/** {@linkcode DataDirectoryFlags}, declared. */
export const dataDirectoryFlag = {
  dataDir: directory("Its data directory (else $CA_DATA_DIR, else ./ca-data)"),
} as const;

/** The data directory that is meant: by the flag, else by the environment, else the usual one. */
export function dataDirectory(world: World, { dataDir }: DataDirectoryFlags): string {
  return dataDir ?? (world.environment("CA_DATA_DIR") || "./ca-data");
}

/** `--subject`, which must be given. */
export const subjectFlag = {
  subject: {
    kind: "parsed",
    parse: String,
    placeholder: "DN",
    brief: "Its name, as RFC 4514 writes one: CN=My Root CA,O=My Org,C=US",
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
    brief: `The kind of key to make: ${alternatives(keyTypes)}`,
  },
} as const;

function parseKeyAlgorithm(input: string): KeyKindFor<"ca"> {
  if (isKindFor("ca", input)) return input;
  throw new UsageError([`invalid key algorithm '${input}'`], `Choose ${alternatives(keyTypes)}.`);
}

/** `--validity`, read as milliseconds. @param standard where it is left out. */
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
      brief: "For how long it is valid: days, or a length of time from 1h",
    },
  };
}

/** Days alone, or a length of time. @returns milliseconds. */
function parseValidity(input: string): number {
  const validity = readValidity(/^\d+$/.test(input) ? `${input}d` : input);
  if (validity !== undefined) return validity;
  throw new UsageError(
    [`'${input}' is not a number of days from 1 to 36500`],
    "For less than a day, write a length of time: 1h, 90m, 12h.",
  );
}

/** `--next-update`. */
export const nextUpdateFlag = {
  nextUpdate: {
    kind: "parsed",
    parse: (input: string): number =>
      parseWhole(input, { least: 1, most: 36_500 * 24, unit: "hours" }),
    default: "168",
    placeholder: "HOURS",
    brief: "After how long the next CRL is due",
  },
} as const;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

/** Reads a whole number, written in digits alone. */
function parseWhole(input: string, { least, most, unit }: Range): number {
  const number = /^\d{1,9}$/.test(input) ? Number(input) : NaN;
  if (!(number >= least && number <= most)) {
    throw new UsageError([`'${input}' is not a number of ${unit} from ${least} to ${most}`]);
  }
  return number;
}
