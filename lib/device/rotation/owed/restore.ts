/** Restores the previous pair if the service refuses the new one. */
import { fingerprint } from "../../../x509/mod.ts";
import type { System } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { pendingEntries, perform, proposeActivation } from "../../change/mod.ts";
import {
  type CertificateSummary,
  isWhole,
  type LoadedPair,
  loadStoredPair,
  type Owed,
  type Pair,
  type PairState,
  readStoredPair,
  requireRestorable,
  type SoundPair,
  withKept,
} from "../../pair/mod.ts";
import { failingIn, failureOf, type Rotation } from "../context.ts";
import {
  isNotDue,
  judgeClock,
  type RenewalRules,
  renewalTimeOf,
  waitsAfterFailure,
} from "../decide/mod.ts";
import type { PairRestoredError } from "../errors.ts";
import { attemptsOf } from "../progress.ts";
import { owedFor, type ServiceConfiguration } from "./debt.ts";
import type { OwingPair } from "./tell_service.ts";

/** The pair to roll back to: the one that was replaced, if it is still usable. */
export async function restorable(
  { rotation: { system, pair }, owed, active }: Pick<OwingPair, "rotation" | "owed" | "active">,
): Promise<LoadedPair | undefined> {
  if (owed.restorable === undefined) return undefined;
  if (await fingerprint(active.loaded.leaf) !== owed.fingerprint) return undefined;
  const stored = await readStoredPair(system.files, pair.previous);
  if (!isWhole(stored)) return undefined;
  try {
    const previous = await loadStoredPair(stored);
    await requireRestorable(previous, { now: system.clock.now(), anchors: undefined });
    return await fingerprint(previous.leaf) === owed.restorable ? previous : undefined;
  } catch {
    // The new pair stays: it has passed every check.
    return undefined;
  }
}

/** Options of a rollback. */
interface RestoreOptions {
  readonly previous: LoadedPair;
  readonly active: SoundPair;
  /** The hook and probe that were pending for the refused pair. */
  readonly owed: Owed;
  /** Why the pair is rolled back. */
  readonly error: PairRestoredError;
  readonly configuration: ServiceConfiguration & RenewalRules;
}

/** A pair that was restored. */
interface RestoredPair {
  readonly certificate: CertificateSummary;
  readonly debt: Owed | undefined;
  readonly warnings: readonly unknown[];
}

/**
 * Restores the previous pair and keeps the refused one as the pending pair, in one transaction. The same
 * transaction records that hook and probe are pending, and when to try the refused pair again. No other pair
 * is requested until then.
 *
 * @throws the errors of `perform`.
 */
export async function restorePair(
  rotation: Rotation,
  { previous, active, owed, error, configuration }: RestoreOptions,
): Promise<RestoredPair> {
  const { system, pair, lockTimeout } = rotation;
  const now = system.clock.now();
  const debt = owedFor(configuration, {
    since: now,
    fingerprint: await fingerprint(previous.leaf),
    replacedSerial: active.loaded.leaf.serialNumber,
    // The probes looked for exactly this pair before the change.
    before: owed.before?.map(({ since: _, ...sight }) => sight),
  });
  const takenBack = await fingerprint(active.loaded.leaf);
  const { leaf } = previous;
  const { issuer, identity, renewBefore } = configuration;
  const renewalTime = await renewalTimeOf(leaf, renewBefore);
  const standing = { issuer, identity, now, renewalTime, active: { ...active, loaded: previous } };
  const waitAfter = await waitsAfterFailure({
    now,
    leaf,
    renewBefore,
    wanted: leaf,
    // Even if the pair expires soon: each attempt disturbs the service, and it has a usable pair.
    hasSucceeded: true,
  });
  const also = (state: PairState): PairState => {
    const known = state.takenBack;
    const isAgain = known?.fingerprint === takenBack;
    // A pair that is tried again counts as one more attempt, although the issuer was not asked.
    const attempts = isAgain ? attemptsOf(state) + 1 : attemptsOf(state) || 1;
    const nextAttempt = new Date(now.getTime() + waitAfter(attempts));
    const { renewal: _, ...others } = withKept(state, {
      fingerprint: takenBack,
      since: now,
      reason: "refused",
    });
    // No run continues what `--force` tried for a pair that is not due.
    const isOver = isNotDue({ ...standing, clock: judgeClock(now, state, rotation) });
    return failingIn(rotation)(
      {
        ...others,
        ...(debt === undefined ? {} : { owed: debt }),
        takenBack: {
          fingerprint: takenBack,
          times: isAgain ? known.times + 1 : 1,
          certificates: isAgain ? known.certificates : (known?.certificates ?? 0) + 1,
        },
        ...(isOver ? {} : { renewal: { attempts, lastAttempt: now, nextAttempt } }),
      },
      now,
      failureOf(rotation, error),
    );
  };
  const { proposal, warnings } = await perform(system, pair, {
    lockTimeout,
    propose: async () =>
      await proposeActivation(system, pair, {
        next: previous,
        active,
        by: "rollback",
        keepPrevious: false,
        beside: await keptEntries(system, pair, active),
        also,
      }),
  });
  rotation.row.isCounted = true;
  return { certificate: proposal.certificate, debt, warnings };
}

/** Keeps a pair as the pending one, unless another has been staged meanwhile. */
async function keptEntries(
  system: System,
  pair: Pair,
  active: SoundPair,
): Promise<readonly Entry[]> {
  if (isWhole(await readStoredPair(system.files, pair.pending))) return [];
  return await pendingEntries(system, pair, { next: active.loaded, active });
}
