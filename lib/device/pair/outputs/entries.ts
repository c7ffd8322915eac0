/** The entries that give the outputs of a pair their content and rights. */
import type { System } from "../../../system/mod.ts";
import { type Entry, takeSnapshot } from "../../../transaction/mod.ts";
import type { Certificate } from "../../../x509/mod.ts";
import { attributesOf, firstAttributes, isPublicWithoutKey, put, putSecret } from "../entries.ts";
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
  { next, active, records }: OutputOptions,
): Promise<OutputChange> {
  const anchors = outputAnchors(system, pair);
  const entries: Entry[] = [];
  const made: OutputRecord[] = [];
  for (const output of outputsOutside(pair)) {
    const { path, rights } = output;
    const old = await takeSnapshot(system.files, path, combinedFileLimit);
    const record = records.find((known) => known.path === path);
    const { content, record: now } = await makeOutput(system, output, {
      next,
      anchors,
      old,
      record,
    });
    made.push(now);
    const first = firstAttributesOf(system, pair, { output, active });
    const place = isSecret(output) ? putSecret : put;
    entries.push(...place(path, { content, old, first, rights }));
  }
  return { entries, records: made };
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
    const old = await takeSnapshot(system.files, output.path, combinedFileLimit);
    const record = records.find(({ path }) => path === output.path);
    await requireDeliverable(system, output, { anchors, old, record });
  }
}

/** The trust anchors that outputs contain. @returns `undefined` if none are named, or if none are needed. */
export function outputAnchors(
  { files }: System,
  { outputs, trust }: Pair,
): readonly Certificate[] | undefined {
  const areNeeded = outputs.some(({ contains }) => contains.includes("trust"));
  return areNeeded ? loadAnchors(files, trust).anchors : undefined;
}

/** Owner and mode of a first file. Exactly the readers of the key file may read one with the key. */
export function firstAttributesOf(
  system: System,
  pair: Pair,
  { output, active }: { readonly output: Output } & Pick<OutputOptions, "active">,
): ReturnType<typeof firstAttributes> {
  if (!isSecret(output)) return firstAttributes(system, pair, "certificate");
  const { key } = active.stored;
  return key && !isPublicWithoutKey(key)
    ? attributesOf(key)
    : firstAttributes(system, pair, "combined");
}
