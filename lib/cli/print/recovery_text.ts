/** Prints what recovery did or would do, as text and as JSON. */
import type { RecoveryOutlook, RecoveryReport } from "../../transaction/mod.ts";
import { type Json, printNotes } from "./output.ts";
import { visible } from "../text.ts";
import type { World } from "../world.ts";

/** The lines about what recovery did. None if there was nothing to do. */
export function didRecover({ outcome, targets, removed, foreign }: RecoveryReport): string[] {
  switch (outcome) {
    case "clean":
      return [];
    case "cleaned":
      return ["Recovered: removed the rest of an unfinished change:", ...list(removed)];
    case "rolled-forward":
      return [
        "Recovered: finished an interrupted change. The new version is now in",
        ...list(targets),
      ];
    case "rolled-back":
      return [
        "Recovered: undid an interrupted change. The old version is back in",
        ...list(targets),
      ];
    case "dropped":
      return [
        "Recovered: discarded an interrupted change, because another program has changed",
        ...list(foreign),
      ];
  }
}

/** Prints what recovery did as soon as it is done, because the change after it may still fail. */
export function tellRecovery(world: World): (recovery: RecoveryReport) => void {
  return (recovery) => printNotes(world, didRecover(recovery));
}

/** The lines about what recovery would do. None if there is nothing to do. */
export function wouldRecover({ outcome, targets, leftovers }: RecoveryOutlook): string[] {
  switch (outcome) {
    case "clean":
      return [];
    case "cleaned":
      return ["Recovery would remove the rest of an unfinished change:", ...list(leftovers)];
    case "rolled-forward":
      return ["Recovery would finish an interrupted change of", ...list(targets)];
    case "rolled-back":
      return ["Recovery would undo an interrupted change of", ...list(targets)];
    case "dropped":
      return [
        "Recovery would discard an interrupted change, because another program has changed one of",
        ...list(targets),
      ];
    case "undecidable":
      return [
        "Recovery cannot decide. Choose --keep old or --keep new for",
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
