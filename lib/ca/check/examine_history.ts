/** Cross-checks a store with its history: what was changed without certswap, or by an older version. */
import { sha256Hex } from "../../system/mod.ts";
import { isRevocationReason } from "../../x509/mod.ts";
import {
  type BrokenLine,
  ChainVerifier,
  type ExpectedCertificate,
  HistorySummary,
  Replay,
} from "../history/mod.ts";
import type { NumberedCrl, Root } from "../issue/mod.ts";
import type {
  CertificateDetails,
  CertificateRecord,
  DetailsPatch,
  Finding,
  InspectedCertificate,
  StoreContents,
  StoreReader,
} from "../store/mod.ts";

/** A history that was read to its end. */
export interface ReadHistory {
  readonly summary: HistorySummary;
  readonly broken: readonly BrokenLine[];
  readonly isEmpty: boolean;
  /** Certificates that it knows, and that the store does not have. */
  readonly lost: readonly LostCertificate[];
}

type LostCertificate = Pick<Extract<Finding, { code: "history-lost" }>, "serial" | "subject">;

/** How many broken lines are reported: one change at the start breaks no others. */
const brokenLimit = 100;

/**
 * Reads the history, verifies its chain, and looks up the certificates that it knows.
 *
 * @param contents what the store has; `undefined` if that is not known.
 * @throws FileSystemError
 */
export async function readHistory(
  store: StoreReader,
  contents: StoreContents | undefined,
): Promise<ReadHistory> {
  const [summary, verifier] = [new HistorySummary(), new ChainVerifier()];
  const broken: BrokenLine[] = [];
  const lost = new Map<string, LostCertificate>();
  for await (const page of store.history()) {
    const issued = new Map<string, LostCertificate>();
    for (const line of page) {
      const fault = await verifier.add(line);
      if (fault !== undefined && broken.length < brokenLimit) broken.push(fault);
      if (line.event === undefined) continue;
      summary.add(line.event);
      const { kind, serial, subject = "" } = line.event;
      const isIssued = kind === "issue" || kind === "adopt";
      if (isIssued && serial !== undefined) issued.set(serial, { serial, subject });
    }
    const found = await contents?.find(new Set(issued.keys()));
    for (const [serial, one] of issued) {
      const { record, isKept = false } = found?.get(serial) ?? {};
      if (record === undefined && !isKept) lost.set(serial, one);
    }
  }
  return { summary, broken, isEmpty: verifier.head === undefined, lost: [...lost.values()] };
}

/** What the history says about the certificates of a page. @throws FileSystemError, DatabaseError */
export async function replayPage(
  contents: StoreContents,
  page: readonly InspectedCertificate[],
): Promise<Replay> {
  const replay = new Replay();
  for await (const lines of contents.historyOf(page)) {
    for (const { event } of lines) if (event !== undefined) replay.add(event);
  }
  return replay;
}

/** What to check against the history. `undefined`: it could not be read. */
interface HistoryMaterial {
  readonly history: ReadHistory;
  readonly root: Root | undefined;
  /** What the records and details have told. */
  readonly records: RecordComparison | undefined;
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
  { history, root, records, crl, findings }: HistoryMaterial,
): Promise<readonly Finding[]> {
  const { summary, broken, isEmpty, lost } = history;
  if (isEmpty) return [{ code: "no-history" }];
  const isOther = summary.own !== undefined && root !== undefined &&
    await sha256Hex(root.certificate.der) !== summary.own;
  return [
    ...broken.map((line) => ({ code: "history-broken", ...line } as const)),
    ...(isOther ? [{ code: "history-own", name: store.nameOf("root").inStore } as const] : []),
    ...(records?.findings({ lost, told: findings }) ?? []),
    ...await examineCrl(store, { summary, crl, findings }),
  ];
}

/** Compares the records and details of a CA with its history, page by page. */
export class RecordComparison {
  readonly #unrecorded: CertificateRecord[] = [];
  readonly #revocations: Extract<Finding, { code: "history-revocation" }>[] = [];
  readonly #details: Finding[] = [];

  /** @param isDescribed whether its details could be read. */
  add(
    { serial, record, details = {} }: InspectedCertificate,
    expected: ExpectedCertificate | undefined,
    isDescribed: boolean,
  ): void {
    if (record === undefined) return;
    if (expected === undefined) {
      this.#unrecorded.push(record);
      return;
    }
    const revocation = examineRevocation(record, expected);
    if (revocation !== undefined) this.#revocations.push(revocation);
    if (isDescribed) this.#details.push(...examineDetails(serial, { details, expected }));
  }

  /** What was found. @param told what is found already: a revocation is not reported twice. */
  findings(
    { lost, told }: {
      readonly lost: readonly LostCertificate[];
      readonly told: readonly Finding[];
    },
  ): readonly Finding[] {
    const known = new Set(
      told.flatMap((finding) => finding.code === "not-revoked" ? [finding.serial] : []),
    );
    const records = this.#unrecorded;
    return [
      ...(records.length === 0 ? [] : [{ code: "history-unrecorded", records } as const]),
      ...lost.map((one) => ({ code: "history-lost", ...one } as const)),
      ...this.#revocations.filter(({ serial }) => !known.has(serial)),
      ...this.#details,
    ];
  }
}

function examineRevocation(
  record: CertificateRecord,
  { revocation }: ExpectedCertificate,
): Extract<Finding, { code: "history-revocation" }> | undefined {
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
  serial: string,
  { details, expected }: {
    readonly details: CertificateDetails;
    readonly expected: ExpectedCertificate;
  },
): readonly Finding[] {
  const wrong: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(expected.details)) {
    if (details[field as keyof CertificateDetails] !== value) wrong[field] = value;
  }
  const fields = Object.keys(wrong) as (keyof CertificateDetails)[];
  if (fields.length === 0) return [];
  const corrections = [{ serial, details: wrong as DetailsPatch }];
  return [{ code: "history-details", serial, fields, corrections }];
}

async function examineCrl(
  store: StoreReader,
  { summary, crl, findings }: {
    readonly summary: HistorySummary;
    readonly crl: NumberedCrl | undefined;
    readonly findings: readonly Finding[];
  },
): Promise<readonly Finding[]> {
  const { crl: last } = summary;
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
