/** `swap`: makes the pending pair, or a new one, active. */
import type { System } from "../../system/mod.ts";
import { type Session, TargetChangedError, TransactionFailedError } from "../../transaction/mod.ts";
import { NoPendingPairError, SwapFailedError } from "../errors.ts";
import {
  anchorsUsed,
  dropPair,
  isWhole,
  loadAnchors,
  loadStoredPair,
  type Pair,
  type PairPaths,
  readActivePair,
  readKeptPair,
  readStoredPair,
  requireSuccessor,
  requireUsable,
  resolveForActivation,
  type StoredPair,
  type Waivers,
} from "../pair/mod.ts";
import { finishedByRecovery, proposeActivation, type SwapProposal } from "./activation.ts";
import {
  type ActivationOptions,
  perform,
  type Performed,
  type Plan,
  preview,
  type Propose,
  withKnownRights,
} from "./change.ts";
import type { MissingOptions } from "./missing.ts";
import { loadNewPair, type NewPair } from "./new_pair.ts";

/** Options of `swap`. */
export interface SwapOptions extends Waivers {
  /** A new pair's files, staged and swapped in one step. `undefined`: the pending pair. */
  readonly newPair?: NewPair | undefined;
  /** A file of trust anchors that the chain must lead to. */
  readonly trust?: string | undefined;
  /** Whether a CA certificate is allowed: self-signed ones often are. */
  readonly allowCa?: boolean | undefined;
  /** Whether the replaced pair is kept for `rollback`. */
  readonly keepPrevious: boolean;
}

/**
 * Swaps in the pending pair, or a new one. A pending pair is used up either way. If recovery has just
 * finished an interrupted swap of the pending pair, there is nothing more to do.
 *
 * @throws the errors of resolving, reading and validating, NoPendingPairError: the pending pair stays.
 * @throws SwapFailedError if the pending pair was valid but could not be swapped in: it is removed.
 * @throws the errors of `withSession` and, for a new pair, those of its commit.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { init, request, sign } from "../../ca/mod.ts";
 * import { denoSystem } from "../../system/mod.ts";
 * import { readStatus, swap } from "../mod.ts";
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
 * await swap(denoSystem, active, { ...strict, newPair, keepPrevious: false });
 * const status = await readStatus(denoSystem, active);
 * assert.equal(status.active.condition, "valid");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function swap(
  system: System,
  paths: PairPaths,
  options: SwapOptions & ActivationOptions,
): Promise<Performed<SwapProposal>> {
  const pair = await resolveForActivation(system, paths, anchorsUsed(options.trust));
  const isPending = options.newPair === undefined;
  return await withKnownRights(system, pair, {
    onRightsKnown: options.onRightsKnown,
    work: async (rights) =>
      await perform(system, pair, {
        ...options,
        rights,
        propose: await swapProposer(system, pair, options),
        onFailure: async (error, session) =>
          isPending && isFailure(error)
            ? new SwapFailedError(await removePending(system, pair, session), { cause: error })
            : error,
      }),
  });
}

/** What {@linkcode swap} would do. */
export async function planSwap(
  system: System,
  paths: PairPaths,
  options: SwapOptions & MissingOptions,
): Promise<Plan<SwapProposal>> {
  const proposer = (pair: Pair) => swapProposer(system, pair, options);
  return await preview(system, paths, { ...options, proposer });
}

/** An interrupted swap may be run again; one with an unknown outcome is left to recovery. */
function isFailure(error: unknown): boolean {
  return error instanceof TransactionFailedError || error instanceof TargetChangedError;
}

/** The file that is missing of a pair whose other file exists. */
function missingHalf({ files, certificate, key }: StoredPair): string | undefined {
  if (certificate === undefined) return key === undefined ? undefined : files.certificate;
  return key === undefined ? files.key : undefined;
}

/**
 * Removes the pending pair in a transaction: half a pair is never mistaken for leftovers of a crash.
 *
 * @returns whether that succeeded.
 */
async function removePending({ files }: System, pair: Pair, session: Session): Promise<boolean> {
  try {
    await session.commit(dropPair(await readStoredPair(files, pair.pending)));
    return true;
  } catch {
    // The error of the swap is the one to report, and usually it is the same.
    return false;
  }
}

/** Reads, before the lock is taken, what does not depend on the device. */
async function swapProposer(
  system: System,
  pair: Pair,
  options: SwapOptions,
): Promise<Propose<SwapProposal>> {
  const { files, clock } = system;
  const { anchors, warnings } = loadAnchors(files, options.trust);
  const { allowCa } = options;
  const given = options.newPair && await loadNewPair(system, options.newPair);
  const { purposes } = options;
  if (given) await requireUsable(given, { now: clock.now(), anchors, allowCa, purposes });
  return async (recovery) => {
    const pending = await readKeptPair(files, pair.pending);
    const active = await readActivePair(files, pair);
    const next = given ?? (isWhole(pending) ? await loadStoredPair(pending) : undefined);
    if (next === undefined) {
      const finished = await finishedByRecovery(system, pair, { recovery, active, by: "swap" });
      if (finished === undefined) {
        throw new NoPendingPairError(pair.active.certificate, missingHalf(pending));
      }
      return finished;
    }
    if (next !== given) await requireUsable(next, { now: clock.now(), anchors, allowCa, purposes });
    requireSuccessor(next, active, options);
    const proposal = await proposeActivation(system, pair, {
      next,
      active,
      by: "swap",
      keepPrevious: options.keepPrevious,
      beside: dropPair(pending),
    });
    return { ...proposal, warnings: [...warnings, ...proposal.warnings] };
  };
}
