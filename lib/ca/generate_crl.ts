/** `ca crl`: makes a CRL of everything that is revoked. */
import type { System } from "../system/mod.ts";
import { type KeySource, webCryptoKeys } from "../x509/key/signer.ts";
import { readCrl } from "../x509/read/crl.ts";
import { issueCrl, type RevokedCertificate } from "../x509/write/crl.ts";
import type { CaOptions, ChangeReport } from "./ca.ts";
import {
  currentSecond,
  loadAuthority,
  readLastCrl,
  readRoot,
  requireOwnSignature,
  requireUsableTime,
} from "./issue/authority.ts";
import { openStore } from "./store/open.ts";
import { lastTime } from "../x509/encoding/der_writer.ts";
import type { CertificateRecord, StoreChange, StoreReader } from "./store/store.ts";

/** For how long a CRL is made. */
export interface CrlOptions extends CaOptions {
  /** Hours from now to the CRL's nextUpdate. */
  readonly nextUpdate: number;
}

/** A CRL, published. */
interface PublishedCrl {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly number: bigint;
  /** How many certificates it lists. */
  readonly revoked: number;
}

/** What `ca crl` did. */
export interface CrlReport extends PublishedCrl, ChangeReport {
  /** Its file, in the data directory as the caller wrote it. */
  readonly path: string;
}

/** Makes a CRL of everything that is revoked now. */
export async function generateCrl(system: System, options: CrlOptions): Promise<CrlReport> {
  const { lockTimeout, nextUpdate: hours, keys = webCryptoKeys } = options;
  const store = await openStore(system, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: (change) => publish(change, { thisUpdate: currentSecond(system), hours, keys }),
  });
  return { ...value, path: store.nameOf("crl").written, recovery, warnings };
}

interface CrlTerms {
  readonly thisUpdate: Date;
  readonly hours: number;
  readonly keys: KeySource;
}

async function publish(store: StoreChange, terms: CrlTerms): Promise<PublishedCrl> {
  const { thisUpdate, hours, keys } = terms;
  const root = await readRoot(store);
  const authority = await loadAuthority({ store, keys }, root);
  const last = await readLastCrl(store, root);
  requireUsableTime(thisUpdate, { root, crl: last });
  const number = await store.takeCrlNumber(last?.number);
  const revoked = await everythingRevoked(store);
  const asked = new Date(thisUpdate.getTime() + hours * 3_600_000);
  const nextUpdate = asked > lastTime ? lastTime : asked;
  const der = await issueCrl({ number, thisUpdate, nextUpdate, revoked }, authority);
  await requireOwnSignature(readCrl(der), { root, store });
  await store.publishCrl(der);
  return { thisUpdate, nextUpdate, number, revoked: revoked.length };
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
