/** Shards of a CRL: their numbers, their addresses, their CRLs. */
export {
  addressesOfShard,
  isShard,
  type ShardCrl,
  shardLimit,
  shardPlaceholder,
  shardsOf,
  type ShardTemplate,
  withTemplates,
} from "./templates.ts";
