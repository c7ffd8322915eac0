import type { CreateEntry, ReplaceEntry } from "../../transaction/mod.ts";
import { type Authority, issueLeaf } from "../../x509/write/certificate.ts";
import { keyIdentifierOf } from "../../x509/key/key_identifier.ts";
import { formatName } from "../../x509/name/name.ts";
import { writePem } from "../../x509/encoding/pem.ts";
import { type LockedCa, ownAttributes } from "../ca.ts";
import type { CheckedRequest } from "./check_request.ts";
import { mapConcurrently } from "./concurrency.ts";
import { advance, type Counter } from "../store/directory/counter.ts";
import { certificatePath } from "../store/directory/data_directory.ts";
import { appendToIndex, type IndexEntry } from "../store/directory/index_file.ts";
import type { Issued } from "../store/directory/issued.ts";
import { formatSerial } from "../../x509/serial.ts";
import { formatTime } from "../../system/mod.ts";

/** A certificate, with what the index says of it. */
export interface Leaf {
  readonly checked: CheckedRequest;
  readonly der: Uint8Array;
  readonly entry: IndexEntry;
}

/** Who signs, with which numbers, and for how long. */
export interface LeafTerms {
  readonly authority: Authority;
  readonly counter: Counter;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Issues a certificate for each request, with numbers from the counter's on.
 *
 * @param onDone is told how many are done.
 */
export async function issueLeaves(
  requests: readonly CheckedRequest[],
  terms: LeafTerms,
  onDone?: (done: number) => void,
): Promise<Leaf[]> {
  const { notBefore, notAfter } = terms;
  return await mapConcurrently(requests, async (checked, index) => {
    const { request, keyType } = checked;
    const serial = terms.counter.value + BigInt(index);
    const der = await issueLeaf({
      serial,
      subject: request.subject.der,
      notBefore,
      notAfter,
      publicKeyInfo: request.subjectPublicKeyInfo.der,
      keyIdentifier: await keyIdentifierOf(request.subjectPublicKeyInfo),
      keyKind: keyType,
      alternativeNames: request.alternativeNames,
    }, terms.authority);
    return { checked, der, entry: toIndexEntry(serial, checked, terms) };
  }, onDone);
}

function toIndexEntry(
  serial: bigint,
  { request }: CheckedRequest,
  { notBefore, notAfter }: LeafTerms,
): IndexEntry {
  return {
    serial: formatSerial(serial),
    subject: formatName(request.subject),
    "not_before": formatTime(notBefore),
    "not_after": formatTime(notAfter),
    status: "active",
    "revoked_at": "",
    "revocation_reason": "",
  };
}

/**
 * The changes that put certificates into a CA. In this order a crash that nobody recovers from can lose
 * a number, and never use one twice.
 *
 * @throws IndexFullError
 */
export function changesFor(
  { system, paths }: LockedCa,
  leaves: readonly Leaf[],
  { counter, issued }: { readonly counter: Counter; readonly issued: Issued },
): (CreateEntry | ReplaceEntry)[] {
  const attributes = ownAttributes(system, paths, 0o644);
  const { index, entries } = issued;
  const added = leaves.map(({ entry }) => entry);
  return [
    { ...advance(counter, leaves.length), onRollback: "keep" },
    ...leaves.map(({ der, entry }): CreateEntry => ({
      kind: "create",
      target: certificatePath(paths, entry.serial),
      content: new TextEncoder().encode(writePem("CERTIFICATE", der)),
      attributes,
    })),
    {
      kind: "replace",
      target: paths.index,
      content: appendToIndex(index.content, { entries, added, path: paths.index }),
      attributes: index.snapshot,
      old: index.snapshot,
    },
  ];
}
