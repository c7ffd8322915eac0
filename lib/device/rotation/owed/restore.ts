/** Making the previous pair the active one again, if the service does not take the new one. */
import { fingerprint } from "../../../x509/mod.ts";
import { perform, proposeActivation } from "../../change/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import {
  type CertificateSummary,
  isWhole,
  type LoadedPair,
  loadStoredPair,
  type Owed,
  type PairState,
  readStoredPair,
  requireRestorable,
  type SoundPair,
} from "../../pair/mod.ts";
import { failureOf, type Rotation } from "../context.ts";
import { waitsAfterFailure } from "../decide/mod.ts";
import type { PairRestoredError } from "../errors.ts";
import { attemptsOf, withFailure } from "../progress.ts";
import { owedFor, type ServiceConfiguration } from "./debt.ts";
import type { OwingPair } from "./tell_service.ts";

/** The pair to go back to: the very one that was replaced, if it can still be used. */
export async function restorable(
  { system, pair }: Rotation,
  { owed, active }: OwingPair,
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
    // The new pair is at least one that passes every check.
    return undefined;
  }
}

/** The way back, and what it goes by. */
interface RestoreOptions {
  readonly previous: LoadedPair;
  readonly active: SoundPair;
  /** Why. */
  readonly error: PairRestoredError;
  readonly configuration: ServiceConfiguration & Pick<PairConfiguration, "renewBefore">;
}

/** A pair that was made active again. */
interface RestoredPair {
  readonly certificate: CertificateSummary;
  readonly debt: Owed | undefined;
  readonly warnings: readonly unknown[];
}

/**
 * Makes the previous pair the active one again, and writes down that the service has to be told, and when to
 * try another new one.
 *
 * @throws the errors of `perform`.
 */
export async function restorePair(
  rotation: Rotation,
  { previous, active, error, configuration }: RestoreOptions,
): Promise<RestoredPair> {
  const { system, pair, lockTimeout } = rotation;
  const now = system.clock.now();
  const debt = owedFor(configuration, {
    since: now,
    fingerprint: await fingerprint(previous.leaf),
    replacedSerial: active.loaded.leaf.serialNumber,
  });
  const { leaf } = previous;
  const { renewBefore } = configuration;
  const waitAfter = await waitsAfterFailure({
    now,
    leaf,
    renewBefore,
    wanted: leaf,
    hasSucceeded: false,
  });
  const also = (state: PairState): PairState => {
    const attempts = attemptsOf(state) || 1;
    const wait = waitAfter(attempts);
    return withFailure(
      {
        ...state,
        ...(debt === undefined ? {} : { owed: debt }),
        renewal: { attempts, lastAttempt: now, nextAttempt: new Date(now.getTime() + wait) },
      },
      now,
      failureOf(rotation, error),
    );
  };
  const { proposal, warnings } = await perform(system, pair, {
    lockTimeout,
    propose: () =>
      proposeActivation(system, pair, {
        next: previous,
        active,
        by: "rollback",
        keepPrevious: false,
        also,
      }),
  });
  return { certificate: proposal.certificate, debt, warnings };
}
