/** Makes the changes of `ca check --repair` to a store in a database. */
import { type FileSystem, join, type SqlDatabase } from "../../../system/mod.ts";
import { type Entry, takeSnapshot } from "../../../transaction/mod.ts";
import { crlFileLimit, formatSerial } from "../../../x509/mod.ts";
import { type DataDirectory, writtenFile } from "../files/mod.ts";
import type { Finding, RecordPatch } from "../finding.ts";
import type { CertificateRecord } from "../store.ts";
import { type CounterColumn, updateCa } from "./ca/mod.ts";
import { insertCertificates, isSameValue, patchDetails, replaceNames } from "./certificates.ts";
import { readDetailColumns, recordColumns, RowReader, toSerialBytes } from "./rows.ts";

/** What is repaired. */
interface Place {
  readonly files: FileSystem;
  readonly directory: DataDirectory;
  readonly database: SqlDatabase;
  /** By their names in findings. */
  readonly counters: Readonly<Record<string, CounterColumn>>;
}

/**
 * Repairs rows.
 *
 * @param findings for which `isMendable` is true.
 * @returns the files to replace after that.
 */
export async function mend(findings: readonly Finding[], place: Place): Promise<readonly Entry[]> {
  const { database, counters } = place;
  for (const finding of findings) {
    if (finding.code === "bad-counter" || finding.code === "counter-behind") {
      const column = counters[finding.name];
      if (column !== undefined && finding.next !== undefined) {
        await updateCa(database, column, formatSerial(finding.next));
      }
    }
    if (finding.code === "unknown-certificate") {
      const { patch: record, der } = finding;
      await insertCertificates(database, [{ record, der }]);
    } else if ("patch" in finding) {
      await patchRecord(database, finding.patch);
    }
    if ("corrections" in finding) {
      for (const correction of finding.corrections) await patchDetails(database, correction);
    }
  }
  return await mendedFiles(findings, place);
}

/** Corrects the columns of one certificate that differ. */
async function patchRecord(database: SqlDatabase, patch: RecordPatch): Promise<void> {
  const columns = { subject: "subject", notBefore: "not_before", notAfter: "not_after" } as const;
  const [found = {}] = await database.query(
    "SELECT subject, not_before, not_after FROM certificates WHERE serial = ?",
    [toSerialBytes(patch.serial)],
  );
  for (const [field, column] of Object.entries(columns)) {
    const value = patch[field as keyof typeof columns];
    // A front end may have no right to change what is right already.
    if (value === undefined || isSameValue(value, found[column] ?? null)) continue;
    await database.query(`UPDATE certificates SET ${column} = ? WHERE serial = ?`, [
      value,
      toSerialBytes(patch.serial),
    ]);
  }
  if (patch.status === "revoked") await revoke(database, patch);
  if (patch.subject !== undefined && patch.subject !== found["subject"]) {
    await renewNames(database, patch.serial);
  }
}

async function revoke(
  database: SqlDatabase,
  { serial, revokedAt = "", revocationReason = "" }: Partial<CertificateRecord> & RecordPatch,
): Promise<void> {
  await database.query(
    "UPDATE certificates SET revoked_at = ?, revocation_reason = ? WHERE serial = ?",
    [revokedAt, revocationReason, toSerialBytes(serial)],
  );
}

async function renewNames(database: SqlDatabase, serial: string): Promise<void> {
  const [row] = await database.query(
    `SELECT ${recordColumns}, ${readDetailColumns} FROM certificates WHERE serial = ?`,
    [toSerialBytes(serial)],
  );
  if (row === undefined) return;
  const reader = new RowReader(database.name);
  const { subject } = reader.record(row);
  await replaceNames(database, { serial, subject, details: reader.details(row) });
}

/** Copies of the CRL, and files with a new mode. */
async function mendedFiles(
  findings: readonly Finding[],
  { files, directory }: Place,
): Promise<readonly Entry[]> {
  const entries = new Map<string, Entry>();
  for (const finding of findings) {
    if (finding.code !== "crl-copy" || finding.content === undefined) continue;
    const target = join(directory.paths.directory, finding.name);
    const { content } = finding;
    entries.set(target, await writtenFile(files, directory, { target, content }));
  }
  for (const finding of findings) {
    if (finding.code !== "open-mode") continue;
    const target = join(directory.paths.directory, finding.name);
    const old = await takeSnapshot(files, target, crlFileLimit);
    if (old === undefined) continue;
    const { uid, gid } = old.snapshot;
    entries.set(target, {
      kind: "replace",
      target,
      content: entries.get(target) === undefined ? old.content : contentOf(entries.get(target)),
      attributes: { uid, gid, mode: finding.wanted },
      old: old.snapshot,
    });
  }
  return [...entries.values()];
}

function contentOf(entry: Entry | undefined): Uint8Array {
  return entry?.kind === "replace" || entry?.kind === "create" ? entry.content : new Uint8Array();
}
