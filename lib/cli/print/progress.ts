/** A bar on standard error for work that takes long, where a person is watching. */
import type { World } from "../world.ts";

/** What is shown, and how far the work can go. */
export interface ProgressOptions {
  readonly total: number;
  readonly label: string;
}

/** A bar that can be moved on, and taken away. */
export interface Progress {
  /** @param done of the total. */
  update(done: number): void;
  /** Leaves the line as it was before. */
  clear(): void;
}

/** Milliseconds before anything is shown, and between two changes of it: what is quicker needs no bar. */
const delay = 500;
const interval = 100;

/** Begins to watch some work. Without a terminal, or for quick work, nothing is ever shown. */
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

/** `[######--------------] 30 %`. */
function bar(part: number): string {
  const width = 20;
  const done = Math.round(part * width);
  return `[${"#".repeat(done)}${"-".repeat(width - done)}] ${Math.floor(part * 100)} %`;
}
