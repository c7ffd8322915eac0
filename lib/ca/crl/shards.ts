/** The CRLs of shards: each lists a part of what the CRL of the CA lists. */
import { attempt } from "../../system/mod.ts";
import {
  type Authority,
  bytesEqual,
  type Crl,
  type CrlFields,
  encodeDistributionPoint,
  extensionOid,
  formatSerial,
  issueCrl,
  readCrlFile,
} from "../../x509/mod.ts";
import { isIssuedBy, type NumberedCrl, type Root } from "../issue/mod.ts";
import {
  addressesOfShard,
  type CertificateRecord,
  type ShardCrl,
  shardsOf,
  type ShardTemplate,
  type StoreReader,
} from "../store/mod.ts";
import { toRevoked } from "./listing.ts";

/** What the CRLs of the shards are made from. */
interface ShardTerms {
  readonly templates: readonly ShardTemplate[];
  /** Those of the CRL of the CA. */
  readonly fields: Omit<CrlFields, "revoked" | "distributionPoint">;
  /** What that CRL lists. */
  readonly records: readonly CertificateRecord[];
  readonly authority: Authority;
}

/** Issues the CRL of every shard. They have the number and the times of the CRL of the CA. */
export async function issueShardCrls(
  store: StoreReader,
  { templates, fields, records, authority }: ShardTerms,
): Promise<readonly ShardCrl[]> {
  const count = shardsOf(templates);
  if (count === 0) return [];
  const shards = await shardsOfRevoked(store);
  const listed = Map.groupBy(records, ({ serial }) => shards.get(serial));
  const crls: ShardCrl[] = [];
  for (let shard = 1; shard <= count; shard++) {
    const distributionPoint = addressesOfShard(templates, shard);
    const revoked = (listed.get(shard) ?? []).map(toRevoked);
    crls.push({ shard, der: await issueCrl({ ...fields, revoked, distributionPoint }, authority) });
  }
  return crls;
}

/** The shards of the revoked certificates that have one, by serial number. */
async function shardsOfRevoked(store: StoreReader): Promise<ReadonlyMap<string, number>> {
  const shards = new Map<string, number>();
  for await (const page of store.describedPages({ status: "revoked" })) {
    for (const { record, details } of page) {
      if (details?.shard !== undefined) shards.set(record.serial, details.shard);
    }
  }
  return shards;
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
  const shards = await shardsOfRevoked(store);
  const serials = last.entries.map(({ serial }) => serial);
  const listed = Map.groupBy(serials, (serial) => shards.get(formatSerial(serial)));
  const wrong: WrongShard[] = [];
  for (let shard = 1; shard <= count; shard++) {
    const pem = await store.shardCrl(shard);
    const reason = await faultOf(pem, {
      root,
      last,
      distributionPoint: encodeDistributionPoint(addressesOfShard(templates, shard)),
      serials: new Set(listed.get(shard)),
    });
    if (reason !== undefined) wrong.push({ shard, reason });
  }
  return wrong;
}

interface ExpectedShard {
  readonly root: Root;
  readonly last: NumberedCrl;
  readonly distributionPoint: Uint8Array;
  readonly serials: ReadonlySet<bigint>;
}

async function faultOf(
  pem: Uint8Array | undefined,
  { root, last, distributionPoint, serials }: ExpectedShard,
): Promise<ShardFault | undefined> {
  if (pem === undefined) return "missing";
  const crl: Crl | undefined = attempt(() => readCrlFile(pem));
  if (crl === undefined) return "unreadable";
  if (!await isIssuedBy(root, crl)) return "foreign";
  if (crl.number !== last.number) return "number";
  const isForAddress = crl.distributionPoint !== undefined &&
    bytesEqual(crl.distributionPoint, distributionPoint) &&
    crl.criticalExtensions.every((oid) => oid === extensionOid.issuingDistributionPoint);
  if (!isForAddress) return "address";
  const isSame = crl.entries.length === serials.size &&
    crl.entries.every(({ serial }) => serials.has(serial));
  return isSame ? undefined : "entries";
}
