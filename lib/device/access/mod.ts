/** Keeps who may read the files of a pair: access control lists and modes. */
export { keepRights, type KeptRights, lookAtRights, type Rights } from "./rights.ts";
