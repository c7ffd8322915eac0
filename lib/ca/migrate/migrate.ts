/** `ca migrate`: moves a CA to another kind of store. */
import type { System } from "../../system/mod.ts";
import { webCryptoKeys } from "../../x509/mod.ts";
import type { CaOptions, ChangeReport } from "../ca.ts";
import { examine } from "../check/mod.ts";
import { MoveUnsoundError, RandomSerialsError } from "../errors.ts";
import { askEarlyIfPossible } from "../key/mod.ts";
import { type CaSettings, readSettings } from "../settings/mod.ts";
import {
  isProblem,
  moveTo,
  openStore,
  type RemovedStore,
  removeOld,
  type StoreName,
} from "../store/mod.ts";

/** Options of `ca migrate`. */
export interface MigrateOptions extends CaOptions {
  readonly to: StoreName;
  /** Called with the number of certificates for which a step is done, and how many there are. */
  readonly onProgress?: (step: MigrationStep, done: number, total: number) => void;
}

/** The steps of a move, in this order. */
export type MigrationStep = "copied" | "compared" | "checked";

/** Report of `ca migrate`. */
export interface MigrateReport extends ChangeReport {
  readonly from: StoreName;
  readonly to: StoreName;
  /** `false`: the CA has this kind of store already. */
  readonly isMoved: boolean;
  readonly certificates: number;
}

/**
 * Moves a CA to another kind of store, and checks the new one before it is used. The old store is kept, and
 * marked as moved. With random serial numbers, `ca.toml` says so after the move.
 *
 * @throws MoveUnsoundError, RandomSerialsError, and the errors of `moveTo`.
 */
export async function migrate(system: System, options: MigrateOptions): Promise<MigrateReport> {
  const { dataDirectory, to, lockTimeout, keys = webCryptoKeys, onProgress } = options;
  const settings = await readSettings(system, options);
  const { parseSettings } = await import("../settings/parse_settings.ts");
  const passphrase = await askEarlyIfPossible(await openStore(system, options), options);
  return await moveTo(system, {
    dataDirectory,
    to,
    lockTimeout,
    newSettings: (old) => settingsAfter(settings, { to, old, parse: parseSettings }),
    verify: async (copy) => {
      const findings = await examine(copy, {
        now: system.clock.now(),
        keys,
        passphrase,
        settings: () => Promise.resolve(settings),
        onProgress: (done, total) => onProgress?.("checked", done, total),
      });
      // Modes of files are the same before and after, and can be repaired at any time.
      const problems = findings.filter((finding) =>
        isProblem(finding) && finding.code !== "open-mode" && finding.code !== "root-expired"
      );
      if (problems.length > 0) throw new MoveUnsoundError(problems.length);
    },
    onProgress,
  });
}

/** Removes the stores that earlier moves have kept. @returns which. */
export async function removeOldStores(
  system: System,
  { dataDirectory, lockTimeout }: CaOptions,
): Promise<readonly RemovedStore[]> {
  return await removeOld(system, { dataDirectory, lockTimeout });
}

type Parse = typeof import("../settings/parse_settings.ts").parseSettings;

/**
 * `ca.toml` after a move; `undefined`: it stays as it is. In a directory, numbers are the next ones of a
 * counter unless `ca.toml` says otherwise, and the counter is not above random ones.
 *
 * @throws RandomSerialsError if it cannot be said with one more line.
 */
function settingsAfter(
  { serial, file }: CaSettings,
  { to, old = new Uint8Array(), parse }: {
    readonly to: StoreName;
    readonly old: Uint8Array | undefined;
    readonly parse: Parse;
  },
): Uint8Array | undefined {
  if (to !== "directory" || serial === "sequential") return undefined;
  const isSaid = (content: Uint8Array): boolean => {
    const parsed = parse(file ?? "ca.toml", content, "sequential");
    return parsed.problems.length === 0 && parsed.settings.serial === "random";
  };
  if (isSaid(old)) return undefined;
  // Before the first table, where a key of the file itself has to be.
  const line = new TextEncoder().encode('serial = "random"\n');
  const content = new Uint8Array(line.length + old.length);
  content.set(line);
  content.set(old, line.length);
  if (!isSaid(content)) throw new RandomSerialsError(file ?? "ca.toml");
  return content;
}
