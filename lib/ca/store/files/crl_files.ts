/** Prepares the replacement of the two copies of the last CRL in a data directory. */
import type { FileSystem } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { encodePem } from "../../../x509/mod.ts";
import type { ShardCrl } from "../shards/mod.ts";
import { type DataDirectory, writtenFile } from "./data_directory.ts";
import { changedShardCrls } from "./shards.ts";

/**
 * The changed files: `ca.crl`, then its copy, then those of the shards.
 *
 * @param der the CRL.
 */
export async function crlFiles(
  files: FileSystem,
  directory: DataDirectory,
  der: Uint8Array,
  shards: readonly ShardCrl[] = [],
): Promise<readonly Entry[]> {
  const { crl, derCrl } = directory.paths;
  const pem = encodePem("X509 CRL", der);
  const first = await writtenFile(files, directory, { target: crl, content: pem });
  // Users who may read one copy may read the other.
  const { attributes } = first;
  const copy = { target: derCrl, content: der, attributes };
  return [
    first,
    await writtenFile(files, directory, copy),
    ...await changedShardCrls(files, directory, { crls: shards, attributes }),
  ];
}
