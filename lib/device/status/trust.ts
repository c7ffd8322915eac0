/** What a pair trusts, by its trust bundle. Reads only. */
import { attempt, type System } from "../../system/mod.ts";
import {
  type CertificateSummary,
  loadAnchors,
  type Pair,
  type PairState,
  summarize,
} from "../pair/mod.ts";
import { bundleOf, recordOf } from "../rotation/mod.ts";

/** A root of a trust bundle. */
export interface TrustedRoot extends CertificateSummary {
  /** Since when the source no longer has it. */
  readonly withdrawn: Date | undefined;
}

/** A trust bundle in the report of `status`. */
export interface TrustStatus {
  /** Resolved. */
  readonly path: string;
  /** `undefined`: the file cannot be read. */
  readonly roots: readonly TrustedRoot[] | undefined;
  /** When its source was last read. */
  readonly refreshed: Date | undefined;
  /** Whether the last attempt to read it failed. */
  readonly isFailing: boolean;
  /** Fingerprints of roots that the source has, and that a person could accept. */
  readonly offered: readonly string[];
}

/** Examines the trust bundle of a pair. @returns `undefined` if it has none. */
export async function trustStatus(
  { files }: System,
  pair: Pick<Pair, "outputs">,
  state: PairState,
): Promise<TrustStatus | undefined> {
  const bundle = bundleOf(pair);
  if (bundle === undefined) return undefined;
  const { path } = bundle;
  const record = recordOf(state, path);
  const anchors = attempt(() => loadAnchors(files, path).anchors);
  const since = new Map(record?.withdrawn.map(({ fingerprint, since }) => [fingerprint, since]));
  const roots = anchors && await Promise.all(anchors.map(async (anchor) => {
    const summary = await summarize(anchor);
    return { ...summary, withdrawn: since.get(summary.fingerprint) };
  }));
  return {
    path,
    roots,
    refreshed: record?.refreshed,
    isFailing: record !== undefined && record.asked.getTime() !== record.refreshed?.getTime(),
    offered: record?.offered ?? [],
  };
}
