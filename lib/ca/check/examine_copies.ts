/** Compares the two copies of the last CRL, and what was published. */
import { attempt } from "../../system/mod.ts";
import { type Bytes, bytesEqual, encodePem, readCrl } from "../../x509/mod.ts";
import { wrongShards } from "../crl/mod.ts";
import { isIssuedBy, type NumberedCrl, type Root } from "../issue/mod.ts";
import type { Finding, StoreReader } from "../store/mod.ts";

/** The root, and the last CRL as `ca.crl` has it; `undefined`: there is none. */
interface CopiesMaterial {
  readonly root: Root;
  readonly crl: NumberedCrl | undefined;
  /** Whether there is a publish hook. */
  readonly isPublished: boolean;
}

/**
 * Compares `ca.crl.der` with `ca.crl`. An older version of certswap writes only `ca.crl`. If both are of this
 * CA, the one with the higher number is right.
 *
 * @throws FileSystemError
 */
export async function examineCopies(
  store: StoreReader,
  { root, crl, isPublished }: CopiesMaterial,
): Promise<readonly Finding[]> {
  const published = isPublished ? await store.publishedCrl() : undefined;
  const isOwed = published !== undefined && crl !== undefined && published !== crl.number;
  return [
    ...await differences(store, { root, crl }),
    ...(isOwed ? [{ code: "crl-unpublished", number: crl.number } as const] : []),
  ];
}

/**
 * Compares the CRL of every shard with the last CRL. A shard without a CRL is new: the next CRL makes it.
 *
 * @throws BadShardsError, FileSystemError
 */
export async function examineShards(
  store: StoreReader,
  { root, crl }: Pick<CopiesMaterial, "root" | "crl">,
): Promise<readonly Finding[]> {
  if (crl === undefined) return [];
  const wrong = await wrongShards(store, { root, last: crl });
  return wrong.map(({ shard, reason }): Finding => ({
    code: "shard-crl",
    name: store.nameOf({ shardCrl: shard }).inStore,
    reason,
  }));
}

async function differences(
  store: StoreReader,
  { root, crl }: Omit<CopiesMaterial, "isPublished">,
): Promise<readonly Finding[]> {
  const copy = await store.lastDerCrl();
  // A CA that an older version created has none.
  if (copy === undefined || (crl !== undefined && bytesEqual(copy, crl.der))) return [];
  const [name, derName] = [store.nameOf("crl").inStore, store.nameOf("derCrl").inStore];
  // Without `ca.crl`, an operator may have moved it away, so that it is not restored.
  if (crl === undefined) {
    return [{ code: "crl-copy", name: derName, other: name, content: undefined }];
  }
  const number = await ownNumberOf(root, Uint8Array.from(copy));
  if (number === undefined || number <= crl.number) {
    return [{ code: "crl-copy", name: derName, other: name, content: crl.der }];
  }
  const content = encodePem("X509 CRL", copy);
  return [{ code: "crl-copy", name, other: derName, content }];
}

/** The number of a CRL, if it is one of this CA. */
async function ownNumberOf(root: Root, der: Bytes): Promise<bigint | undefined> {
  const crl = attempt(() => readCrl(der));
  return crl !== undefined && await isIssuedBy(root, crl) ? crl.number : undefined;
}
