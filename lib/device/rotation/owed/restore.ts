/** Making the previous pair the active one again, where the service does not take the new one. */
import { fingerprint } from "../../../x509/mod.ts";
import { activationEntries, previousEntries, stateEntries } from "../../change/activation.ts";
import { perform } from "../../change/change.ts";
import { isWhole, type LoadedPair, loadStoredPair, readStoredPair } from "../../pair/read_pair.ts";
import type { Owed, PairState } from "../../pair/state.ts";
import { type CertificateSummary, summarize } from "../../pair/summary.ts";
import { requireUsable } from "../../pair/validation.ts";
import type { Rotation } from "../context.ts";
import type { PairRestoredError } from "../errors.ts";
import { attemptsOf, withFailure } from "../progress.ts";
import { backoff, placeOf, renewalPeriod } from "../decide/schedule.ts";
import type { Change, SoundPair } from "./tell_service.ts";

/** The pair to go back to: the very one that was replaced, if it can still be used. */
export async function restorable(
  { system, pair }: Rotation,
  { owed, active }: Change,
): Promise<LoadedPair | undefined> {
  if (owed.restorable === undefined) return undefined;
  if (await fingerprint(active.loaded.leaf) !== owed.fingerprint) return undefined;
  const stored = await readStoredPair(system.files, pair.previous);
  if (!isWhole(stored)) return undefined;
  try {
    const previous = await loadStoredPair(stored);
    await requireUsable(previous, { now: system.clock.now(), anchors: undefined });
    return await fingerprint(previous.leaf) === owed.restorable ? previous : undefined;
  } catch {
    // The new pair is at least one that passes every check.
    return undefined;
  }
}

/** A pair that was made active again. */
export interface Reactivated {
  readonly certificate: CertificateSummary;
  readonly debt: Owed;
  readonly warnings: readonly unknown[];
}

/** Makes the previous pair the active one again, and writes down that the service has to be told, and when to try anew. */
export async function reactivate(
  rotation: Rotation,
  { previous, active, error }: {
    readonly previous: LoadedPair;
    readonly active: SoundPair;
    readonly error: PairRestoredError;
  },
): Promise<Reactivated> {
  const { system, pair, configuration, options: { lockTimeout } } = rotation;
  const certificate = await summarize(previous.leaf);
  const now = system.clock.now();
  const period = renewalPeriod(previous.leaf, configuration.renewBefore);
  const place = await placeOf(previous.leaf);
  const debt: Owed = {
    hook: configuration.hook !== undefined,
    probe: configuration.probe !== undefined,
    since: now,
    fingerprint: certificate.fingerprint,
    replacedSerial: active.loaded.leaf.serialNumber,
  };
  const also = (state: PairState): PairState => {
    const attempts = attemptsOf(state) || 1;
    const wait = backoff({ attempts, period, place });
    return withFailure(
      {
        ...state,
        owed: debt,
        renewal: { attempts, lastAttempt: now, nextAttempt: new Date(now.getTime() + wait) },
      },
      now,
      error,
    );
  };
  const { warnings } = await perform(system, pair, {
    lockTimeout,
    propose: async () => {
      const { fingerprint } = certificate;
      const activation = { next: previous, active, by: "rollback", fingerprint, also } as const;
      const state = await stateEntries(system, pair, activation);
      return {
        entries: [
          ...await activationEntries(system, pair, activation),
          ...state.entries,
          ...await previousEntries(system, pair, { active, keep: false }),
        ],
        warnings: state.warnings,
      };
    },
  });
  return { certificate, debt, warnings };
}
