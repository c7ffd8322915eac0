/** Checks a device's latest time: a wrong one is corrected within days, and a clock jump is noticed. */
import assert from "node:assert/strict";
import type { PairConfiguration } from "../../../lib/device/configuration/configuration.ts";
import { layOut } from "../../../lib/device/pair/layout.ts";
import type { PairState } from "../../../lib/device/pair/state.ts";
import { decodeState } from "../../../lib/device/pair/state_reader.ts";
import { day } from "../../support/rotation_world.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, visibleFiles } from "../model/disk.ts";
import type { DeviceRun, Surroundings } from "./year_run.ts";

/** The documented days after which a steady clock is trusted, plus one for a late run. */
const daysToBelieve = 11;

/** Runs that are further apart do not count as consecutive. */
const longestStep = 7 * day;

/** Follows the clock of one device, and the latest time in its state. */
export class ClockWatch {
  /** On how many consecutive days a run has found the right time and could record it. */
  #rightDays = 0;
  #lastRight: Date | undefined;
  /** The fingerprint of the last change, and the first run that found it. */
  #change: { readonly fingerprint: string; readonly seen: Date } | undefined;
  /** Whether the run before found the right time, trusted it, and could record it. */
  #isCalm = false;
  #wasWrong = false;

  /** Checks what a run has left. @throws AssertionError */
  afterRun(around: Surroundings, disk: Disk, run: DeviceRun): void {
    const { configuration, time, weather, year } = around;
    const state = stateOn(disk, configuration);
    const latest = state?.latestTime;
    const isRight = latest === undefined || latest.getTime() <= time.getTime() + day;
    // A certificate that is valid at a time is evidence for that time.
    const isFarAhead = run.clock !== "epoch" && run.clock > around.life + 31 * day;
    if (this.#isCalm && isFarAhead && !run.wasSetRight) {
      assert.ok(isRight, "the first run that saw a clock jump has trusted it");
      year.leapsNoticed++;
    }
    const couldWrite = run.endedBy === undefined && weather.disk === "fine" &&
      weather.mount === "mounted";
    if (run.clock !== 0) this.#rightDays = 0;
    else if (couldWrite) this.#countRight(time);
    this.#noteChange(state, time);
    const isSteady = couldWrite && this.#rightDays > daysToBelieve;
    if (isSteady) assert.ok(isRight, `the clock is still compared with ${latest}`);
    if (this.#wasWrong && isRight) year.corrected++;
    this.#wasWrong = !isRight;
    this.#isCalm = isRight && latest !== undefined && couldWrite && run.clock === 0;
    const { keepPrevious } = configuration;
    const kept = this.#change === undefined ? 0 : time.getTime() - this.#change.seen.getTime();
    const longest = keepPrevious + (daysToBelieve + 1) * day;
    const isDue = keepPrevious > 0 && state?.owed === undefined && kept > longest;
    if (isSteady && this.#rightDays * day > longest && isDue) {
      const { previous } = layOut(configuration.paths);
      assert.ok(!visibleFiles(disk).has(previous.key), "a previous key is never removed");
      year.previousGone++;
    }
  }

  #countRight(time: Date): void {
    const since = this.#lastRight === undefined ? 0 : time.getTime() - this.#lastRight.getTime();
    if (this.#rightDays > 0 && since < day) return;
    this.#rightDays = since > longestStep ? 1 : this.#rightDays + 1;
    this.#lastRight = time;
  }

  #noteChange(state: PairState | undefined, seen: Date): void {
    const fingerprint = state?.lastChange?.fingerprint;
    if (fingerprint === undefined || fingerprint === this.#change?.fingerprint) return;
    this.#change = { fingerprint, seen };
  }
}

function stateOn(disk: Disk, { paths }: PairConfiguration): PairState | undefined {
  const file = visibleFiles(disk).get(layOut(paths).state);
  return typeof file === "object"
    ? decodeState(bytesOf(file.content), new Date(0))?.state
    : undefined;
}
