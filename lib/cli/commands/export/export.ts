/** `certswap export`: writes one copy of the active pair. */
import { prepareCopy, type PreparedCopy, writeCopy } from "../../../device/output/mod.ts";
import type { FormatName, OutputSpec, Part } from "../../../device/pair/outputs/mod.ts";
import {
  type CommonFlags,
  type PairFlags,
  requireStreamsOnce,
  selectPair,
} from "../../declaration/mod.ts";
import { UsageError } from "../../errors.ts";
import {
  certificateRows,
  certificateToJson,
  changeLines,
  changesToJson,
  type Outcome,
} from "../../print/mod.ts";
import { fields, modeText } from "../../text.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap export`. */
export interface ExportFlags extends PairFlags, CommonFlags {
  readonly format: FormatName;
  readonly contains?: readonly Part[];
  readonly out: string;
  readonly passwordFile?: string;
  readonly friendlyName?: string;
  readonly profile?: OutputSpec["profile"];
  readonly trust?: string;
  readonly dryRun: boolean;
}

/** `certswap export`. */
export default async function exportCommand(world: World, flags: ExportFlags): Promise<Outcome> {
  const contains = requireSense(flags);
  const { paths, configured } = await selectPair(world, flags);
  const trust = flags.trust ?? configured?.trust;
  if (contains.includes("trust") && trust === undefined) {
    throw new UsageError(
      ["--trust is missing: --contains has 'trust'"],
      "Give --trust FILE, or leave 'trust' out of --contains.",
    );
  }
  requireStreamsOnce([trust]);
  const { profile = "modern" } = flags;
  const copy = await prepareCopy(world.system, paths, { ...flags, contains, trust, profile });
  if (!flags.dryRun) writeCopy(world.system, copy);
  return flags.dryRun ? planned(copy) : done(copy, contains);
}

/** Insists that the flags go together. @returns what the copy is to contain. */
function requireSense(flags: ExportFlags): readonly Part[] {
  const contains = partsFor(flags);
  const twice = contains.find((part, index) => contains.indexOf(part) !== index);
  if (twice !== undefined) throw new UsageError([`'${twice}' is in --contains twice`]);
  const inChain = contains.find((part) => part === "certificate" || part === "intermediates");
  if (contains.includes("chain") && inChain !== undefined) {
    throw new UsageError(
      [`in --contains, 'chain' already includes '${inChain}'`],
      "The chain is the certificate and its intermediates. Leave out one of the two words.",
    );
  }
  return contains;
}

function partsFor(
  { format, contains, passwordFile, friendlyName, profile }: ExportFlags,
): readonly Part[] {
  if (format === "pkcs12") {
    if (passwordFile !== undefined) return contains ?? ["key", "chain"];
    throw new UsageError(
      ["--password-file is missing: PKCS#12 is encrypted with a password"],
      "Create one, and give it with --password-file FILE: (umask 077; openssl rand -base64 24 > FILE)",
    );
  }
  const others = Object.entries({
    "--password-file": passwordFile,
    "--friendly-name": friendlyName,
    "--profile": profile,
  }).filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (others.length > 0) {
    throw new UsageError(
      [`${others.join(" and ")} can be used with --format pkcs12 only`],
      format === "pem"
        ? "PEM files are not encrypted: they are protected by their mode."
        : undefined,
    );
  }
  if (contains !== undefined) return contains;
  throw new UsageError(
    ["--contains is missing"],
    `Name the parts of the copy, for example --contains ${
      format === "der" ? "certificate" : "key,chain"
    }.`,
  );
}

function planned({ action, path, certificate, warnings }: PreparedCopy): Outcome {
  const changes = [{ action, path }];
  return {
    json: {
      dryRun: true,
      certificate: certificateToJson(certificate),
      changes: changesToJson(changes),
    },
    lines: ["The pair can be exported. Without --dry-run, certswap would", ...changeLines(changes)],
    warnings,
  };
}

function done(
  { path, mode, certificate, warnings }: PreparedCopy,
  contains: readonly Part[],
): Outcome {
  return {
    json: {
      dryRun: false,
      certificate: certificateToJson(certificate),
      path,
      contains,
      mode: modeText(mode),
    },
    lines: [
      "Pair exported successfully.",
      ...fields([
        ...certificateRows(certificate),
        ["Copy", path],
        ["Contains", contains.join(", ")],
        ["Mode", modeText(mode)],
      ]),
    ],
    warnings,
  };
}
