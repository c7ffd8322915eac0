/** `ca crl`: issues a CRL of all revoked certificates. */
import { minute, type System } from "../system/mod.ts";
import {
  issueCrl,
  type KeySource,
  lastTime,
  readCrl,
  type RevokedCertificate,
  webCryptoKeys,
} from "../x509/mod.ts";
import type { CaOptions, ChangeReport } from "./ca.ts";
import {
  backdated,
  currentSecond,
  loadAuthority,
  type NumberedCrl,
  readHierarchy,
  readLastCrl,
  readRoot,
  requireOwnSignature,
  requireUsableTime,
  warnOfEnd,
} from "./issue/mod.ts";
import {
  type CertificateRecord,
  openStore,
  type StoreChange,
  type StoreReader,
} from "./store/mod.ts";

/** Options of `ca crl`. */
export interface CrlOptions extends CaOptions {
  /** Hours from now to the CRL's nextUpdate. */
  readonly nextUpdate: number;
}

/** A published CRL. */
interface PublishedCrl {
  /** Warnings that did not prevent it. */
  readonly noticed: readonly unknown[];
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly number: bigint;
  /** How many certificates it lists. */
  readonly revoked: number;
}

/** Report of `ca crl`. */
export interface CrlReport extends Omit<PublishedCrl, "noticed">, ChangeReport {
  /** Path of the CRL, based on the data directory as given by the caller. */
  readonly path: string;
}

/**
 * Issues and publishes a CRL of all revoked certificates.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../system/mod.ts";
 * import { generateCrl, init } from "./mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${root}/ca`, lockTimeout: 1000 };
 * const day = 24 * 3600 * 1000;
 * const keyType = "ecdsa-p256";
 * await init(denoSystem, { ...ca, subject: "CN=Root", keyType, validity: 3650 * day, built: undefined });
 * const { number, revoked } = await generateCrl(denoSystem, { ...ca, nextUpdate: 24 });
 * assert.deepEqual({ number, revoked }, { number: 1n, revoked: 0 });
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function generateCrl(system: System, options: CrlOptions): Promise<CrlReport> {
  const { lockTimeout, nextUpdate: hours, keys = webCryptoKeys } = options;
  const store = await openStore(system, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: (change) => publish(change, { now: currentSecond(system), hours, keys }),
  });
  const { noticed, ...published } = value;
  const path = store.nameOf("crl").written;
  return { ...published, path, recovery, warnings: [...noticed, ...warnings] };
}

interface CrlTerms {
  readonly now: Date;
  readonly hours: number;
  readonly keys: KeySource;
}

async function publish(store: StoreChange, terms: CrlTerms): Promise<PublishedCrl> {
  const { now, hours, keys } = terms;
  const root = await readRoot(store);
  const authority = await loadAuthority({ store, keys }, root);
  const last = await readLastCrl(store, root);
  requireUsableTime(now, { root, crl: last });
  const thisUpdate = thisUpdateAfter(last, now);
  const number = await store.takeCrlNumber(last?.number);
  const revoked = await everythingRevoked(store);
  const asked = new Date(now.getTime() + hours * 3_600_000);
  const nextUpdate = asked > lastTime ? lastTime : asked;
  const der = await issueCrl({ number, thisUpdate, nextUpdate, revoked }, authority);
  await requireOwnSignature(readCrl(der), { root, store });
  await store.publishCrl(der);
  const ends = warnOfEnd(await readHierarchy(store, root), now);
  const noticed = ends === undefined ? [] : [ends];
  return { thisUpdate, nextUpdate, number, revoked: revoked.length, noticed };
}

/** The thisUpdate of the next CRL: backdated, but never before that of the last one. */
function thisUpdateAfter(last: NumberedCrl | undefined, now: Date): Date {
  return backdated(now, minute, last?.thisUpdate);
}

async function everythingRevoked(store: StoreReader): Promise<RevokedCertificate[]> {
  const revoked: RevokedCertificate[] = [];
  for await (const page of store.pages({ status: "revoked" })) {
    for (const record of page) {
      const entry = toRevoked(record);
      if (entry !== undefined) revoked.push(entry);
    }
  }
  return revoked;
}

function toRevoked(record: CertificateRecord): RevokedCertificate | undefined {
  const { serial, revokedAt, revocationReason: reason } = record;
  if (reason === "") return undefined;
  return { serial: BigInt(`0x${serial}`), revokedAt: new Date(revokedAt), reason };
}
