/** The door to files, and helpers on top of it. */
export * from "./access_lists.ts";
export { denoFileSystem } from "./deno_file_system.ts";
export * from "./file_system.ts";
export * from "./files.ts";
export { directoryOf, join, nameOf } from "./path.ts";
export { requireTrustedPlaces, untrustedPlaces, type UsedPath } from "./place.ts";
export * from "./read.ts";
export {
  denoVolumes,
  type KnownRoom,
  type Mount,
  type Room,
  roomFormat,
  type Volumes,
  withKnownRoom,
} from "./volumes.ts";
export {
  readPrivateFile,
  readSecretFile,
  readSecretStream,
  requirePossibleSecret,
} from "./secret_file.ts";
export { standardInputPath, streamAt } from "./stream.ts";
