import {
  type AccessLists,
  ProcessStartError,
  type Random,
  type System,
} from "../../../lib/system/mod.ts";
import type { SimulatedFileSystem } from "./simulated_file_system.ts";
import { noDatabases } from "./no_databases.ts";
import { simulatedNetwork } from "./simulated_network.ts";
import { unknownVolumes } from "./unknown_volumes.ts";

/** When everything on the simulated disk happens, unless a test says otherwise. */
export const simulatedNow = new Date("2030-06-01T12:00:00Z");

/** Access control lists on a simulated disk. */
export function simulatedAccessLists(files: SimulatedFileSystem): AccessLists {
  return {
    areAvailable: () => true,
    read: (paths) => Promise.try(() => paths.map((path) => files.accessList(path))),
    prepare: (path) => ({
      set: (list) => Promise.try(() => files.setAccessList(path, list)),
      cancel: () => Promise.resolve(),
    }),
    groupCanRead: () => Promise.resolve(undefined),
  };
}

/**
 * Bytes that are the same in every run, and never repeat within one: a command that is run again on the same
 * disk draws the numbers of the first run again.
 */
export function simulatedRandom(): Random {
  let count = 0;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length).fill(0xc5);
      new DataView(bytes.buffer).setUint32(length - 4, ++count);
      return bytes;
    },
  };
}

/** A world with this disk, a stopped clock, no signals, no programs and no network. */
export function simulatedSystem(files: SimulatedFileSystem, now = simulatedNow): System {
  return {
    files,
    accessLists: simulatedAccessLists(files),
    volumes: unknownVolumes,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    processes: {
      userId: () => 0,
      processId: () => 4711,
      hostName: () => "host.example",
      groupId: () => 0,
      onServiceSignals: () => () => {},
      onTermination: () => () => {},
      deliverSignals: () => Promise.resolve(),
      run: ({ command: [program] }) => Promise.reject(new ProcessStartError(program, "ENOENT")),
    },
    network: simulatedNetwork(),
    databases: noDatabases,
    random: simulatedRandom(),
  };
}
