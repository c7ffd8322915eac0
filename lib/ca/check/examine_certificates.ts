/** Cross-checks the certificates with the root and the index. */
import { CertswapError, formatTime } from "../../system/mod.ts";
import {
  type Certificate,
  formatName,
  formatSerial,
  namesEqual,
  readSingleCertificateFile,
} from "../../x509/mod.ts";
import { isSignedBy, mapConcurrently, ownSerial, type Root } from "../issue/mod.ts";
import {
  type CertificateRecord,
  type CopiedField,
  type Finding,
  type KeptCertificates,
  orBadFile,
  type StoreReader,
} from "../store/mod.ts";

/** What to check the certificates against. */
interface CertificateMaterial {
  readonly root: Root;
  readonly records: readonly CertificateRecord[];
  readonly kept: KeptCertificates;
  /** Whether it is certain which certificates are revoked. */
  readonly isRevocationKnown: boolean;
  /** Called with the number of certificates checked so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Checks every stored certificate against the root and its index entry. */
export async function examineCertificates(
  store: StoreReader,
  { root, records, kept, isRevocationKnown, onProgress }: CertificateMaterial,
): Promise<Finding[]> {
  const { serials, strays } = kept;
  const known = new Map(records.map((record) => [record.serial, record]));
  const findings: Finding[] = [];
  const found = await mapConcurrently(
    serials,
    (serial) => {
      const name = store.nameOf({ certificate: serial }).inStore;
      return orBadFile(
        { findings, name },
        async () => {
          const pem = await store.certificate(serial);
          const context = { root, serial, name, record: known.get(serial), isRevocationKnown };
          return await examineCertificate(pem, context);
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
    ...missing.map(({ serial }): Finding => ({ code: "missing-file", serial })),
    ...strays.map((name): Finding => ({ code: "stray-file", name })),
  ];
}

/** A certificate and what to check it against. */
interface CertificateContext {
  readonly root: Root;
  /** The serial number in the name of its file. */
  readonly serial: string;
  readonly name: string;
  readonly record: CertificateRecord | undefined;
  readonly isRevocationKnown: boolean;
}

async function examineCertificate(
  pem: Uint8Array,
  { root, serial, name, record, isRevocationKnown }: CertificateContext,
): Promise<Finding | undefined> {
  const certificate = parseCertificate(pem);
  if (certificate === undefined) return { code: "foreign-file", name, reason: "not-a-certificate" };
  const reason = await reasonForForeign(certificate, { serial, root });
  if (reason !== undefined) return { code: "foreign-file", name, reason };
  const copied = copiedFieldsOf(certificate);
  if (record === undefined) {
    const patch = { ...copied, ...activeFields };
    return { code: "missing-entry", serial, patch, isMendable: isRevocationKnown };
  }
  const fields = copiedFields.filter((field) => record[field] !== copied[field]);
  return fields.length > 0 ? { code: "wrong-entry", serial, fields, patch: copied } : undefined;
}

/** `undefined` if it is not a certificate. */
function parseCertificate(pem: Uint8Array): Certificate | undefined {
  try {
    return readSingleCertificateFile(pem);
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** Why a certificate was not issued by this CA with this serial number. */
async function reasonForForeign(
  certificate: Certificate,
  { serial, root }: { readonly serial: string; readonly root: Root },
): Promise<"not-signed" | "other-serial" | "serial-of-root" | undefined> {
  const isOurs = namesEqual(certificate.issuer, root.certificate.subject) &&
    await isSignedBy(root, certificate);
  if (!isOurs) return "not-signed";
  if (formatSerial(certificate.serial) !== serial) return "other-serial";
  return certificate.serial === ownSerial(root) ? "serial-of-root" : undefined;
}

const copiedFields: readonly CopiedField[] = ["subject", "notBefore", "notAfter"];

/** The fields that a record copies from its certificate. They do not include the revocation status. */
function copiedFieldsOf(certificate: Certificate): Pick<CertificateRecord, "serial" | CopiedField> {
  return {
    serial: formatSerial(certificate.serial),
    subject: formatName(certificate.subject),
    notBefore: formatTime(certificate.notBefore),
    notAfter: formatTime(certificate.notAfter),
  };
}

const activeFields = { status: "active", revokedAt: "", revocationReason: "" } as const;
