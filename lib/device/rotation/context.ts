/** What every step of a rotation is given, and the two things that all of them do: tell, and write down. */
import type { System } from "../../system/mod.ts";
import type { Entry } from "../../transaction/mod.ts";
import type { KeySource } from "../../x509/mod.ts";
import { type MissingOptions, perform } from "../change/mod.ts";
import {
  encodeState,
  firstAttributes,
  type Pair,
  type PairState,
  put,
  readState,
  requireKnownFormat,
} from "../pair/mod.ts";
import { type Built, withNow } from "./decide/mod.ts";
import { StateBlockedError } from "./errors.ts";
import type { RotationEvent } from "./event.ts";
import { type KeptFailure, keptFailure } from "./progress.ts";

/** How pairs are rotated. */
export interface RotateOptions extends Built, MissingOptions {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Renew what is not due, and what is to be waited for. */
  readonly force: boolean;
  /** Wait for an issuer that has not decided yet, instead of leaving it to a later run. */
  readonly wait: boolean;
  /** Told of everything that happens, as it happens. */
  readonly onEvent: (event: RotationEvent) => void;
  /** The message of an error, for people: kept in the state. Escaped. */
  readonly textOf: (error: unknown) => string;
  /** Where private keys come from: WebCrypto, where it is left out. */
  readonly keys?: KeySource;
}

/**
 * The rotation of one pair: where it takes place, and whom it tells. What a step goes by is given to it
 * beside this, as the part of the configuration that it reads.
 */
export interface Rotation extends Built, Pick<RotateOptions, "lockTimeout" | "onEvent" | "textOf"> {
  readonly system: System;
  /** The pair's name in the configuration. */
  readonly name: string;
  readonly pair: Pair;
}

/** An event of this rotation, its pair aside. */
type OwnEvent = RotationEvent extends infer Event
  ? Event extends RotationEvent ? Omit<Event, "pair"> : never
  : never;

/** Tells of an event. */
export function tell({ name, onEvent }: Rotation, event: OwnEvent): void {
  onEvent({ pair: name, ...event } as RotationEvent);
}

/** A failure as it is kept in the state. */
export function failureOf({ textOf }: Pick<Rotation, "textOf">, error: unknown): KeptFailure {
  return keptFailure(error, textOf(error));
}

/**
 * The entries that change the state file, and note the time. None if what is at its path is no file.
 */
export async function stateChange(
  { system, pair, built }: Rotation,
  change: (state: PairState) => PairState = (state) => state,
): Promise<readonly Entry[]> {
  const { state, stored, isReplaceable } = await readState(system, pair);
  if (!isReplaceable) return [];
  return put(pair.state, {
    content: await encodeState(change(withNow(state, system.clock.now(), { built }))),
    old: stored,
    first: firstAttributes(system, pair, "state"),
  });
}

/**
 * Requires a state file that can be written. Without it a hook could be forgotten, and the issuer would be
 * asked at every run.
 *
 * @throws StateBlockedError, NewerStateError
 */
export async function requireStateFile({ system, pair }: Rotation): Promise<void> {
  await requireKnownFormat(system, pair);
  const { isReplaceable, warning } = await readState(system, pair);
  if (!isReplaceable) throw new StateBlockedError(pair.state, { cause: warning });
}

/**
 * Writes something down, the time, and with it whatever else belongs to the same change.
 *
 * @returns what did not stand in the way.
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
