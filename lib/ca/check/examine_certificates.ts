/** Cross-checks the certificates with the root and the index. */
import { attempt, sha256Hex } from "../../system/mod.ts";
import {
  type Certificate,
  compareSerials,
  formatSerial,
  isRevocationReason,
  readSingleCertificateFile,
} from "../../x509/mod.ts";
import { describe } from "../identity/mod.ts";
import type { ExpectedCertificate, Replay } from "../history/mod.ts";
import { isIssuedBy, mapConcurrently, ownSerial, type Root } from "../issue/mod.ts";
import {
  type CertificateDetails,
  type CertificateRecord,
  type CopiedField,
  copiedFieldsOf,
  type DetailsCorrection,
  type DetailsPatch,
  type Finding,
  type KeptCertificates,
  orBadFile,
  recordOf,
  type Revoke,
  type StoreReader,
} from "../store/mod.ts";

/** What to check the certificates against. */
interface CertificateMaterial {
  readonly root: Root;
  readonly records: readonly CertificateRecord[];
  readonly kept: KeptCertificates;
  /** By serial number; `undefined` if they cannot be read. */
  readonly details: ReadonlyMap<string, CertificateDetails> | undefined;
  /** What the history says; `undefined` if it cannot be read. */
  readonly replay: Replay | undefined;
  /** Whether the chain of the history is intact. */
  readonly isTold: boolean;
  /** Whether it is certain which certificates are revoked. */
  readonly isRevocationKnown: boolean;
  /** Called with the number of certificates checked so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Checks every stored certificate against the root and its index entry. */
export async function examineCertificates(
  store: StoreReader,
  { root, records, kept, details, replay, isTold, isRevocationKnown, onProgress }:
    CertificateMaterial,
): Promise<Finding[]> {
  const { serials, strays } = kept;
  const known = new Map(records.map((record) => [record.serial, record]));
  const findings: Finding[] = [];
  const undescribed: DetailsCorrection[] = [];
  const found = await mapConcurrently(
    serials,
    (serial) => {
      const name = store.nameOf({ certificate: serial }).inStore;
      return orBadFile(
        { findings, name },
        async () => {
          const pem = await store.certificate(serial);
          const expected = replay?.certificates.get(serial);
          const record = known.get(serial);
          const context = { root, serial, name, record, expected, isTold, isRevocationKnown };
          const { finding, certificate } = await examineCertificate(pem, context);
          if (certificate !== undefined && await isAnother(certificate, expected)) {
            findings.push({ code: "history-certificate", serial });
          }
          if (certificate === undefined || details === undefined) return finding;
          const correct = await describe(certificate);
          const stored = details.get(serial);
          if (stored === undefined) undescribed.push({ serial, details: correct });
          else findings.push(...examineDetails(serial, { stored, correct, known }));
          return finding;
        },
      );
    },
    (done) => onProgress?.(done, serials.length),
  );
  const present = new Set(serials);
  const missing = records.filter(({ serial }) => !present.has(serial));
  return [
    ...findings,
    ...found.filter((finding) => finding !== undefined),
    ...describeAbsent(missing.map(({ serial }) => serial), details),
    ...strays.map((name): Finding => ({ code: "stray-file", name })),
    ...describeMissing(undescribed),
    ...unknownDetails(details, { known, present }),
  ];
}

/** A certificate and what to check it against. */
interface CertificateContext {
  readonly root: Root;
  /** The serial number in the name of its file. */
  readonly serial: string;
  readonly name: string;
  readonly record: CertificateRecord | undefined;
  readonly expected: ExpectedCertificate | undefined;
  readonly isTold: boolean;
  readonly isRevocationKnown: boolean;
}

/** Whether a certificate is not the one that the history knows. */
async function isAnother(
  { der }: Certificate,
  expected: ExpectedCertificate | undefined,
): Promise<boolean> {
  return expected?.certificate !== undefined && await sha256Hex(der) !== expected.certificate;
}

/** What is wrong with a certificate, and the certificate if it is this CA's. */
interface ExaminedCertificate {
  readonly finding: Finding | undefined;
  readonly certificate: Certificate | undefined;
}

async function examineCertificate(
  pem: Uint8Array,
  { root, serial, name, record, expected, isTold, isRevocationKnown }: CertificateContext,
): Promise<ExaminedCertificate> {
  const foreign = (
    reason: Extract<Finding, { code: "foreign-file" }>["reason"],
  ): ExaminedCertificate => ({
    finding: { code: "foreign-file", name, reason },
    certificate: undefined,
  });
  const certificate = attempt(() => readSingleCertificateFile(pem));
  if (certificate === undefined) return foreign("not-a-certificate");
  const reason = await reasonForForeign(certificate, { serial, root });
  if (reason !== undefined) return foreign(reason);
  if (record === undefined) {
    const patch = recordOf(certificate, revocationIn(expected));
    const isMendable = isRevocationKnown || (isTold && expected !== undefined);
    return {
      finding: { code: "missing-entry", serial, patch, isMendable },
      certificate,
    };
  }
  const copied = copiedFieldsOf(certificate);
  const fields = copiedFields.filter((field) => record[field] !== copied[field]);
  const finding = fields.length > 0
    ? { code: "wrong-entry", serial, fields, patch: copied } as const
    : undefined;
  return { finding, certificate };
}

/** The revocation of a certificate according to the history. */
function revocationIn(expected: ExpectedCertificate | undefined): Revoke | undefined {
  if (expected?.revocation === undefined) return undefined;
  const { revokedAt, reason } = expected.revocation;
  return { at: new Date(revokedAt), reason: isRevocationReason(reason) ? reason : "unspecified" };
}

interface DetailsMaterial {
  readonly stored: CertificateDetails;
  /** What the certificate says. */
  readonly correct: Pick<CertificateDetails, "names" | "key">;
  readonly known: ReadonlyMap<string, CertificateRecord>;
}

/** Compares details with their certificate. */
function examineDetails(
  serial: string,
  { stored, correct: { names, key }, known }: DetailsMaterial,
): readonly Finding[] {
  const { supersededBy: next } = stored;
  const hasNext = next === undefined || known.has(next);
  const wrong: DetailsPatch = {
    ...(stored.names?.join() === names?.join() ? {} : { names }),
    ...(stored.key === key ? {} : { key }),
    ...(hasNext ? {} : { supersededBy: null }),
    // It was found since.
    ...(stored.isLost === true ? { isLost: null } : {}),
  };
  const fields = Object.keys(wrong) as (keyof CertificateDetails)[];
  if (fields.length === 0) return [];
  return [{
    code: "wrong-details",
    serial,
    fields,
    corrections: [{ serial, details: wrong }],
  }];
}

/** Reports records without a certificate: it is missing, or was lost before the CA came here. */
function describeAbsent(
  absent: readonly string[],
  details: CertificateMaterial["details"],
): readonly Finding[] {
  const isLost = (serial: string): boolean => details?.get(serial)?.isLost === true;
  const lost = absent.filter(isLost);
  const missing = absent.filter((serial) => !isLost(serial));
  return [
    ...missing.map((serial): Finding => ({ code: "missing-file", serial })),
    ...(lost.length === 0 ? [] : [{ code: "lost-certificates", serials: lost } as const]),
  ];
}

/** Reports certificates without details. Older versions record none. */
function describeMissing(undescribed: readonly DetailsCorrection[]): readonly Finding[] {
  if (undescribed.length === 0) return [];
  const corrections = undescribed.toSorted((a, b) => compareSerials(a.serial, b.serial));
  const serials = corrections.map(({ serial }) => serial);
  return [{ code: "missing-details", serials, corrections }];
}

function unknownDetails(
  details: ReadonlyMap<string, CertificateDetails> | undefined,
  { known, present }: {
    readonly known: ReadonlyMap<string, CertificateRecord>;
    readonly present: ReadonlySet<string>;
  },
): readonly Finding[] {
  const serials = [...details?.keys() ?? []]
    .filter((serial) => !known.has(serial) && !present.has(serial));
  return serials.length === 0 ? [] : [{ code: "unknown-details", serials }];
}

/** Why a certificate was not issued by this CA with this serial number. */
async function reasonForForeign(
  certificate: Certificate,
  { serial, root }: { readonly serial: string; readonly root: Root },
): Promise<"not-signed" | "other-serial" | "serial-of-root" | undefined> {
  const isOurs = await isIssuedBy(root, certificate);
  if (!isOurs) return "not-signed";
  if (formatSerial(certificate.serial) !== serial) return "other-serial";
  return certificate.serial === ownSerial(root) ? "serial-of-root" : undefined;
}

const copiedFields: readonly CopiedField[] = ["subject", "notBefore", "notAfter"];
