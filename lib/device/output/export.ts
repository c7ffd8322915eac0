/** `export`: one copy of the active pair, in the form that a service reads. */
import {
  attempt,
  type FileSystem,
  ifPresent,
  requireTrustedPlaces,
  statIfPresent,
  type System,
} from "../../system/mod.ts";
import { lookAgain, replaceFile } from "../../transaction/mod.ts";
import type { Profile } from "../../protocol/pkcs12/mod.ts";
import { inspectPair } from "../change/mod.ts";
import { RecoveryDueError } from "../errors.ts";
import { newFileMode } from "../file_modes.ts";
import {
  anchorsUsed,
  type CertificateSummary,
  loadAnchors,
  type LoadedPair,
  type Pair,
  type PairPaths,
  readActivePair,
  requireRestorable,
  resolveFile,
  resolveTrusted,
  summarize,
} from "../pair/mod.ts";
import { requireMounted } from "../pair/last_known/mod.ts";
import { type OutputFormat, type Part, piecesOf, writeOutput } from "../pair/outputs/mod.ts";
import { EmptyOutputError, NothingToExportError, OutputInTheWayError } from "./errors.ts";

/** What is copied, and how it is written. */
export interface ExportOptions {
  readonly format: OutputFormat["kind"];
  /** In the order in which they are written. */
  readonly contains: readonly Part[];
  /** The copy. A link is followed, and stays. */
  readonly out: string;
  /** A file of trust anchors, of which {@linkcode Part} `trust` is made. */
  readonly trust?: string | undefined;
  /** For PKCS#12, which has to have one. */
  readonly passwordFile?: string | undefined;
  readonly friendlyName?: string | undefined;
  readonly profile: Profile;
}

/** A copy that is ready to be written. */
export interface PreparedCopy {
  /** Resolved. */
  readonly path: string;
  readonly action: "create" | "replace";
  readonly content: Uint8Array;
  readonly mode: number;
  readonly certificate: CertificateSummary;
  readonly warnings: readonly unknown[];
}

/**
 * Checks the active pair, and makes a copy of it in memory. Writes nothing.
 *
 * @throws NothingToExportError, RecoveryDueError, NotMountedError; the errors of resolving and reading.
 * @throws the errors of `requireRestorable` for a pair that has expired, say.
 * @throws OutputInTheWayError, UntrustedPlaceError where the copy must not be written.
 * @throws EmptyOutputError, DerHoldsOneError, and the errors of reading the password.
 */
export async function prepareCopy(
  system: System,
  paths: PairPaths,
  options: ExportOptions,
): Promise<PreparedCopy> {
  const pair = await resolveTrusted(system, paths, anchorsUsed(options.trust));
  const path = resolveOutput(system, pair, options);
  const { anchors, warnings } = loadAnchors(system.files, options.trust);
  const format = await formatOf(system, options);
  const loaded = await readSoundPair(system, pair);
  await requireRestorable(loaded, { now: system.clock.now(), anchors });
  const pieces = piecesOf(options.contains, loaded, anchors ?? []);
  if (pieces.length === 0) throw new EmptyOutputError(pair.active.certificate);
  const hasKey = pieces.some(({ kind }) => kind === "key");
  return {
    path,
    action: statIfPresent(system.files, path) === undefined ? "create" : "replace",
    content: await writeOutput(pieces, format),
    mode: newFileMode[hasKey ? "key" : "certificate"],
    certificate: await summarize(loaded.leaf),
    warnings,
  };
}

/** Writes a copy, so that a reader finds the old file or the new one, whole. */
export function writeCopy({ files }: System, { path, content, mode }: PreparedCopy): void {
  replaceFile(files, path, { content, mode });
}

async function formatOf(
  system: System,
  { format, passwordFile, friendlyName, profile }: ExportOptions,
): Promise<OutputFormat> {
  if (format !== "pkcs12") return { kind: format };
  if (passwordFile === undefined) throw new TypeError("PKCS#12 without a password file");
  const { readPasswordFile } = await import("../pkcs12/mod.ts");
  const password = await readPasswordFile(system, passwordFile);
  return { kind: format, password, profile, friendlyName };
}

/** The active pair, if no change of it is under way or was cut short. */
async function readSoundPair(system: System, pair: Pair): Promise<LoadedPair> {
  const look = async () => {
    await requireMounted(system, pair);
    const { outcome } = await inspectPair(system, pair);
    return { isDue: outcome !== "clean", active: await readActivePair(system.files, pair) };
  };
  const { isDue, active } = await lookAgain(
    system.clock,
    look,
    ({ isDue, active }) => !isDue && active.condition === "sound",
  );
  const { certificate } = pair.active;
  if (isDue) throw new RecoveryDueError(certificate);
  if (active.condition === "missing") throw new NothingToExportError(certificate);
  if (active.condition === "broken") throw new NothingToExportError(certificate, active.defect);
  return active.loaded;
}

/**
 * Finds the file that is written, and insists that others cannot exchange it, and that nothing is lost by it.
 */
function resolveOutput(
  system: System,
  pair: Pair,
  { out, trust, passwordFile }: ExportOptions,
): string {
  const { files } = system;
  const path = resolveFile(files, out);
  requireTrustedPlaces(system, [{ path: out, as: "file" }, { path, as: "file" }]);
  const own = [pair.active.certificate, pair.active.key, pair.combined];
  if (own.includes(path) || pair.site.manages(path)) throw new OutputInTheWayError(path, "pair");
  if (path === realPathOf(files, trust)) throw new OutputInTheWayError(path, "trust");
  if (path === realPathOf(files, passwordFile)) throw new OutputInTheWayError(path, "password");
  return path;
}

function realPathOf(files: FileSystem, path: string | undefined): string | undefined {
  return path === undefined ? undefined : attempt(() => ifPresent(() => files.realPath(path)));
}
