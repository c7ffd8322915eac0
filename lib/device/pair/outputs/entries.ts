/** The entries that give the outputs of a pair their content and rights. */
import type { System } from "../../../system/mod.ts";
import { type Entry, type SnapshotWithContent, takeSnapshot } from "../../../transaction/mod.ts";
import type { Certificate } from "../../../x509/mod.ts";
import { type FileContent, firstAttributes, likeKey, put, putSecret } from "../entries.ts";
import type { Pair } from "../layout.ts";
import { combinedFileLimit, loadAnchors, type LoadedPair, type StoredPair } from "../read_pair.ts";
import type { OutputRecord } from "../state.ts";
import { makeOutput, requireDeliverable } from "./make.ts";
import { outputsOutside } from "./outside.ts";
import { isSecret, type Output } from "./spec.ts";

/** The outputs of a pair, ready to be written. */
export interface OutputChange {
  readonly entries: readonly Entry[];
  /** For the state. */
  readonly records: readonly OutputRecord[];
}

/** What the outputs are made of. */
interface OutputOptions {
  readonly next: LoadedPair;
  readonly active: { readonly stored: Pick<StoredPair, "key"> };
  /** What the state says of the outputs. */
  readonly records: readonly OutputRecord[];
}

/**
 * Makes the outputs of a pair. Reads only.
 *
 * @throws the errors of `makeOutput`, and of reading the files at their paths and the trust anchors.
 */
export async function outputEntries(
  system: System,
  pair: Pair,
  options: OutputOptions,
): Promise<OutputChange> {
  const made = await makeOutputs(system, pair, { ...options, outputs: outputsOutside(pair) });
  return {
    entries: made.flatMap(({ output, file }) =>
      (isSecret(output) ? putSecret : put)(output.path, file)
    ),
    records: made.map(({ record }) => record),
  };
}

/** An output that is made, but not written yet. */
interface ReadyOutput {
  readonly output: Output;
  readonly file: FileContent;
  /** For the state. */
  readonly record: OutputRecord;
}

/**
 * Makes some outputs of a pair. Reads only.
 *
 * @throws as {@linkcode outputEntries}.
 */
export async function makeOutputs(
  system: System,
  pair: Pair,
  { outputs, next, active, records }: OutputOptions & { readonly outputs: readonly Output[] },
): Promise<readonly ReadyOutput[]> {
  const anchors = outputAnchors(system, pair);
  const made: ReadyOutput[] = [];
  for (const output of outputs) {
    const found = await findOutput(system, output, records);
    const { content, record } = await makeOutput(system, output, { next, anchors, ...found });
    const { rights } = output;
    const first = isSecret(output)
      ? likeKey(system, pair, active.stored)
      : firstAttributes(system, pair, "certificate");
    made.push({ output, file: { content, old: found.old, first, rights }, record });
  }
  return made;
}

/** What is at the path of an output, and what the state says of it. */
async function findOutput(
  { files }: System,
  { path }: Output,
  records: readonly OutputRecord[],
): Promise<{
  readonly old: SnapshotWithContent | undefined;
  readonly record: OutputRecord | undefined;
}> {
  return {
    old: await takeSnapshot(files, path, combinedFileLimit),
    record: records.find((known) => known.path === path),
  };
}

/**
 * Requires that the outputs of a pair could be written, before there is a new pair. Reads only.
 *
 * @param records what the state says of them.
 * @throws as {@linkcode outputEntries}.
 */
export async function requireDeliverableOutputs(
  system: System,
  pair: Pair,
  records: readonly OutputRecord[],
): Promise<void> {
  const anchors = outputAnchors(system, pair);
  for (const output of pair.outputs) {
    const found = await findOutput(system, output, records);
    await requireDeliverable(system, output, { anchors, ...found });
  }
}

/** The trust anchors that outputs contain. @returns `undefined` if none are named, or if none are needed. */
function outputAnchors(
  { files }: System,
  { outputs, trust }: Pair,
): readonly Certificate[] | undefined {
  const areNeeded = outputs.some(({ contains }) => contains.includes("trust"));
  return areNeeded ? loadAnchors(files, trust).anchors : undefined;
}
