/** `certswap ca migrate`: moves a CA to another kind of store, and reports it. */
import {
  migrate,
  type MigrateReport,
  type MigrationStep,
  removeOldStores,
} from "../../../../ca/migrate/mod.ts";
import type { RemovedStore } from "../../../../ca/store/mod.ts";
import type { StoreKind } from "../../../choices.ts";
import type { CommonFlags, PassphraseFlags } from "../../../declaration/mod.ts";
import { UsageError } from "../../../errors.ts";
import {
  didRecover,
  type Outcome,
  type Progress,
  recoveryToJson,
  showProgress,
} from "../../../print/mod.ts";
import { rows, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { type CaFlags, signingCa } from "../ca_options.ts";

/** The flags of `certswap ca migrate`. */
export interface MigrateFlags extends CaFlags, PassphraseFlags, CommonFlags {
  readonly to?: StoreKind;
  readonly removeOld: boolean;
}

/** `certswap ca migrate`. */
export default async function migrateCommand(world: World, flags: MigrateFlags): Promise<Outcome> {
  const { to, removeOld } = flags;
  if (to === undefined && !removeOld) {
    throw new UsageError(
      ["--to is missing"],
      "Give the new kind of store: --to sqlite, --to postgres, or --to directory.",
    );
  }
  const options = await signingCa(world, flags);
  const moved = to === undefined ? undefined : await move(world, { ...options, to });
  const removed = removeOld ? await removeOldStores(world.system, options) : [];
  return {
    json: {
      ...(moved === undefined ? {} : {
        moved: moved.isMoved,
        from: moved.from,
        to: moved.to,
        certificates: moved.certificates,
        recovery: recoveryToJson(moved.recovery),
      }),
      removed: removed.map(({ name }) => name),
    },
    notes: moved === undefined ? [] : didRecover(moved.recovery),
    lines: [...movedText(moved, removed), ...removedText(removed, removeOld)],
    warnings: moved?.warnings ?? [],
  };
}

const labels: Readonly<Record<MigrationStep, string>> = {
  copied: "Copying",
  compared: "Comparing",
  checked: "Checking",
};

async function move(
  world: World,
  options: Awaited<ReturnType<typeof signingCa>> & { readonly to: StoreKind },
): Promise<MigrateReport> {
  let progress: Progress | undefined;
  let step: MigrationStep | undefined;
  try {
    return await migrate(world.system, {
      ...options,
      onProgress: (now, done, total) => {
        if (now !== step) progress?.clear();
        if (now !== step || progress === undefined) {
          progress = showProgress(world, { total, label: `${labels[now]} ${total} certificates` });
        }
        step = now;
        progress.update(done);
      },
    });
  } finally {
    progress?.clear();
  }
}

function movedText(
  moved: MigrateReport | undefined,
  removed: readonly RemovedStore[],
): readonly string[] {
  if (moved === undefined) return [];
  const { from, to, isMoved, certificates } = moved;
  if (!isMoved) return [`This CA already uses the store ${to}.`];
  const kept = removed.length > 0 ? [] : [["Kept", oldNames[from]] as const];
  return [
    "CA moved successfully.",
    ...rows([
      ["From", from],
      ["To", to],
      ["Certificates", String(certificates)],
      ...kept.map((
        [name, value],
      ): [string, string] => [name, `${value} (to remove: certswap ca migrate --remove-old)`]),
    ]),
  ];
}

/** What is kept of a store that is no longer in use. */
const oldNames: Readonly<Record<MigrateReport["from"], string>> = {
  directory: "index.json.moved, certs/ and the other files of the old store",
  sqlite: "ca.db",
  postgres: "the database on the server",
};

function removedText(removed: readonly RemovedStore[], removeOld: boolean): readonly string[] {
  if (!removeOld) return [];
  if (removed.length === 0) return ["There is no old store to remove."];
  // A directory is more than the index that it is named after.
  return removed.map(({ kind, name }) =>
    `Removed the old store: ${kind === "directory" ? oldNames.directory : visible(name)}`
  );
}
