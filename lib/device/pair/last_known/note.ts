/** Records where a pair is, and forgets it. */
import { directoryOf, type FileSystem, isListed, type System } from "../../../system/mod.ts";
import { type Entry, type Session, TransactionFailedError } from "../../../transaction/mod.ts";
import { drop, firstAttributes, put } from "../entries.ts";
import type { Pair } from "../layout.ts";
import { putState, readState, stateVersion } from "../state.ts";
import {
  isInOneDirectory,
  type KnownFile,
  knownHalves,
  knownOutputs,
  type LastKnown,
  readRecord,
} from "./last_known.ts";

/**
 * Records where a pair is before it is changed: in its state, and beside the key if that is on another
 * device than the certificate. No transaction may span two disks before both have a record of the other. So
 * each record is a transaction by itself.
 *
 * @param entries the change.
 * @returns additional entries of the change. `undefined`: something was written, and the change must be
 *   proposed again.
 */
export async function noteLastKnown(
  { session, system, pair }: {
    readonly session: Session;
    readonly system: System;
    readonly pair: Pair;
  },
  entries: readonly Entry[],
): Promise<readonly Entry[] | undefined> {
  if (isInOneDirectory(pair)) return [];
  const { files } = system;
  const { certificate, key } = knownHalves(pair);
  const isComplete = isListed(files, certificate) && isListed(files, key);
  const isPut = entries.some((entry) => putsHalf(pair, entry));
  if (!isComplete && !isPut) return [];
  const now = lookAt(files, pair);
  const { state, stored, isReplaceable } = await readState(system, pair);
  const first = firstAttributes(system, pair, "state");
  const { lastKnown } = state;
  if (isReplaceable && !isKnown(lastKnown, now, isComplete)) {
    const known = { ...state, lastKnown: { isComplete, ...now } };
    await session.commit(await putState(system, pair, { state: known, stored }));
    return undefined;
  }
  const stands = await readRecord(files, pair);
  if (now.certificate.device === now.key.device) return drop(pair.record, stands?.stored);
  if (!isKnown(stands?.known, now, isComplete)) {
    const content = encodeRecord({ isComplete, ...now });
    try {
      await session.commit(put(pair.record, { content, old: stands?.stored, first }));
      return undefined;
    } catch (error) {
      // A change of only the state does not need the key's disk, which may be read-only.
      if (isPut || !(error instanceof TransactionFailedError)) throw error;
      return [];
    }
  }
  const putsActive = entries.some(({ kind, target }) => kind !== "remove" && target === key);
  return putsActive
    ? put(pair.record, {
      content: encodeRecord({ isComplete: true, ...now }),
      old: stands?.stored,
      first,
    })
    : [];
}

/** Whether an entry puts a half of the active or the pending pair in place. */
function putsHalf(pair: Pair, { kind, target }: Entry): boolean {
  const { pending } = pair;
  const active = knownHalves(pair);
  const halves = [active.certificate, active.key, pending.certificate, pending.key];
  return kind !== "remove" && halves.includes(target);
}

/** The change that forgets where a pair was, if the operator says that the missing file is gone. */
export async function forgetLastKnown(system: System, pair: Pair): Promise<readonly Entry[]> {
  const { state: { lastKnown: _, ...state }, stored } = await readState(system, pair);
  return [
    ...(stored === undefined ? [] : await putState(system, pair, { state, stored })),
    ...drop(pair.record, (await readRecord(system.files, pair))?.stored),
  ];
}

/** Encodes the record beside the key: JSON, UTF-8. */
function encodeRecord(lastKnown: LastKnown): Uint8Array {
  const text = JSON.stringify({ version: stateVersion, lastKnown }, undefined, 2);
  return new TextEncoder().encode(`${text}\n`);
}

type Places = Omit<LastKnown, "isComplete">;

function lookAt(files: FileSystem, pair: Pair): Places {
  const { combined } = pair;
  const active = knownHalves(pair);
  const outputs = knownOutputs(pair);
  const known = (path: string): KnownFile => {
    const { device, inode } = files.stat(directoryOf(path));
    return { path, device, inode };
  };
  return {
    certificate: known(active.certificate),
    key: known(active.key),
    ...(combined === undefined ? {} : { combined: known(combined) }),
    ...(outputs.length === 0 ? {} : { outputs: outputs.map(known) }),
  };
}

/** Whether there is nothing new to write. A pair that was complete counts as complete in the same places. */
function isKnown(known: LastKnown | undefined, now: Places, isComplete: boolean): boolean {
  if (known === undefined || isComplete && !known.isComplete) return false;
  const { isComplete: _, ...places } = known;
  return JSON.stringify(places) === JSON.stringify(now);
}
