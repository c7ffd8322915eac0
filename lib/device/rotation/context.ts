/** What every step of a rotation receives, and the functions that emit its events and record its state. */
import type { System } from "../../system/mod.ts";
import type { Entry } from "../../transaction/mod.ts";
import type { KeySource } from "../../x509/mod.ts";
import { type MissingOptions, perform } from "../change/mod.ts";
import { type Pair, type PairState, putState, readState, requireKnownFormat } from "../pair/mod.ts";
import { type Built, withNow } from "./decide/mod.ts";
import { StateBlockedError } from "./errors.ts";
import type { RotationEvent } from "./event.ts";
import { type KeptFailure, keptFailure, withFailure, withFurtherFailure } from "./progress.ts";

/** Options of a rotation. */
export interface RotateOptions extends Built, MissingOptions {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Renew even if the pair is not due, or would have to wait. */
  readonly force: boolean;
  /** Wait until the issuer has decided, instead of leaving it to a later run. */
  readonly wait: boolean;
  /** Called for each event as it happens. */
  readonly onEvent: (event: RotationEvent) => void;
  /** Formats the message of an error, escaped, to be kept in the state. */
  readonly textOf: (error: unknown) => string;
  /** Where private keys come from; WebCrypto by default. */
  readonly keys?: KeySource;
}

/**
 * The rotation of one pair: where it works, and where its events go. Each step also receives the part of the
 * configuration that it reads.
 */
export interface Rotation extends Built, Pick<RotateOptions, "lockTimeout" | "onEvent" | "textOf"> {
  readonly system: System;
  /** The pair's name in the configuration. */
  readonly name: string;
  readonly pair: Pair;
  /** Whether this run has recorded a failure. */
  readonly row: { isCounted: boolean };
}

/** An event of this rotation, without its pair. */
type OwnEvent = RotationEvent extends infer Event
  ? Event extends RotationEvent ? Omit<Event, "pair"> : never
  : never;

/** Emits an event. */
export function tell({ name, onEvent }: Rotation, event: OwnEvent): void {
  onEvent({ pair: name, ...event } as RotationEvent);
}

/** Adds a failure to the state; to the row of failures only if it is the first of this run. */
export function failingIn({ row }: Pick<Rotation, "row">): typeof withFailure {
  return row.isCounted ? withFurtherFailure : withFailure;
}

/** A failure in the form that the state keeps. */
export function failureOf({ textOf }: Pick<Rotation, "textOf">, error: unknown): KeptFailure {
  return keptFailure(error, textOf(error));
}

/** The entries that change the state file and record the time. None if its path is not a regular file. */
export async function stateChange(
  { system, pair, built }: Rotation,
  change: (state: PairState) => PairState = (state) => state,
): Promise<readonly Entry[]> {
  const { state, stored, isReplaceable } = await readState(system, pair);
  if (!isReplaceable) return [];
  const changed = change(withNow(state, system.clock.now(), { built }));
  return await putState(system, pair, { state: changed, stored });
}

/**
 * Requires a state file that can be written. Without it a pending hook could be forgotten, and every run
 * would ask the issuer.
 *
 * @throws StateBlockedError, NewerStateError
 */
export async function requireStateFile({ system, pair }: Rotation): Promise<void> {
  await requireKnownFormat(system, pair);
  const { isReplaceable, warning } = await readState(system, pair);
  if (!isReplaceable) throw new StateBlockedError(pair.state, { cause: warning });
}

/**
 * Records the time in the state, together with other changes, in one transaction.
 *
 * @param change a change of the state.
 * @param also other entries of the same transaction.
 * @returns warnings.
 * @throws the errors of `perform`.
 */
export async function writeDown(
  rotation: Rotation,
  change?: (state: PairState) => PairState,
  also: () => Promise<readonly Entry[]> = () => Promise.resolve([]),
): Promise<readonly unknown[]> {
  const { system, pair, lockTimeout } = rotation;
  const { warnings } = await perform(system, pair, {
    lockTimeout,
    propose: async () => ({
      entries: [...await also(), ...await stateChange(rotation, change)],
      warnings: [],
    }),
  });
  return warnings;
}
