/** What a server keeps of its CA, so that it can answer without the disk. */
import { formatTime, type System } from "../../system/mod.ts";
import {
  type Hierarchy,
  type NumberedCrl,
  readCertificates,
  readHierarchy,
  readLastCrl,
  readRoot,
} from "../../ca/issue/mod.ts";
import type { CaStore } from "../../ca/store/mod.ts";
import { readRollover, type RolloverRecord } from "../../ca/succession/mod.ts";
import { type Certificate, encodePem } from "../../x509/mod.ts";
import { type Resource, taggedBody } from "../web/mod.ts";
import { readSuccessor, type SuccessorView } from "./issuing.ts";
import { servedShards } from "./shards.ts";

/** What is served of a CRL. */
export interface ServedCrl {
  readonly crl: NumberedCrl;
  readonly der: Resource;
  readonly pem: Resource;
}

/** The CA as it was read last. */
export interface CaView {
  /** See `StoreReader.generation`. */
  readonly generation: string;
  readonly hierarchy: Hierarchy;
  /** Older certificates of the CA with the same key, newest first. */
  readonly previous: readonly Certificate[];
  /** The CA that issues instead of this one; `undefined`: this one issues. */
  readonly successor: SuccessorView | undefined;
  /** What is recorded of the replacement of this CA; `undefined`: nothing. */
  readonly rollover: RolloverRecord | undefined;
  /** `undefined`: there is none yet. */
  readonly crl: ServedCrl | undefined;
  /** The CRLs of the shards, DER, by path. */
  readonly shards: ReadonlyMap<string, Resource>;
  readonly publishedCrl: bigint | undefined;
  /** The CA's certificate, DER; with those above it, PEM. */
  readonly certificate: { readonly der: Resource; readonly pem: Resource };
}

/**
 * Reads a CA.
 *
 * @param before the last view: what has not changed keeps its dates.
 * @throws BadCaFileError, BadCaCrlError, FileSystemError
 */
export async function readView(
  system: System,
  store: CaStore,
  { now, before }: { readonly now: Date; readonly before: CaView | undefined },
): Promise<CaView> {
  // Asked first: a change while the rest is read is seen the next time.
  const generation = await store.generation();
  const root = await readRoot(store);
  const hierarchy = await readHierarchy(store, root);
  const last = await readLastCrl(store, root);
  const crl = last && await servedCrl(last, before?.crl);
  // They change only with the CRL of the CA.
  const isNew = crl !== undefined && crl !== before?.crl;
  return {
    generation,
    hierarchy,
    previous: await readCertificates(store, "previous"),
    successor: await readSuccessor(system, store, before?.successor),
    rollover: await readRollover(store),
    crl,
    shards: isNew
      ? await servedShards(store, { root, modified: crl.der.modified })
      : before?.shards ?? new Map(),
    publishedCrl: await store.publishedCrl(),
    certificate: await servedCertificate(hierarchy, { now, before: before?.certificate }),
  };
}

async function servedCrl(crl: NumberedCrl, before: ServedCrl | undefined): Promise<ServedCrl> {
  const der = await taggedBody(crl.der, "application/pkix-crl");
  if (before?.der.entityTag === der.entityTag) return before;
  // Two CRLs may have the same thisUpdate, but clients compare the time of the last change: RFC 9110 13.1.3.
  const last = before?.der.modified.getTime() ?? -Infinity;
  const modified = new Date(Math.max(crl.thisUpdate.getTime(), last + 1000));
  const dates = { modified, freshUntil: crl.nextUpdate };
  const pem = await taggedBody(encodePem("X509 CRL", crl.der), "application/x-pem-file");
  return { crl, der: { ...der, ...dates }, pem: { ...pem, ...dates } };
}

async function servedCertificate(
  { root: { certificate }, above }: Hierarchy,
  { now, before }: { readonly now: Date; readonly before: CaView["certificate"] | undefined },
): Promise<CaView["certificate"]> {
  // RFC 5280 4.2.2.1, RFC 2585 4.1: a single certificate in DER.
  const der = await taggedBody(certificate.der, "application/pkix-cert");
  const text = [certificate, ...above].map((one) =>
    new TextDecoder().decode(encodePem("CERTIFICATE", one.der))
  ).join("");
  const pem = await taggedBody(new TextEncoder().encode(text), "application/pem-certificate-chain");
  if (before?.pem.entityTag === pem.entityTag) return before;
  const dates = { modified: now, freshUntil: undefined };
  return { der: { ...der, ...dates }, pem: { ...pem, ...dates } };
}

/** The nextUpdate of the CRL, for logs. */
export function nextUpdateText({ crl }: CaView): string {
  const next = crl?.crl.nextUpdate;
  return next === undefined ? "" : formatTime(next);
}
