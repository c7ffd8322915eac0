/** The flags for outputs: further files that a change makes from the pair. */
import type { PairPaths } from "../../device/pair/mod.ts";
import {
  formatNames,
  type OutputFault,
  outputFaults,
  type OutputSpec,
  partNames,
} from "../../device/pair/outputs/mod.ts";
import { present, streamAt } from "../../system/mod.ts";
import { UsageError } from "../errors.ts";
import { outputFaultText } from "../output_faults.ts";
import { alternatives } from "../text.ts";
import { file, type PairFlags, parsePath } from "./flags.ts";

/** A value of `--output`. */
export type OutputWord = Pick<OutputSpec, "path" | "format" | "contains"> & {
  /** As it was typed. */
  readonly typed: string;
};

/** The flags for outputs. */
export interface OutputFlags {
  readonly output?: readonly OutputWord[];
  readonly outputPasswordFile?: string;
}

/** The declaration of {@linkcode OutputFlags}. */
export const outputFlags = {
  output: {
    kind: "parsed",
    parse: parseOutput,
    variadic: true,
    optional: true,
    completes: "file",
    placeholder: "PATH:FORMAT:CONTENTS",
    brief: "Also write this file: pem, der or pkcs12 (can be repeated)",
  },
  outputPasswordFile: file(
    "The file whose first line is the password of PKCS#12 outputs; it must be readable only by you",
  ),
} as const;

/** Reads `PATH:FORMAT:CONTENTS`. A path may contain colons. @throws UsageError */
export function parseOutput(input: string): OutputWord {
  const [contents, format, ...path] = input.split(":").reverse();
  if (contents === undefined || format === undefined || path.length === 0) {
    throw new UsageError(
      [`'${input}' is not PATH:FORMAT:CONTENTS`],
      "Write it as /etc/haproxy/site.pem:pem:key,chain",
    );
  }
  return {
    path: parsePath(path.reverse().join(":")),
    format: oneOf(formatNames, format, "format"),
    contains: contents.split(",").map((word) => oneOf(partNames, word, "part")),
    typed: input,
  };
}

function oneOf<Word extends string>(words: readonly Word[], written: string, what: string): Word {
  const found = words.find((word) => word === written);
  if (found !== undefined) return found;
  throw new UsageError(
    [`'${written}' is not a ${what} of an output`],
    `Write ${alternatives(words)}.`,
  );
}

/** The flags that outputs depend on. */
type Flags = OutputFlags & Pick<PairFlags, "name"> & { readonly trust?: string };

/**
 * The outputs that the flags name. The rules are those of the configuration.
 *
 * @throws UsageError
 */
export function outputPaths(flags: Flags): Pick<PairPaths, "outputs" | "trust"> {
  const { name, output = [], outputPasswordFile, trust } = flags;
  if (output.length === 0) {
    if (outputPasswordFile === undefined) return {};
    throw new UsageError(
      ["--output-password-file is only for outputs, and there are none"],
      "Add a PKCS#12 output: --output FILE.p12:pkcs12:key,chain",
    );
  }
  if (name !== undefined) {
    throw new UsageError(
      ["--output cannot be used with --name: the configuration names the outputs of the pair"],
      "Add a table [[pair.NAME.output]] to the configuration, or select the pair by its paths.",
    );
  }
  const outputs = output.map((word) => outputOf(word, flags));
  if (outputPasswordFile !== undefined && !outputs.some(({ format }) => format === "pkcs12")) {
    throw new UsageError(
      ["--output-password-file is only for outputs in the format pkcs12, and there are none"],
      "PEM and DER files are not encrypted: they are protected by their mode.",
    );
  }
  const writesTrust = outputs.some(({ contains }) => contains.includes("trust"));
  if (writesTrust && trust !== undefined && streamAt(trust) !== undefined) {
    throw new UsageError(
      ["--trust is a stream, but an output needs to read the CA certificates again"],
      "Give the path of a file with --trust.",
    );
  }
  return { outputs, ...present({ trust: writesTrust ? trust : undefined }) };
}

function outputOf(
  { typed, ...word }: OutputWord,
  { outputPasswordFile, trust }: Flags,
): OutputSpec {
  const isPkcs12 = word.format === "pkcs12";
  const passwordFile = isPkcs12 ? outputPasswordFile : undefined;
  const [fault] = outputFaults({
    ...word,
    given: passwordFile === undefined ? [] : ["passwordFile"],
    profile: "modern",
    keyKind: undefined,
    hasTrust: trust !== undefined,
  });
  if (fault !== undefined) {
    throw new UsageError(
      [`--output ${typed}: ${outputFaultText(fault, flagNames)}`],
      hintFor(fault),
    );
  }
  return { ...word, rights: {}, ...present({ passwordFile }), profile: "modern" };
}

/** How the settings of an output are written on the command line, if they can be. */
const flagNames = {
  passwordFile: "--output-password-file",
  friendlyName: "friendly_name",
  profile: "profile",
  trust: "--trust",
} as const;

function hintFor({ kind }: OutputFault): string | undefined {
  return kind === "password-file-missing"
    ? "Create it: (umask 077; openssl rand -base64 24 > FILE). Then add --output-password-file FILE."
    : undefined;
}
