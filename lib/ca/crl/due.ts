/** Whether a new CRL is due. */
import { bytesEqual, type Crl } from "../../x509/mod.ts";
import { type NumberedCrl, readLastCrl, type Root } from "../issue/mod.ts";
import type { StoreReader } from "../store/mod.ts";
import { wrongShards } from "./shards.ts";
import { certificatesToList } from "./listing.ts";

/** What decides whether a CRL is due. */
export interface DueTerms {
  readonly root: Root;
  readonly now: Date;
  /** From one CRL to the next, in milliseconds. */
  readonly interval: number;
  /** After which part of its life a CRL is replaced; a half by default. */
  readonly renewAfter?: number | undefined;
  readonly keepExpired: boolean;
}

/**
 * Whether a new CRL is due: there is none, a revocation is not on it, enough of its life is over, or its copy
 * in DER is missing or another one. A clock before its thisUpdate makes it due, so that the attempt reports
 * the clock.
 *
 * @throws BadCaCrlError if the last CRL cannot be read or is not of this CA: it is not known what is due.
 * @throws the errors of `StoreReader.pages`.
 */
export async function isCrlDue(store: StoreReader, terms: DueTerms): Promise<boolean> {
  const { root, keepExpired } = terms;
  const last = await readLastCrl(store, root);
  if (last === undefined || isOld(last, terms)) return true;
  if (!await hasEqualCopy(store, last)) return true;
  if ((await wrongShards(store, { root, last })).length > 0) return true;
  const listed = last.entries.index();
  for await (const { serial } of certificatesToList(store, { last, keepExpired })) {
    if (!listed.has(serial)) return true;
  }
  return false;
}

/** Measured by the CRL's own life, or by a shorter one if CRLs are now to be replaced more often. */
function isOld(
  { thisUpdate, nextUpdate }: Crl,
  { now, interval, renewAfter = 1 / 2 }: DueTerms,
): boolean {
  if (nextUpdate === undefined) return true;
  const age = now.getTime() - thisUpdate.getTime();
  const life = Math.min(nextUpdate.getTime() - thisUpdate.getTime(), interval);
  return age < 0 || age > life * renewAfter;
}

/** Whether the copy of a CRL in DER exists and is equal. @throws FileSystemError */
async function hasEqualCopy(store: StoreReader, { der }: NumberedCrl): Promise<boolean> {
  const copy = await store.lastDerCrl();
  return copy !== undefined && bytesEqual(copy, der);
}
