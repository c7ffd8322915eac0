/** The CRLs of shards, by the paths in the certificates that they are for. */
import { attempt } from "../../system/mod.ts";
import { isIssuedBy, type Root } from "../../ca/issue/mod.ts";
import { addressesOfShard, type CaStore, shardsOf } from "../../ca/store/mod.ts";
import { readCrlFile } from "../../x509/mod.ts";
import { type Resource, taggedBody } from "../web/mod.ts";

/**
 * Reads the CRLs of all shards. One that is missing, or not of this CA, is left out: `ca check` reports it.
 *
 * @param modified when they changed: with the CRL of the CA.
 * @throws BadShardsError, FileSystemError
 */
export async function servedShards(
  store: CaStore,
  { root, modified }: { readonly root: Root; readonly modified: Date },
): Promise<ReadonlyMap<string, Resource>> {
  const templates = await store.shardTemplates();
  const served = new Map<string, Resource>();
  for (let shard = 1; shard <= shardsOf(templates); shard++) {
    const pem = await store.shardCrl(shard);
    const crl = pem && attempt(() => readCrlFile(pem));
    if (crl === undefined || !await isIssuedBy(root, crl)) continue;
    const resource = {
      ...await taggedBody(crl.der, "application/pkix-crl"),
      modified,
      freshUntil: crl.nextUpdate,
    };
    for (const address of addressesOfShard(templates, shard)) {
      const path = URL.parse(address)?.pathname;
      if (path !== undefined) served.set(path, resource);
    }
  }
  return served;
}
