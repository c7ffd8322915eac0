/** The CRLs of shards: each lists a part of what the CRL of the CA lists. */
import { attempt } from "../../system/mod.ts";
import {
  type Authority,
  bytesEqual,
  type Crl,
  type CrlFields,
  type EncodedEntries,
  encodeDistributionPoint,
  extensionOid,
  issueCrl,
  readCrlFile,
} from "../../x509/mod.ts";
import { isIssuedBy, type NumberedCrl, type Root } from "../issue/mod.ts";
import {
  addressesOfShard,
  type ShardCrl,
  shardsOf,
  type ShardTemplate,
  type StoreReader,
} from "../store/mod.ts";

/** What the CRLs of the shards are made from. */
interface ShardTerms {
  readonly templates: readonly ShardTemplate[];
  /** Those of the CRL of the CA. */
  readonly fields: Omit<CrlFields, "revoked" | "distributionPoint">;
  /** The entries of each shard, in the order of their numbers. */
  readonly entries: readonly EncodedEntries[];
  readonly authority: Authority;
}

/** Issues the CRL of every shard. They have the number and the times of the CRL of the CA. */
export async function issueShardCrls(
  { templates, fields, entries, authority }: ShardTerms,
): Promise<readonly ShardCrl[]> {
  const crls: ShardCrl[] = [];
  for (const [index, revoked] of entries.entries()) {
    const shard = index + 1;
    const distributionPoint = addressesOfShard(templates, shard);
    crls.push({ shard, der: await issueCrl({ ...fields, revoked, distributionPoint }, authority) });
  }
  return crls;
}

/** What is wrong with the CRL of a shard. */
export type ShardFault = "missing" | "unreadable" | "foreign" | "number" | "address" | "entries";

/** A CRL of a shard that is not the one that belongs to the last CRL. */
export interface WrongShard {
  readonly shard: number;
  readonly reason: ShardFault;
}

/**
 * Compares the CRL of every shard with the CRL of the CA: its number, its addresses, and its entries. A shard
 * that certificates were given since that CRL has none yet.
 *
 * @throws BadShardsError, FileSystemError
 */
export async function wrongShards(
  store: StoreReader,
  { root, last }: { readonly root: Root; readonly last: NumberedCrl },
): Promise<readonly WrongShard[]> {
  const templates = await store.shardTemplates();
  const count = shardsOf(templates);
  if (count === 0) return [];
  const wrong = new Map<number, ShardFault>();
  const shards = new Map<number, ListedShard>();
  for (let shard = 1; shard <= count; shard++) {
    const pem = await store.shardCrl(shard);
    const crl = pem && attempt(() => readCrlFile(pem));
    const distributionPoint = encodeDistributionPoint(addressesOfShard(templates, shard));
    const fault = pem === undefined
      ? "missing"
      : await faultOf(crl, { root, last, distributionPoint });
    if (fault !== undefined) wrong.set(shard, fault);
    else if (crl !== undefined) shards.set(shard, new ListedShard(crl));
  }
  for (const shard of await wrongEntries(store, { last, shards })) wrong.set(shard, "entries");
  return [...wrong].toSorted(([a], [b]) => a - b).map(([shard, reason]) => ({ shard, reason }));
}

/** The CRL of a shard, and how many of its entries are known to be right. */
class ListedShard {
  readonly index: ReturnType<Crl["entries"]["index"]>;
  readonly length: number;
  /** How many certificates should be on it. */
  wanted = 0;
  isComplete = true;

  constructor({ entries }: Crl) {
    this.index = entries.index();
    this.length = entries.length;
  }
}

/** The shards whose CRLs do not have exactly what the CRL of the CA has of them. */
async function wrongEntries(
  store: StoreReader,
  { last, shards }: {
    readonly last: Crl;
    readonly shards: ReadonlyMap<number, ListedShard>;
  },
): Promise<readonly number[]> {
  const listed = last.entries.index();
  for await (const page of store.revocations({ withShards: true })) {
    for (const { serial, shard } of page) {
      const found = shard === undefined ? undefined : shards.get(shard);
      if (found === undefined || !listed.has(serial)) continue;
      found.wanted++;
      if (!found.index.has(serial)) found.isComplete = false;
    }
  }
  return [...shards].flatMap(([shard, { wanted, length, isComplete }]) =>
    isComplete && wanted === length ? [] : [shard]
  );
}

interface ExpectedShard {
  readonly root: Root;
  readonly last: NumberedCrl;
  readonly distributionPoint: Uint8Array;
}

async function faultOf(
  crl: Crl | undefined,
  { root, last, distributionPoint }: ExpectedShard,
): Promise<ShardFault | undefined> {
  if (crl === undefined) return "unreadable";
  if (!await isIssuedBy(root, crl)) return "foreign";
  if (crl.number !== last.number) return "number";
  const isForAddress = crl.distributionPoint !== undefined &&
    bytesEqual(crl.distributionPoint, distributionPoint) &&
    crl.criticalExtensions.every((oid) => oid === extensionOid.issuingDistributionPoint);
  return isForAddress ? undefined : "address";
}
