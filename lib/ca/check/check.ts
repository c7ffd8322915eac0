import { ifPresent, readFile, statIfPresent, type System } from "../../system/mod.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import { type KeySource, webCryptoKeys } from "../../x509/key/signer.ts";
import { type CaLocation, findCa, outlookFor } from "../ca.ts";
import { counterLimit } from "../store/directory/counter.ts";
import type { CaPaths } from "../store/directory/data_directory.ts";
import { examine } from "./examine.ts";
import { type Finding, isProblem } from "./finding.ts";

/** Which CA is to be checked. */
export interface CheckOptions extends CaLocation {
  /** {@linkcode webCryptoKeys} where it is left out. */
  readonly keys?: KeySource;
  /** Is told how many of the certificates have been looked at. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What `ca check` found. */
export interface CheckReport {
  readonly findings: readonly Finding[];
  readonly outlook: RecoveryOutlook;
}

/** How often a directory is looked at that does not hold still, and the pause between two looks in milliseconds. */
const looks = 20;
const pause = 50;

/**
 * Checks every promise that a CA makes about its data directory. Writes nothing and takes no lock.
 *
 * Where something is wrong and another run was at work meanwhile, that may be the reason: it looks again.
 */
export async function check(system: System, options: CheckOptions): Promise<CheckReport> {
  const directory = await findCa(system, options);
  const { keys = webCryptoKeys, onProgress } = options;
  for (let look = 1;; look++) {
    const before = stamp(system, directory.paths);
    const findings = await examine(system, { directory, keys, onProgress });
    const isStill = stamp(system, directory.paths) === before;
    const isSound = !findings.some(isProblem);
    if (isSound || isStill || look === looks) {
      return { findings, outlook: await outlookFor(system, directory) };
    }
    await system.clock.sleep(pause);
  }
}

/** Changes whenever a run changes anything: every change moves a counter or replaces the index. */
function stamp({ files }: System, paths: CaPaths): string {
  const contents = [paths.serial, paths.crlNumber].map((path) =>
    ifPresent(() => readFile(files, path, counterLimit).content.toHex())
  );
  const inode = statIfPresent(files, paths.index)?.inode;
  return [...contents, inode].join();
}
