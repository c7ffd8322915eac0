/** CRLs: what they list, when a new one is due, and how they are published. */
export { isCrlDue } from "./due.ts";
export { encodeNextEntries, hasLeft, type NextEntries } from "./listing.ts";
export { type CrlSight, lookAtCrl } from "./look.ts";
export { formatCrlMetrics, type MeasuredCrl } from "./metrics.ts";
export { issueShardCrls, type WrongShard, wrongShards } from "./shards.ts";
export { type Publication, publishCrl } from "./publish.ts";
