/** Moves a CA from one kind of store to another. */
export { derOf } from "./compare.ts";
export type { Filling, FillOptions, MovableKind, OldStore, RestOfStore } from "./kind.ts";
export { type Kinds, type MoveOptions, type MoveReport, moveStore } from "./move.ts";
export { type RemovedStore, type RemoveOldOptions, removeOldStores } from "./remove_old.ts";
