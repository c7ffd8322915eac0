/** Checks that the settings of both CAs of a rollover fit together. */
import type { System } from "../../system/mod.ts";
import { type CaSettings, type PostgresSettings, readSettings } from "../settings/mod.ts";
import { storeNameOf } from "../store/mod.ts";
import { RolloverSettingsError } from "./errors.ts";

/** The data directories of both CAs. */
export interface Directories {
  readonly dataDirectory: string;
  readonly next: string;
}

/**
 * Checks that both CAs have addresses, and a database, of their own.
 *
 * @throws RolloverSettingsError, and the errors of reading `ca.toml`.
 */
export async function requireApart(
  system: System,
  { dataDirectory, next, willUsePostgres = false }: Directories & {
    /** The next CA does not exist yet, and is to be kept in PostgreSQL. */
    readonly willUsePostgres?: boolean;
  },
): Promise<void> {
  const [own, others] = await readBoth(system, { dataDirectory, next });
  const kinds = ["crl", "ocsp", "issuer"] as const;
  const values = kinds.flatMap((kind) => {
    const used = new Set(own.addresses[kind]);
    return others.addresses[kind].filter((address) => used.has(address));
  });
  if (values.length > 0) {
    throw new RolloverSettingsError({ dataDirectory, next, reason: "same-address", values });
  }
  const isShared = await storeNameOf(system, { dataDirectory }) === "postgres" &&
    (willUsePostgres || await storeNameOf(system, { dataDirectory: next }) === "postgres");
  const [a, b] = [own.postgres, others.postgres];
  if (isShared && a !== undefined && b !== undefined && placeOf(a) === placeOf(b)) {
    const values = [placeOf(b)];
    throw new RolloverSettingsError({ dataDirectory, next, reason: "same-database", values });
  }
}

function placeOf({ host, port, database, schema }: PostgresSettings): string {
  return `database ${database}, schema ${schema} on ${host}:${port}`;
}

/**
 * Checks that the next CA has every profile and every manufacturer of this one: scripts and devices rely on
 * them.
 *
 * @throws RolloverSettingsError
 */
export async function requireProfiles(system: System, directories: Directories): Promise<void> {
  const [own, others] = await readBoth(system, directories);
  const values = [...own.profiles.values()].filter(({ name, ca }) => {
    const other = others.profiles.get(name);
    return other === undefined || (other.ca === undefined) !== (ca === undefined);
  }).map(({ name }) => name);
  const makers = own.manufacturers.map(({ name }) => name)
    .filter((name) => !others.manufacturers.some((one) => one.name === name));
  values.push(...makers.map((name) => `manufacturer ${name}`));
  if (values.length === 0) return;
  throw new RolloverSettingsError({ ...directories, reason: "profiles", values });
}

async function readBoth(
  system: System,
  { dataDirectory, next }: Directories,
): Promise<readonly [CaSettings, CaSettings]> {
  return [
    await readSettings(system, { dataDirectory }),
    await readSettings(system, { dataDirectory: next }),
  ];
}
