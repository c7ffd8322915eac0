import { join, type System } from "../system/mod.ts";
import { type Entry, takeSnapshot } from "../transaction/mod.ts";
import { crlFileLimit, readCrl } from "../x509/read/crl.ts";
import { issueCrl, type RevokedCertificate } from "../x509/write/crl.ts";
import { writePem } from "../x509/encoding/pem.ts";
import {
  currentSecond,
  loadAuthority,
  readLastCrl,
  readRoot,
  requireOwnSignature,
  requireUsableTime,
} from "./issue/authority.ts";
import { type CaOptions, type ChangeReport, type LockedCa, ownAttributes, withCa } from "./ca.ts";
import { advance, readCounter } from "./store/directory/counter.ts";
import { CounterBehindError } from "./errors.ts";
import type { IndexEntry } from "./store/directory/index_file.ts";
import { readIndexOf } from "./store/directory/issued.ts";
import { formatSerial } from "../x509/serial.ts";

/** For how long a CRL is made. */
export interface CrlOptions extends CaOptions {
  /** Hours from now to the CRL's nextUpdate. */
  readonly nextUpdate: number;
}

/** What `ca crl` did. */
export interface CrlReport extends ChangeReport {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly number: bigint;
  /** How many certificates it lists. */
  readonly revoked: number;
  /** Its file, in the data directory as the caller wrote it. */
  readonly path: string;
}

/** Makes a CRL of everything that is revoked now. */
export async function generateCrl(system: System, options: CrlOptions): Promise<CrlReport> {
  return await withCa(system, { ...options, work: (ca) => generateInSession(ca, options) });
}

async function generateInSession(ca: LockedCa, options: CrlOptions): Promise<CrlReport> {
  const { system: { files }, paths, written } = ca;
  const root = readRoot(files, paths);
  const authority = await loadAuthority(ca, root);
  const thisUpdate = currentSecond(ca.system);
  const last = await readLastCrl(files, { paths, root });
  requireUsableTime(thisUpdate, { root, crl: last });
  const counter = await readCounter(files, { path: paths.crlNumber, dataDirectory: written });
  if (last !== undefined && last.number >= counter.value) {
    const [value, used] = [counter.value, last.number].map(formatSerial) as [string, string];
    throw new CounterBehindError(counter.path, { value, used, usedIn: "ca.crl" });
  }
  const { entries } = await readIndexOf(ca);
  const revoked = entries.flatMap(toRevoked);
  const nextUpdate = new Date(thisUpdate.getTime() + options.nextUpdate * 3_600_000);
  const number = counter.value;
  const der = await issueCrl({ number, thisUpdate, nextUpdate, revoked }, authority);
  await requireOwnSignature(readCrl(der), { root, paths });
  const content = new TextEncoder().encode(writePem("X509 CRL", der));
  // The list before its number: an old list does more harm than an old number.
  const { warnings } = await ca.session.commit([await crlEntry(ca, content), advance(counter, 1)]);
  return {
    thisUpdate,
    nextUpdate,
    number,
    revoked: revoked.length,
    path: join(written, "ca.crl"),
    recovery: ca.recovery,
    warnings,
  };
}

function toRevoked(entry: IndexEntry): RevokedCertificate[] {
  if (entry.status !== "revoked" || entry.revocation_reason === "") return [];
  return [{
    serial: BigInt(`0x${entry.serial}`),
    revokedAt: new Date(entry.revoked_at),
    reason: entry.revocation_reason,
  }];
}

async function crlEntry({ system, paths }: LockedCa, content: Uint8Array): Promise<Entry> {
  const old = await takeSnapshot(system.files, paths.crl, crlFileLimit);
  const target = paths.crl;
  if (old === undefined) {
    return { kind: "create", target, content, attributes: ownAttributes(system, paths, 0o644) };
  }
  return { kind: "replace", target, content, attributes: old.snapshot, old: old.snapshot };
}
