/** The shards of a CA's CRL: smaller CRLs, each for a part of its certificates. */

/** The most shards of a CA. */
export const shardLimit = 1024;

/** The part of an address that the number of the shard replaces. */
export const shardPlaceholder = "{shard}";

/**
 * Addresses of shards that were written into certificates. What was once written stays: the certificates keep
 * their shard, and its CRL must name its address.
 */
export interface ShardTemplate {
  /** A URI with {@linkcode shardPlaceholder}. */
  readonly address: string;
  /** The shards are numbered from 1 to this. */
  readonly shards: number;
}

/** The CRL of a shard. */
export interface ShardCrl {
  /** From 1. */
  readonly shard: number;
  /** DER CertificateList. */
  readonly der: Uint8Array;
}

/** Whether a value is the number of a shard. */
export function isShard(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= shardLimit;
}

/** The addresses of shards that the settings of a CA give to new certificates; empty without shards. */
export function currentTemplates(
  { addresses, crl: { shards } }: {
    readonly addresses: { readonly crl: readonly string[] };
    readonly crl: { readonly shards: number };
  },
): readonly ShardTemplate[] {
  return shards === 1 ? [] : addresses.crl.map((address) => ({ address, shards }));
}

/** The shard of a new certificate. It is written into the certificate, and stays. @returns from 1. */
export function shardOf(serial: bigint, shards: number): number {
  return Number(serial % BigInt(shards)) + 1;
}

/** How many shards a CA has CRLs for: as many as ever. 0: none. */
export function shardsOf(templates: readonly ShardTemplate[]): number {
  return templates.reduce((most, { shards }) => Math.max(most, shards), 0);
}

/** The addresses of one shard. */
export function addressesOfShard(
  templates: readonly ShardTemplate[],
  shard: number,
): readonly string[] {
  return templates.filter(({ shards }) => shard <= shards).map(({ address }) =>
    address.replaceAll(shardPlaceholder, String(shard))
  );
}

/**
 * Templates with the current ones added.
 *
 * @returns `undefined` if nothing is new.
 */
export function withTemplates(
  known: readonly ShardTemplate[],
  current: readonly ShardTemplate[],
): readonly ShardTemplate[] | undefined {
  const all = new Map(known.map((template) => [template.address, template]));
  for (const template of current) {
    const { shards = 0 } = all.get(template.address) ?? {};
    if (template.shards > shards) all.set(template.address, template);
  }
  const merged = [...all.values()];
  const isSame = merged.length === known.length &&
    merged.every((template, index) => template.shards === known[index]?.shards);
  return isSame ? undefined : merged;
}
