/** Where a pair lies, as the operator named it. */
export interface PairPaths {
  /** The leaf certificate with its chain. */
  readonly certificate: string;
  readonly key: string;
  /** One file with key and chain, for services that read one. */
  readonly combined?: string;
}
