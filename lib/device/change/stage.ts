import type { System } from "../../system/mod.ts";
import { type ActivePair, readActivePair } from "../pair/active_pair.ts";
import {
  type ChangeOptions,
  perform,
  type Performed,
  type Plan,
  preview,
  type Proposal,
  type Propose,
} from "./change.ts";
import { attributesOf, firstAttributes, firstMode, put } from "../pair/entries.ts";
import { loadAnchors, loadPair, readStoredPair } from "../pair/read_pair.ts";
import type { Pair, PairFiles, PairPaths } from "../pair/layout.ts";
import { anchorsUsed, resolveForChange, resolvePair, untrustedPlacesOf } from "../pair/resolve.ts";
import { type CertificateSummary, summarize } from "../pair/summary.ts";
import { requireSuccessor, requireUsable, type Waivers } from "../pair/validation.ts";

/** What is staged, and what is asked of it. */
export interface StageOptions extends Waivers {
  /** The new pair's files. They are read, not moved. */
  readonly newPair: PairFiles;
  /** A file of trust anchors that the chain has to lead to. */
  readonly trust?: string | undefined;
}

/** A pair that is about to become the pending one. */
export interface StageProposal extends Proposal {
  readonly certificate: CertificateSummary;
  readonly pending: PairFiles;
}

/**
 * Checks a new pair and puts it durably beside the active one, as the pending pair. A pending pair that
 * is there already is replaced.
 *
 * @throws the errors of resolving, reading and validating; those of `withSession` and of its commit.
 */
export async function stage(
  system: System,
  paths: PairPaths,
  options: StageOptions & ChangeOptions,
): Promise<Performed<StageProposal>> {
  const pair = resolveForChange(system, paths, anchorsUsed(options.trust));
  const propose = await stageProposer(system, pair, options);
  return await perform(system, pair, { ...options, propose });
}

/** What {@linkcode stage} would do. */
export async function planStage(
  system: System,
  paths: PairPaths,
  options: StageOptions,
): Promise<Plan<StageProposal>> {
  const pair = resolvePair(system.files, paths);
  const places = untrustedPlacesOf(system, paths, anchorsUsed(options.trust));
  return await preview(system, pair, {
    propose: await stageProposer(system, pair, options),
    warnings: places,
  });
}

/** Reads what does not depend on the device before the lock is taken. */
async function stageProposer(
  system: System,
  pair: Pair,
  options: StageOptions,
): Promise<Propose<StageProposal>> {
  const { files, clock } = system;
  const anchors = options.trust === undefined ? undefined : loadAnchors(files, options.trust);
  const next = await loadPair(files, options.newPair);
  await requireUsable(next, { now: clock.now(), anchors });
  const certificate = await summarize(next.leaf);
  return async () => {
    const active = await readActivePair(files, pair.active);
    if (active.condition === "sound") requireSuccessor(next, active.loaded, options);
    const pending = await readStoredPair(files, pair.pending);
    const first = attributesLike(system, pair, active);
    return {
      certificate,
      pending: pair.pending,
      warnings: [],
      entries: [
        ...put(pair.pending.key, { content: next.keyContent, old: pending.key, first: first.key }),
        ...put(pair.pending.certificate, {
          content: next.certificateContent,
          old: pending.certificate,
          first: first.certificate,
        }),
      ],
    };
  };
}

/**
 * Owner and mode of the files that the pending ones are going to replace: whoever may not read the
 * active key may not read the next one, and what cannot be given is found out now.
 */
export function attributesLike(
  system: System,
  pair: Pair,
  { stored: { certificate, key } }: ActivePair,
): Record<keyof PairFiles, ReturnType<typeof attributesOf>> {
  return {
    key: key ? attributesOf(key) : firstAttributes(system, pair, firstMode.key),
    certificate: certificate
      ? attributesOf(certificate)
      : firstAttributes(system, pair, firstMode.certificate),
  };
}
