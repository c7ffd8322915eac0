/** Keeps the CRL of a CA fresh. */
import { publishCrl, refreshCrl } from "../../ca/mod.ts";
import { CertswapError, hour, minute, second } from "../../system/mod.ts";
import type { ServerContext, ServerTask } from "../context.ts";

/** After which part of its life a CRL is replaced: two thirds are left to find out why it was not. */
export const renewAfter = 1 / 3;

/** After which part of its life an alarm is raised: something has kept it from being replaced. */
export const lateAfter = 1 / 2;

/** How often to look for something to do, in milliseconds. */
const lookInterval = second;
/** Also without a change. */
const mostInterval = minute;
/** How often the alarm is repeated. */
const alarmInterval = hour;

/** What the last attempt to keep the CRL fresh has shown, for metrics. */
export interface CrlState {
  /** When it ended; `undefined` before the first. */
  lastRun: Date | undefined;
  failure: CertswapError | undefined;
}

/** Whether a CRL is so old that something must be wrong. */
export function isLate({ watch }: Pick<ServerContext, "watch">, now: Date): boolean {
  const crl = watch.view.crl?.crl;
  if (crl?.nextUpdate === undefined) return false;
  const life = crl.nextUpdate.getTime() - crl.thisUpdate.getTime();
  return now.getTime() - crl.thisUpdate.getTime() > life * lateAfter;
}

/**
 * The task that replaces the CRL at a third of its life and within a minute of a revocation, runs the publish
 * hook, and raises an alarm if the CRL becomes old nevertheless.
 */
export function crlTask(context: ServerContext, state: CrlState): ServerTask {
  const { system: { clock }, watch, onEvent } = context;
  return async (signal) => {
    let seen: string | undefined;
    let [looked, alarmed] = [-Infinity, -Infinity];
    let pause = 0;
    while (!signal.aborted) {
      const now = clock.now().getTime();
      const { generation } = watch.view;
      const since = Math.abs(now - looked);
      if (since >= mostInterval || (generation !== seen && since >= pause)) {
        seen = generation;
        looked = now;
        await keepFresh(context, state);
        pause = pauseAfter(Math.abs(clock.now().getTime() - looked));
      }
      if (isLate(context, clock.now()) && Math.abs(now - alarmed) >= alarmInterval) {
        alarmed = now;
        const { nextUpdate } = watch.view.crl?.crl ?? {};
        onEvent({ event: "crl-late", nextUpdate: nextUpdate?.toISOString() ?? "" });
      }
      await clock.sleep(lookInterval, signal);
    }
  };
}

/**
 * How long to wait after a look, in milliseconds: twenty times as long as it took, but 2 to 20 seconds. To
 * find what is due, every revocation is read: that takes a moment for a small CA, and longer for a large one.
 */
export function pauseAfter(took: number): number {
  return Math.min(Math.max(took * 20, 2 * second), 20 * second);
}

/** Replaces the CRL if it is due, and publishes what is not published. */
export async function keepFresh(context: ServerContext, state: CrlState): Promise<void> {
  const { system, ca, settings, watch, onEvent } = context;
  const { crl } = settings();
  try {
    const { made, warnings } = await refreshCrl(system, { ...ca, settings: crl, renewAfter });
    for (const warning of warnings) onEvent({ event: "warning", warning });
    if (made !== undefined) {
      watch.noteOwnChange();
      await watch.refresh();
      onEvent({ event: "crl-issued", number: String(made.number), revoked: made.revoked });
    }
    if (crl.publish !== undefined) {
      const publication = await publishCrl(system, { ...ca, hook: crl.publish });
      if (publication.is === "owed") throw publication.error;
      if (publication.is === "published") {
        for (const warning of publication.warnings) onEvent({ event: "warning", warning });
        onEvent({ event: "crl-published", number: String(publication.number) });
      }
    }
    state.failure = undefined;
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    state.failure = error;
    onEvent({ event: "crl-failed", error });
  } finally {
    state.lastRun = system.clock.now();
  }
}
