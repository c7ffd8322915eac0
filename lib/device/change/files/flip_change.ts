/** The change of a flip: a new version with the whole pair, and the link that leads to it. */
import { nameOf, type System } from "../../../system/mod.ts";
import { bytesEqual } from "../../../x509/mod.ts";
import {
  type ActivePair,
  attributesOf,
  type FileContent,
  firstAttributes,
  hasRights,
  type LoadedPair,
  type OutputRecord,
  type Pair,
  withRights,
} from "../../pair/mod.ts";
import { type NewVersion, planVersion, type VersionFile } from "../../pair/flip/mod.ts";
import { makeOutputs, outputsInside, OutputStaleError } from "../../pair/outputs/mod.ts";

/** The pair of a new version. */
interface FlipOptions {
  readonly next: LoadedPair;
  /** The bytes of its two files. */
  readonly content: Pick<LoadedPair, "certificateContent" | "keyContent">;
  readonly active: ActivePair;
  /** What the state says of the outputs. */
  readonly records: readonly OutputRecord[];
}

/** The change of a flip. */
export interface FlipChange {
  /** `undefined` if the active version is already exactly so. */
  readonly version: NewVersion | undefined;
  /** What is not so in the active version, by the paths that lead through the link. */
  readonly defects: readonly OutputStaleError[];
  /** Of the outputs in it, for the state. */
  readonly records: readonly OutputRecord[];
}

/**
 * Plans a version with this pair. Reads only.
 *
 * @throws FlipLinkError, the errors of making the outputs, and of reading what is there.
 */
export async function flipChange(
  system: System,
  pair: Pair,
  { next, content, active, records }: FlipOptions,
): Promise<FlipChange> {
  const { stored } = active;
  const { rights } = pair;
  const outputs = await makeOutputs(system, pair, {
    outputs: outputsInside(pair),
    next,
    active,
    records,
  });
  const files = [
    versionFile(pair.active.key, {
      content: content.keyContent,
      old: stored.key,
      first: firstAttributes(system, pair, "key"),
      rights: rights.key,
    }),
    versionFile(pair.active.certificate, {
      content: content.certificateContent,
      old: stored.certificate,
      first: firstAttributes(system, pair, "certificate"),
      rights: rights.certificate,
    }),
    ...outputs.map(({ output, file }) => versionFile(output.path, file)),
  ];
  const defects = files.flatMap(({ defect }) => defect ?? []);
  const version = defects.length === 0
    ? undefined
    : planVersion(system.files, pair, files.map(({ file }) => file));
  return { version, defects, records: outputs.map(({ record }) => record) };
}

/** A file of the next version. */
interface ComparedFile {
  readonly file: VersionFile;
  /** `undefined`: the active version has the same, with the rights that are demanded. */
  readonly defect: OutputStaleError | undefined;
}

function versionFile(
  path: string,
  wanted: FileContent,
): ComparedFile {
  const { content, old, first, rights = {} } = wanted;
  const attributes = withRights(old === undefined ? first : attributesOf(old), rights);
  return { file: { name: nameOf(path), content, attributes }, defect: defectOf(path, wanted) };
}

function defectOf(
  path: string,
  { content, old, rights = {} }: FileContent,
): OutputStaleError | undefined {
  if (old === undefined) return new OutputStaleError(path, "missing");
  if (!bytesEqual(old.content, content)) return new OutputStaleError(path, "differs");
  return hasRights(old.snapshot, rights) ? undefined : new OutputStaleError(path, "rights");
}
