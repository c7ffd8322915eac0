/** `stage`: checking a new pair, and putting it beside the active one as the pending pair. */
import type { System } from "../../system/mod.ts";
import type { Entry } from "../../transaction/mod.ts";
import {
  type ActivePair,
  anchorsUsed,
  attributesOf,
  type CertificateSummary,
  firstAttributes,
  loadAnchors,
  type LoadedPair,
  ofCertificateCopy,
  ofKeyCopy,
  type Pair,
  type PairFiles,
  type PairPaths,
  putCopy,
  readActivePair,
  readStoredPair,
  requireSuccessor,
  requireUsable,
  resolveForChange,
  summarize,
  type Waivers,
} from "../pair/mod.ts";
import {
  type ChangeOptions,
  perform,
  type Performed,
  type Plan,
  preview,
  type Proposal,
  type Propose,
} from "./change.ts";
import type { MissingOptions } from "./missing.ts";
import { loadNewPair, type NewPair } from "./new_pair.ts";

/** What is staged, and what is asked of it. */
export interface StageOptions extends Waivers {
  /** The new pair's files. They are read, not moved. */
  readonly newPair: NewPair;
  /** A file of trust anchors that the chain has to lead to. */
  readonly trust?: string | undefined;
  /** Whether the certificate may be a CA's, as a self-signed one often is. */
  readonly allowCa?: boolean | undefined;
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
  options: StageOptions & MissingOptions,
): Promise<Plan<StageProposal>> {
  const proposer = (pair: Pair) => stageProposer(system, pair, options);
  return await preview(system, paths, { ...options, proposer });
}

/** Reads what does not depend on the device before the lock is taken. */
async function stageProposer(
  system: System,
  pair: Pair,
  options: StageOptions,
): Promise<Propose<StageProposal>> {
  const { files, clock } = system;
  const { anchors, warnings } = loadAnchors(files, options.trust);
  const { allowCa } = options;
  const next = await loadNewPair(system, options.newPair);
  const { purposes } = options;
  await requireUsable(next, { now: clock.now(), anchors, allowCa, purposes });
  const certificate = await summarize(next.leaf);
  return async () => {
    const active = await readActivePair(files, pair.active);
    requireSuccessor(next, active, options);
    return {
      certificate,
      pending: pair.pending,
      warnings,
      entries: await pendingEntries(system, pair, { next, active }),
    };
  };
}

/**
 * The entries that make `next` the pending pair. They get the owner of the files that they are going to
 * replace, and are its alone: what cannot be given is found out now.
 */
export async function pendingEntries(
  system: System,
  pair: Pair,
  { next, active }: { readonly next: LoadedPair; readonly active: ActivePair },
): Promise<Entry[]> {
  const pending = await readStoredPair(system.files, pair.pending);
  const { certificate, key } = active.stored;
  return [
    ...putCopy(pair.pending.key, {
      content: next.keyContent,
      old: pending.key,
      attributes: ofKeyCopy(key ? attributesOf(key) : firstAttributes(system, pair, "key")),
    }),
    ...putCopy(pair.pending.certificate, {
      content: next.certificateContent,
      old: pending.certificate,
      attributes: ofCertificateCopy(
        certificate ? attributesOf(certificate) : firstAttributes(system, pair, "certificate"),
      ),
    }),
  ];
}
