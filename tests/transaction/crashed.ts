import { recover, type Site } from "../../lib/transaction/mod.ts";
import { bytesOf } from "../simulation/model/contents.ts";
import { type Disk, plant, type Planted, visibleFiles } from "../simulation/model/disk.ts";
import { type Observer, SimulatedFileSystem } from "../simulation/model/simulated_file_system.ts";
import { simulatedSystem } from "../simulation/model/simulated_system.ts";
import { siteOf } from "../simulation/scenarios/transaction_scenarios.ts";

/*
 * Disks as a crash may have left them, written by hand: what recovery is held against must not come from
 * the code that it belongs to.
 */

/** The site of these tests: three files beside `/d/.certswap/`, in which everything is named `a`. */
export const site: Site = siteOf(["/d/a", "/d/b", "/d/c"], ["/d"]);
export const journalPath = "/d/.certswap/a.journal";

/** SHA-256 of a text, in hexadecimal. */
export async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/** A journal file with any content and the right checksum. */
export async function sealed(journal: unknown): Promise<string> {
  const text = typeof journal === "string" ? journal : JSON.stringify(journal, null, 2) + "\n";
  return `${text}sha256 ${await hashOf(text)}\n`;
}

/** The journal of a transaction that replaces files: `old-X` by `new-X` at each path that ends in `X`. */
export async function replacing(...targets: readonly string[]): Promise<string> {
  const entries = await Promise.all(targets.map(async (target) => ({
    kind: "replace",
    target,
    old: await hashOf(`old-${target.at(-1)}`),
    new: await hashOf(`new-${target.at(-1)}`),
  })));
  return await sealed({ format: "certswap journal", version: 1, entries });
}

/** A disk with a state directory, its lock, and these files. */
export function crashedDisk(files: Readonly<Record<string, Planted | string>>): Disk {
  const own = { attributes: { mode: 0o700 } };
  return plant({
    "/d/.certswap/": own,
    "/d/.certswap/a.lock": { attributes: { mode: 0o600 } },
    ...files,
  });
}

/** A disk and what was done to it. */
export interface Machine {
  readonly files: SimulatedFileSystem;
  readonly system: ReturnType<typeof simulatedSystem>;
}

/** A machine with this disk. */
export function machineWith(disk: Disk, observer: Observer = {}): Machine {
  const files = new SimulatedFileSystem(disk, observer);
  return { files, system: simulatedSystem(files) };
}

/** Recovers, without waiting for a lock. */
export function recoverOn(
  { system }: Machine,
  keep?: "old" | "new",
): ReturnType<typeof recover> {
  return recover(system, site, { lockTimeout: 0, keep });
}

/** What the files on a disk hold, by path; directories and links by what they are. */
export function textsOn(disk: Disk): Record<string, string> {
  const decoder = new TextDecoder();
  return Object.fromEntries(
    [...visibleFiles(disk)].map(([path, seen]) => [
      path,
      typeof seen === "string" ? seen : decoder.decode(bytesOf(seen.content)),
    ]),
  );
}
