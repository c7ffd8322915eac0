/** All doors to the outside together. */
import { type Clock, denoClock } from "./clock.ts";
import { type Databases, denoDatabases } from "./database/mod.ts";
import {
  type AccessLists,
  denoAccessLists,
  denoFileSystem,
  denoVolumes,
  type FileSystem,
  type Volumes,
} from "./files/mod.ts";
import { denoNetwork, type Network } from "./network/mod.ts";
import { denoProcesses, type Processes } from "./process/mod.ts";
import { denoRandom, type Random } from "./random.ts";

/** All doors together: a command's access to the outside. */
export interface System {
  readonly files: FileSystem;
  readonly accessLists: AccessLists;
  readonly volumes: Volumes;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly network: Network;
  readonly databases: Databases;
  readonly random: Random;
}

/** The real doors. */
export const denoSystem: System = {
  files: denoFileSystem,
  accessLists: denoAccessLists,
  volumes: denoVolumes,
  clock: denoClock,
  processes: denoProcesses,
  network: denoNetwork,
  databases: denoDatabases,
  random: denoRandom,
};
