/** Repairs what belongs to the active pair without changing the pair: outputs, the combined file, rights. */
import { CertswapError, type System } from "../../../system/mod.ts";
import { attributesEqual, type Entry, takeSnapshot } from "../../../transaction/mod.ts";
import { writeCombined } from "../../../x509/mod.ts";
import type { CombinedStaleError } from "../../errors.ts";
import {
  attributesOf,
  combinedDefect,
  combinedFileLimit,
  likeKey,
  type OutputRecord,
  type Pair,
  put,
  putSecret,
  type SoundPair,
} from "../../pair/mod.ts";
import type { NewVersion } from "../../pair/flip/mod.ts";
import type { FlipChange } from "./flip_change.ts";
import { OutputStaleError } from "../../pair/outputs/mod.ts";
import { requireReplaceable } from "./unrelated_file.ts";

/** What a repair would change. */
export interface Repair {
  /** None if everything is as it should be. */
  readonly entries: readonly Entry[];
  /** For a flip: the version that has to be complete before the transaction. */
  readonly version: NewVersion | undefined;
  /** Of the outputs, for the state. */
  readonly records: readonly OutputRecord[];
  /** What is wrong, one for each file. */
  readonly defects: readonly (OutputStaleError | CombinedStaleError)[];
}

/**
 * The change that makes everything that belongs to the active pair as it should be. The pair itself stays
 * byte for byte. Reads only.
 *
 * @param records what the state says of the outputs.
 * @throws UnrelatedFileError, and the errors of making the outputs and of reading what is there.
 */
export async function proposeRepair(
  system: System,
  pair: Pair,
  { active, records }: { readonly active: SoundPair; readonly records: readonly OutputRecord[] },
): Promise<Repair> {
  await requireReplaceable(system.files, pair, active);
  const combined = await repairCombined(system, pair, active);
  const outputs = pair.outputs.length === 0
    ? { entries: [], records: [] }
    : await (await import("../../pair/outputs/entries.ts"))
      .outputEntries(system, pair, { next: active.loaded, active, records });
  const { version, defects, records: inside } = await repairVersion(system, pair, {
    active,
    records,
  });
  const others = [
    ...outputs.entries,
    ...(pair.shape === "flip" ? [] : repairRights(pair, active)),
  ];
  return {
    entries: [
      ...combined.entries,
      ...others,
      ...(version === undefined ? [] : [version.entry]),
    ],
    version,
    records: [...outputs.records, ...inside],
    defects: [
      ...combined.defects,
      ...others.map(defectOf),
      ...defects,
    ],
  };
}

async function repairVersion(
  system: System,
  pair: Pair,
  { active, records }: { readonly active: SoundPair; readonly records: readonly OutputRecord[] },
): Promise<FlipChange> {
  const { certificate, key } = active.stored;
  if (pair.shape !== "flip" || certificate === undefined || key === undefined) {
    return { version: undefined, defects: [], records: [] };
  }
  const { flipChange } = await import("./flip_change.ts");
  const content = { certificateContent: certificate.content, keyContent: key.content };
  return await flipChange(system, pair, { next: active.loaded, content, active, records });
}

async function repairCombined(
  system: System,
  pair: Pair,
  active: SoundPair,
): Promise<Pick<Repair, "entries" | "defects">> {
  const { combined, rights } = pair;
  if (combined === undefined) return { entries: [], defects: [] };
  const defect = await combinedDefect(system.files, pair, active);
  if (defect instanceof CertswapError && defect.code !== "combined-stale") throw defect;
  const old = await takeSnapshot(system.files, combined, combinedFileLimit);
  const entries = putSecret(combined, {
    content: defect === undefined && old !== undefined
      ? old.content
      : writeCombined(active.loaded.key, active.loaded),
    old,
    first: likeKey(system, pair, active.stored),
    rights: rights.key,
  });
  return {
    entries,
    defects: entries.map((entry) => defect as CombinedStaleError ?? defectOf(entry)),
  };
}

/** The pair's own files with their own content, and the rights that the configuration demands. */
function repairRights(
  { active: { certificate, key }, rights, shape }: Pair,
  { stored }: SoundPair,
): Entry[] {
  if (shape === "combined") return own(key, stored.home, rights.key);
  return [
    ...own(key, stored.key, rights.key),
    ...own(certificate, stored.certificate, rights.certificate),
  ];
}

function own(
  path: string,
  old: SoundPair["stored"]["key"],
  rights: Pair["rights"]["key"],
): Entry[] {
  return old === undefined
    ? []
    : put(path, { content: old.content, old, first: attributesOf(old), rights });
}

function defectOf(entry: Entry): OutputStaleError {
  if (entry.kind !== "replace") return new OutputStaleError(entry.target, "missing");
  const { target, attributes, old } = entry;
  return new OutputStaleError(target, attributesEqual(attributes, old) ? "differs" : "rights");
}
