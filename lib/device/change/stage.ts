/** `stage`: checks a new pair, and stores it as the pending pair. */
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
  readKeptPair,
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
import { requireDeliverable } from "./files/mod.ts";
import type { MissingOptions } from "./missing.ts";
import { loadNewPair, type NewPair } from "./new_pair.ts";

/** Options of `stage`. */
export interface StageOptions extends Waivers {
  /** The new pair's files. They are read, not moved. */
  readonly newPair: NewPair;
  /** A file of trust anchors that the chain must lead to. */
  readonly trust?: string | undefined;
  /** Whether a CA certificate is allowed: self-signed ones often are. */
  readonly allowCa?: boolean | undefined;
}

/** A proposal to make a pair the pending one. */
export interface StageProposal extends Proposal {
  readonly certificate: CertificateSummary;
  readonly pending: PairFiles;
}

/**
 * Checks a new pair, and stores it durably beside the active one, as the pending pair. An existing pending
 * pair is replaced.
 *
 * @throws the errors of resolving, reading and validating; those of `withSession` and of its commit.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { init, request, sign } from "../../ca/mod.ts";
 * import { denoSystem } from "../../system/mod.ts";
 * import { readStatus, stage } from "../mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${root}/ca`, lockTimeout: 1000 };
 * const day = 24 * 3600 * 1000;
 * const keyType = "ecdsa-p256";
 * await init(denoSystem, { ...ca, subject: "CN=Root", keyType, validity: 3650 * day, built: undefined });
 * const paths = { keyPath: `${root}/a.key`, requestPath: `${root}/a.csr` };
 * const names = { subject: "CN=a.example", alternativeNames: "DNS:a.example" };
 * await request(denoSystem, { ...paths, ...names, keyType });
 * const policy = { requests: [paths.requestPath], onBadRequest: "stop" } as const;
 * const { issued: [leaf] } = await sign(denoSystem, { ...ca, ...policy, validity: 90 * day });
 *
 * const active = { certificate: `${root}/cert.pem`, key: `${root}/key.pem` };
 * const newPair = { certificate: leaf?.path ?? "", key: paths.keyPath };
 * const strict = { allowIdentityChange: false, allowOlder: false, lockTimeout: 1000 };
 * await stage(denoSystem, active, { ...strict, newPair });
 * const status = await readStatus(denoSystem, active);
 * assert.equal(status.pending.condition, "valid");
 * assert.equal(status.active.condition, "missing");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function stage(
  system: System,
  paths: PairPaths,
  options: StageOptions & ChangeOptions,
): Promise<Performed<StageProposal>> {
  const pair = await resolveForChange(system, paths, anchorsUsed(options.trust));
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

/** Reads, before the lock is taken, what does not depend on the device. */
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
    const active = await readActivePair(files, pair);
    requireSuccessor(next, active, options);
    await requireDeliverable(system, pair, active);
    return {
      certificate,
      pending: pair.pending,
      warnings,
      entries: await pendingEntries(system, pair, { next, active }),
    };
  };
}

/**
 * The entries that make `next` the pending pair. Its files get the owner of the files that they will replace,
 * and only that owner can read them: an owner that cannot be set is noticed now.
 */
export async function pendingEntries(
  system: System,
  pair: Pair,
  { next, active }: { readonly next: LoadedPair; readonly active: ActivePair },
): Promise<Entry[]> {
  const pending = await readKeptPair(system.files, pair.pending);
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
