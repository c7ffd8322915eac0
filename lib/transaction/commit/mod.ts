/** Commits a transaction: stage, back up, commit, apply, finish. Recovery uses its parts. */
export { makeNew, makeOld } from "./apply.ts";
export { commit, type CommitReport } from "./commit.ts";
export { contentAt, missing, otherKind } from "./content.ts";
export { createDurably } from "./stage.ts";
export { StagedAhead } from "./stage_ahead.ts";
export { Directories } from "./directories.ts";
