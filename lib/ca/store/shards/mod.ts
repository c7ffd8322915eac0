/** Shards of a CRL: their numbers, their addresses, their CRLs. */
export {
  addressesOfShard,
  currentTemplates,
  isShard,
  type ShardCrl,
  shardLimit,
  shardOf,
  shardPlaceholder,
  shardsOf,
  type ShardTemplate,
  withTemplates,
} from "./templates.ts";
