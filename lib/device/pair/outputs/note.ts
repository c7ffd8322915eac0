/** Records the outputs of a pair before they are written. */
import type { System } from "../../../system/mod.ts";
import type { Entry, Session } from "../../../transaction/mod.ts";
import type { Pair } from "../layout.ts";
import { putState, readState } from "../state.ts";
import { outputsOutside } from "./outside.ts";

/**
 * Records, in a transaction of its own, which outputs a change is about to write for the first time: after a
 * crash in the middle of that change, recovery must know them, also if no one names them again.
 *
 * @param entries the change.
 * @returns whether something was written, so that the change must be proposed again.
 */
export async function noteOutputs(
  { session, system, pair }: {
    readonly session: Session;
    readonly system: System;
    readonly pair: Pair;
  },
  entries: readonly Entry[],
): Promise<boolean> {
  const written = outputsOutside(pair).map(({ path }) => path)
    .filter((path) => entries.some(({ target }) => target === path));
  if (written.length === 0) return false;
  const { state, stored, isReplaceable } = await readState(system, pair);
  const known = state.outputs ?? [];
  const added = written.filter((path) => !known.some((record) => record.path === path));
  if (added.length === 0 || !isReplaceable) return false;
  const outputs = [...known, ...added.map((path) => ({ path }))];
  await session.commit(await putState(system, pair, { state: { ...state, outputs }, stored }));
  return true;
}
