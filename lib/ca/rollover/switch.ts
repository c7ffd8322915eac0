/** `ca rollover switch`: the next CA issues, instead of the one that it replaces; and back. */
import { attemptAsync, type System } from "../../system/mod.ts";
import type { CaOptions } from "../ca.ts";
import { readRoot } from "../issue/mod.ts";
import { IssuerChangedError, type RolloverRecord } from "../succession/mod.ts";
import {
  announceCopies,
  enrolmentsOf,
  forgetCopies,
  keepAll,
  removeAll,
  removeReplaced,
  replaceAll,
} from "./enrolments.ts";
import { refuse, type RolloverStep } from "./errors.ts";
import {
  enter,
  findRollover,
  openBoth,
  Progress,
  recordIn,
  requireAbleNow,
  type RolloverReport,
} from "./parties.ts";
import { requireApart, requireProfiles } from "./settings.ts";

/**
 * Lets the next CA issue. One-time secrets and waiting requests go over to it: first it gets copies, then the
 * phase is recorded, while this CA is locked. The originals are removed last, in a change of its own: with a
 * database, rows are committed before `rollover.json` is replaced.
 *
 * @throws RolloverRefusedError, RolloverSettingsError, and why the next CA cannot sign: nothing has changed.
 */
export async function switchRollover(system: System, options: CaOptions): Promise<RolloverReport> {
  const step = "switch";
  const { dataDirectory, lockTimeout } = options;
  const { record } = await findRollover(system, options, step);
  requireUnfinished(record, { step, dataDirectory });
  const { old, next } = await openBoth(system, options, record);
  const place = { dataDirectory, next: record.next };
  await requireApart(system, place);
  await requireProfiles(system, place);
  await requireAbleNow(system, { store: next, root: await readRoot(next), options });
  const progress = new Progress(step, dataDirectory);
  return await progress.around(async () => {
    const isAgain = await announceCopies(old, { lockTimeout });
    let hasBegun = isAgain;
    const { value, recovery, warnings } = await old.change({
      lockTimeout,
      async work(change) {
        const current = await recordIn(change, { next: record.next, step, dataDirectory });
        requireUnfinished(current, { step, dataDirectory });
        if (current.phase === "switched") return { isUnchanged: true, warnings: [] };
        // Another step has ended meanwhile.
        if (!current.hasCopies) throw new IssuerChangedError(dataDirectory);
        const enrolments = await enrolmentsOf(change);
        let warnings: readonly unknown[] = [];
        if (isAgain || enrolments.length > 0) {
          const kept = await next.change({
            lockTimeout,
            async work(change) {
              hasBegun = true;
              await (isAgain ? replaceAll : keepAll)(change, enrolments);
            },
          });
          progress.noteChange();
          warnings = kept.warnings;
        }
        await enter(system, change, { ...current, phase: "switched", hasCopies: false });
        return { isUnchanged: false, warnings };
      },
    }).catch(async (error) => {
      // The next CA was busy, for example: what it has is its own.
      if (!hasBegun) await attemptAsync(() => forgetCopies(old, { lockTimeout }));
      throw error;
    });
    progress.noteChange();
    await removeReplaced(old, { lockTimeout });
    return {
      phase: "switched",
      next: record.next,
      isUnchanged: value.isUnchanged,
      recovery,
      warnings: [...value.warnings, ...warnings],
    };
  });
}

/**
 * Lets the replaced CA issue again. What the next one has issued stays valid: clients get the certificates of
 * both. The next CA is locked meanwhile, so that it issues to no secret that goes back.
 *
 * @throws RolloverRefusedError: nothing has changed.
 */
export async function switchBack(system: System, options: CaOptions): Promise<RolloverReport> {
  const step = "switch --back";
  const { dataDirectory, lockTimeout } = options;
  const { record } = await findRollover(system, options, step);
  requireUnfinished(record, { step, dataDirectory });
  const { old, next } = await openBoth(system, options, record);
  const progress = new Progress(step, dataDirectory);
  return await progress.around(async () => {
    const { value, warnings } = await next.change({
      lockTimeout,
      async work(change) {
        const enrolments = await enrolmentsOf(change);
        const back = await old.change({
          lockTimeout,
          async work(oldChange) {
            const current = await recordIn(oldChange, { next: record.next, step, dataDirectory });
            requireUnfinished(current, { step, dataDirectory });
            if (current.phase === "started") {
              return { isUnchanged: true, hasCopies: current.hasCopies };
            }
            await replaceAll(oldChange, enrolments);
            await enter(system, oldChange, { ...current, phase: "started", hasCopies: true });
            return { isUnchanged: false, hasCopies: true };
          },
        });
        progress.noteChange();
        if (back.value.hasCopies) await removeAll(change);
        return back;
      },
    });
    await forgetCopies(old, { lockTimeout });
    return {
      phase: "started",
      next: record.next,
      isUnchanged: value.value.isUnchanged,
      recovery: value.recovery,
      warnings: [...value.warnings, ...warnings],
    };
  });
}

/** @throws RolloverRefusedError if it is over. */
function requireUnfinished(
  { phase, next }: RolloverRecord,
  { step, dataDirectory }: { readonly step: RolloverStep; readonly dataDirectory: string },
): void {
  if (phase === "cancelled") refuse({ step, dataDirectory, next }, "none");
  if (phase === "finished") refuse({ step, dataDirectory, next }, "already-finished");
}
