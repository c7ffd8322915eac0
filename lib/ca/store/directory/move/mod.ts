/** A directory as the source or the target of a move. */
export { movableDirectory } from "./move.ts";
