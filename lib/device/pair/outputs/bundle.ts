/** The trust bundle of a pair: the CA certificates that the device and its services trust. */
import { type Certificate, fingerprint, writePemBlocks } from "../../../x509/mod.ts";
import type { SnapshotWithContent } from "../../../transaction/mod.ts";
import type { OutputRecord } from "../state.ts";
import { requirePairFile } from "../unrelated/mod.ts";
import { NoTrustLeftError } from "./errors.ts";
import type { MadeOutput } from "./make.ts";
import type { Output } from "./spec.ts";

/**
 * The content of a trust bundle. An existing one stays byte for byte, unless a new content is given: nothing
 * else changes what a device trusts. A missing one begins with the trust anchors of the pair, without those
 * that were removed before.
 *
 * @throws UnrelatedFileError, NoTrustLeftError
 */
export async function makeBundle(
  { path, content }: Output,
  { anchors = [], old, record }: {
    readonly anchors: readonly Certificate[] | undefined;
    readonly old: SnapshotWithContent | undefined;
    readonly record: OutputRecord | undefined;
  },
): Promise<MadeOutput> {
  if (record === undefined) requirePairFile(path, "output", old?.content);
  return {
    content: content ?? old?.content ?? await firstContent(path, { anchors, record }),
    record: { path, ...(record?.bundle && { bundle: record.bundle }) },
  };
}

async function firstContent(
  path: string,
  { anchors, record }: {
    readonly anchors: readonly Certificate[];
    readonly record: OutputRecord | undefined;
  },
): Promise<Uint8Array> {
  const removed = record?.bundle?.removed ?? [];
  const left: Certificate[] = [];
  for (const anchor of anchors) {
    if (!removed.includes(await fingerprint(anchor))) left.push(anchor);
  }
  if (left.length === 0) throw new NoTrustLeftError(path);
  return writeBundle(left);
}

/** Writes trust anchors as PEM. */
export function writeBundle(anchors: readonly Certificate[]): Uint8Array {
  return writePemBlocks(anchors.map(({ der }) => ({ label: "CERTIFICATE", der })));
}
