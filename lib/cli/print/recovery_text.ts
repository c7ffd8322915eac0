/** What recovery did, or would do, in words and as JSON. */
import type { RecoveryOutlook, RecoveryReport } from "../../transaction/mod.ts";
import { type Json, printNotes } from "./output.ts";
import { visible } from "../text.ts";
import type { World } from "../world.ts";

/** The lines that say what recovery did. None where there was nothing to do. */
export function didRecover({ outcome, targets, removed, foreign }: RecoveryReport): string[] {
  switch (outcome) {
    case "clean":
      return [];
    case "cleaned":
      return ["Recovered: what was left of an unfinished change is gone.", ...list(removed)];
    case "rolled-forward":
      return [
        "Recovered: an interrupted change was finished. The new state stands in",
        ...list(targets),
      ];
    case "rolled-back":
      return [
        "Recovered: an interrupted change was undone. The old state stands in",
        ...list(targets),
      ];
    case "dropped":
      return [
        "Recovered: an interrupted change was given up, for something else has changed",
        ...list(foreign),
      ];
  }
}

/** Tells a person what recovery did before a change, as soon as it is done: the change may fail yet. */
export function tellRecovery(world: World): (recovery: RecoveryReport) => void {
  return (recovery) => printNotes(world, didRecover(recovery));
}

/** The lines that say what recovery would do. None where there is nothing to do. */
export function wouldRecover({ outcome, targets, leftovers }: RecoveryOutlook): string[] {
  switch (outcome) {
    case "clean":
      return [];
    case "cleaned":
      return ["Recovery would remove what is left of an unfinished change:", ...list(leftovers)];
    case "rolled-forward":
      return ["Recovery would finish an interrupted change of", ...list(targets)];
    case "rolled-back":
      return ["Recovery would undo an interrupted change of", ...list(targets)];
    case "dropped":
      return [
        "Recovery would give up an interrupted change, for something else has changed one of",
        ...list(targets),
      ];
    case "undecidable":
      return [
        "Recovery cannot decide, and needs a person (--keep old, or --keep new), about",
        ...list(targets),
      ];
  }
}

/** {@linkcode RecoveryReport} for `--json`. */
export function recoveryToJson({ outcome, targets, removed, foreign }: RecoveryReport): Json {
  return { outcome, targets, removed, foreign };
}

/** {@linkcode RecoveryOutlook} for `--json`. */
export function outlookToJson({ outcome, targets, leftovers }: RecoveryOutlook): Json {
  return { outcome, targets, leftovers };
}

function list(paths: readonly string[]): string[] {
  return paths.map((path) => `  ${visible(path)}`);
}
