/** A progress bar on standard error for slow work, on a terminal only. */
import type { World } from "../world.ts";

/** The label of the bar, and the amount of work. */
export interface ProgressOptions {
  readonly total: number;
  readonly label: string;
}

/** A progress bar. */
export interface Progress {
  /** Shows the progress. @param done how much of the total is done. */
  update(done: number): void;
  /** Removes the bar from the terminal. */
  clear(): void;
}

/** Milliseconds before the bar appears, and between updates. Faster work needs no bar. */
const delay = 500;
const interval = 100;

/** Starts a progress bar. It stays hidden without a terminal, and if the work is quick. */
export function showProgress({ system, stderr }: World, options: ProgressOptions): Progress {
  const { total, label } = options;
  let next = system.clock.now().getTime() + delay;
  let isShown = false;
  return {
    update(done) {
      const now = system.clock.now().getTime();
      if (!stderr.isTerminal || now < next) return;
      next = now + interval;
      isShown = true;
      stderr.write(`\r${label} ${bar(done / total)}`);
    },
    clear() {
      // EL, erase in line: ECMA-48 8.3.41.
      if (isShown) stderr.write("\r\x1b[2K");
      isShown = false;
    },
  };
}

/** `[######--------------] 30%`. */
function bar(part: number): string {
  const width = 20;
  const done = Math.round(part * width);
  return `[${"#".repeat(done)}${"-".repeat(width - done)}] ${Math.floor(part * 100)}%`;
}
