/** Cross-checks a store with its history: what was changed without certswap, or by an older version. */
import { sha256Hex } from "../../system/mod.ts";
import { isRevocationReason } from "../../x509/mod.ts";
import {
  type BrokenLine,
  ChainVerifier,
  type ExpectedCertificate,
  Replay,
} from "../history/mod.ts";
import type { NumberedCrl, Root } from "../issue/mod.ts";
import type {
  CertificateDetails,
  CertificateRecord,
  DetailsPatch,
  Finding,
  KeptCertificates,
  StoreReader,
} from "../store/mod.ts";

/** A history that was read to its end. */
export interface ReadHistory {
  readonly replay: Replay;
  readonly broken: readonly BrokenLine[];
  readonly isEmpty: boolean;
}

/** How many broken lines are reported: one change at the start breaks no others. */
const brokenLimit = 100;

/** Reads the history, and verifies its chain. @throws FileSystemError */
export async function readHistory(store: StoreReader): Promise<ReadHistory> {
  const [replay, verifier] = [new Replay(), new ChainVerifier()];
  const broken: BrokenLine[] = [];
  for await (const page of store.history()) {
    for (const line of page) {
      const fault = await verifier.add(line);
      if (fault !== undefined && broken.length < brokenLimit) broken.push(fault);
      if (line.event !== undefined) replay.add(line.event);
    }
  }
  return { replay, broken, isEmpty: verifier.head === undefined };
}

/** What to check against the history. `undefined`: it could not be read. */
interface HistoryMaterial {
  readonly history: ReadHistory;
  readonly root: Root | undefined;
  readonly records: readonly CertificateRecord[] | undefined;
  readonly kept: KeptCertificates | undefined;
  readonly details: ReadonlyMap<string, CertificateDetails> | undefined;
  readonly crl: NumberedCrl | undefined;
  /** What is found already: a revocation is not reported twice. */
  readonly findings: readonly Finding[];
}

/**
 * What is still to be reported if the history has a say: it tells which of two revocations is right, so that
 * they need not be reported as a contradiction too.
 */
export function withoutContradicted(findings: readonly Finding[]): Finding[] {
  const decided = new Set(
    findings.flatMap((finding) =>
      finding.code === "history-revocation" && finding.found === "differs" ? [finding.serial] : []
    ),
  );
  return findings.filter((finding) =>
    !(finding.code === "wrong-crl" && finding.reason === "differs" && decided.has(finding.serial))
  );
}

/** Compares the store with its history. Certificates are compared when they are read. */
export async function examineHistory(
  store: StoreReader,
  { history, root, records, kept, details, crl, findings }: HistoryMaterial,
): Promise<readonly Finding[]> {
  const { replay, broken, isEmpty } = history;
  if (isEmpty) return [{ code: "no-history" }];
  const isOther = replay.own !== undefined && root !== undefined &&
    await sha256Hex(root.certificate.der) !== replay.own;
  return [
    ...broken.map((line) => ({ code: "history-broken", ...line } as const)),
    ...(isOther ? [{ code: "history-own", name: store.nameOf("root").inStore } as const] : []),
    ...(records === undefined ? [] : examineRecords(replay, { records, kept, findings })),
    ...(details === undefined || records === undefined
      ? []
      : examineDetails(replay, { details, records })),
    ...await examineCrl(store, { replay, crl, findings }),
  ];
}

interface RecordMaterial {
  readonly records: readonly CertificateRecord[];
  readonly kept: KeptCertificates | undefined;
  readonly findings: readonly Finding[];
}

function examineRecords(
  { certificates }: Replay,
  { records, kept, findings }: RecordMaterial,
): readonly Finding[] {
  const known = new Set(records.map(({ serial }) => serial));
  for (const serial of kept?.serials ?? []) known.add(serial);
  const unrecorded = records.filter(({ serial }) => !certificates.has(serial));
  const lost = [...certificates].filter(([serial]) => !known.has(serial));
  const told = new Set(
    findings.flatMap((finding) => finding.code === "not-revoked" ? [finding.serial] : []),
  );
  return [
    ...(unrecorded.length === 0
      ? []
      : [{ code: "history-unrecorded", records: unrecorded } as const]),
    ...lost.map(([serial, { subject }]) => ({ code: "history-lost", serial, subject } as const)),
    ...records.flatMap((record) => {
      const expected = certificates.get(record.serial);
      if (expected === undefined || told.has(record.serial)) return [];
      return examineRevocation(record, expected) ?? [];
    }),
  ];
}

function examineRevocation(
  record: CertificateRecord,
  { revocation }: ExpectedCertificate,
): Finding | undefined {
  const { serial, status, revokedAt, revocationReason } = record;
  const isRevoked = status === "revoked";
  if (revocation === undefined) {
    return isRevoked
      ? {
        code: "history-revocation",
        serial,
        found: "unrecorded",
        revokedAt,
        reason: revocationReason,
      }
      : undefined;
  }
  const { revokedAt: at, reason } = revocation;
  if (isRevoked && revokedAt === at && revocationReason === reason) return undefined;
  const right = {
    status: "revoked",
    revokedAt: at,
    revocationReason: isRevocationReason(reason) ? reason : "unspecified",
  } as const;
  return {
    code: "history-revocation",
    serial,
    found: isRevoked ? "differs" : "active",
    revokedAt: at,
    reason: right.revocationReason,
    patch: { serial, ...right },
  };
}

function examineDetails(
  { certificates }: Replay,
  { details, records }: {
    readonly details: ReadonlyMap<string, CertificateDetails>;
    readonly records: readonly CertificateRecord[];
  },
): readonly Finding[] {
  return records.flatMap(({ serial }): readonly Finding[] => {
    const expected = certificates.get(serial)?.details ?? {};
    const found = details.get(serial) ?? {};
    const wrong: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(expected)) {
      if (found[field as keyof CertificateDetails] !== value) wrong[field] = value;
    }
    const fields = Object.keys(wrong) as (keyof CertificateDetails)[];
    if (fields.length === 0) return [];
    const corrections = [{ serial, details: wrong as DetailsPatch }];
    return [{ code: "history-details", serial, fields, corrections }];
  });
}

async function examineCrl(
  store: StoreReader,
  { replay, crl, findings }: {
    readonly replay: Replay;
    readonly crl: NumberedCrl | undefined;
    readonly findings: readonly Finding[];
  },
): Promise<readonly Finding[]> {
  const { crl: last } = replay;
  // Without a CRL, an operator may have moved it away. That is reported already.
  if (last === undefined || crl === undefined) return [];
  if (await sha256Hex(crl.der) === last.hash) return [];
  const { inStore: name } = store.nameOf("crl");
  // The DER copy is the right one, and is reported.
  const isCopied = findings.some((finding) => finding.code === "crl-copy" && finding.name === name);
  if (isCopied) return [];
  const number = crl.number.toString();
  return [{ code: "history-crl", name, number, last: last.number.toString() }];
}
