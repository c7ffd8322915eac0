/** CRLs of shards, which every kind of store has as files; and the addresses of a store in a directory. */
import { type Attributes, type FileSystem, join } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { encodePem } from "../../../x509/mod.ts";
import { BadShardsError } from "../../errors.ts";
import { isShard, type ShardCrl, shardPlaceholder, type ShardTemplate } from "../shards/mod.ts";
import { type DataDirectory, readIfPresent, shardCrlNames, writtenFile } from "./data_directory.ts";
import { madeDirectory } from "./new_directories.ts";

/** The size limit of `shards.json` in bytes. */
const templatesLimit = 1024 * 1024;

/** Reads `shards.json`. @throws BadShardsError, FileSystemError */
export async function readTemplates(
  files: FileSystem,
  { paths }: DataDirectory,
): Promise<readonly ShardTemplate[]> {
  const file = await readIfPresent(files, paths.shards, templatesLimit);
  return file === undefined ? [] : decodeTemplates(file.content, paths.shards);
}

/** The addresses of shards in JSON. @param place for errors. @throws BadShardsError */
export function decodeTemplates(json: Uint8Array, place: string): readonly ShardTemplate[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch {
    throw new BadShardsError(place);
  }
  if (!Array.isArray(value) || !value.every(isTemplate)) throw new BadShardsError(place);
  return value;
}

/** The JSON of the addresses of shards. */
export function encodeTemplates(templates: readonly ShardTemplate[]): Uint8Array {
  const fields = templates.map(({ address, shards }) => ({ address, shards }));
  return new TextEncoder().encode(`${JSON.stringify(fields, undefined, 2)}\n`);
}

function isTemplate(value: unknown): value is ShardTemplate {
  if (typeof value !== "object" || value === null) return false;
  const { address, shards } = value as Record<string, unknown>;
  return typeof address === "string" && address.includes(shardPlaceholder) && isShard(shards);
}

/** The changed file if the addresses of shards change. */
export async function changedTemplates(
  files: FileSystem,
  directory: DataDirectory,
  templates: readonly ShardTemplate[],
): Promise<Entry> {
  const content = encodeTemplates(templates);
  const target = directory.paths.shards;
  return await writtenFile(files, directory, { target, content, limit: templatesLimit });
}

/** The changed files for CRLs of shards. @param attributes of new ones: those of the main CRL. */
export async function changedShardCrls(
  files: FileSystem,
  directory: DataDirectory,
  { crls, attributes }: { readonly crls: readonly ShardCrl[]; readonly attributes: Attributes },
): Promise<readonly Entry[]> {
  if (crls.length === 0) return [];
  const { paths } = directory;
  const entries: Entry[] = [...madeDirectory(files, paths.shardCrls)];
  for (const { shard, der } of crls) {
    const contents = { pem: encodePem("X509 CRL", der), der } as const;
    const names = shardCrlNames(shard);
    for (const form of ["pem", "der"] as const) {
      const target = join(paths.directory, names[form]);
      const content = contents[form];
      entries.push(await writtenFile(files, directory, { target, content, attributes }));
    }
  }
  return entries;
}
