/** The change of a flip: a new version with the whole pair, and the link that leads to it. */
import { nameOf, type System } from "../../../system/mod.ts";
import { takeSnapshot } from "../../../transaction/mod.ts";
import { bytesEqual } from "../../../x509/mod.ts";
import {
  type ActivePair,
  attributesOf,
  combinedFileLimit,
  firstAttributes,
  hasRights,
  type LoadedPair,
  type OutputRecord,
  type Pair,
  withRights,
} from "../../pair/mod.ts";
import { type NewVersion, planVersion, type VersionFile } from "../../pair/flip/mod.ts";
import {
  firstAttributesOf,
  makeOutput,
  outputAnchors,
  outputsInside,
  type WantedRights,
} from "../../pair/outputs/mod.ts";

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
  /** What of the active version is not so, if anything. */
  readonly defect: "differs" | "rights";
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
  ];
  const anchors = outputAnchors(system, pair);
  const made: OutputRecord[] = [];
  for (const output of outputsInside(pair)) {
    const old = await takeSnapshot(system.files, output.path, combinedFileLimit);
    const record = records.find(({ path }) => path === output.path);
    const { content, record: now } = await makeOutput(system, output, {
      next,
      anchors,
      old,
      record,
    });
    made.push(now);
    const first = firstAttributesOf(system, pair, { output, active });
    files.push(versionFile(output.path, { content, old, first, rights: output.rights }));
  }
  const version = files.every((file) => file.isSame && file.hasRights)
    ? undefined
    : planVersion(system.files, pair, files.map(({ file }) => file));
  const defect = files.every(({ isSame }) => isSame) ? "rights" : "differs";
  return { version, defect, records: made };
}

/** A file of the next version, and whether the active version has the same. */
interface ComparedFile {
  readonly file: VersionFile;
  /** Whether the bytes are the same. */
  readonly isSame: boolean;
  /** Whether owner, group and mode are as demanded. */
  readonly hasRights: boolean;
}

function versionFile(
  path: string,
  { content, old, first, rights }: {
    readonly content: Uint8Array;
    readonly old: Parameters<typeof attributesOf>[0] | undefined;
    readonly first: ReturnType<typeof attributesOf>;
    readonly rights: WantedRights;
  },
): ComparedFile {
  const attributes = withRights(old === undefined ? first : attributesOf(old), rights);
  return {
    file: { name: nameOf(path), content, attributes },
    isSame: old !== undefined && bytesEqual(old.content, content),
    hasRights: old !== undefined && hasRights(old.snapshot, rights),
  };
}
