import { CertswapError, type FileSystem, formatTime, readFile } from "../../system/mod.ts";
import type { Certificate } from "../../x509/read/certificate.ts";
import { readSingleCertificateFile } from "../../x509/read/certificate_file.ts";
import { formatName, namesEqual } from "../../x509/name/name.ts";
import { certificateFileLimit } from "../../x509/encoding/pem.ts";
import { isSignedBy, type Root } from "../issue/authority.ts";
import { mapConcurrently } from "../issue/concurrency.ts";
import {
  type CaPaths,
  certificatePath,
  serialOfFileName,
} from "../store/directory/data_directory.ts";
import { type Finding, orBadFile } from "./finding.ts";
import type { IndexEntry } from "../store/directory/index_file.ts";
import { formatSerial } from "../../x509/serial.ts";

/** What is held against what. */
export interface CertificateMaterial {
  readonly paths: CaPaths;
  readonly root: Root;
  readonly entries: readonly IndexEntry[];
  /** The names in `certs/`. */
  readonly names: readonly string[];
  /** Is told how many of the certificates have been looked at. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Holds every certificate against the root, and all of them against the index. */
export async function examineCertificates(
  files: FileSystem,
  material: CertificateMaterial,
): Promise<Finding[]> {
  const { entries, names, onProgress } = material;
  const known = new Map(entries.map((entry) => [entry.serial, entry]));
  const serials = names.map(serialOfFileName).filter((serial) => serial !== undefined);
  const findings: Finding[] = [];
  const found = await mapConcurrently(
    serials,
    (serial) =>
      orBadFile(
        { findings, name: `certs/${serial}.pem` },
        () => examineCertificate(files, serial, { ...material, entry: known.get(serial) }),
      ),
    (done) => onProgress?.(done, serials.length),
  );
  const present = new Set(serials);
  const missing = entries.filter(({ serial }) => !present.has(serial));
  // What begins with a dot may be recovery's, and no service loads it.
  const stray = names.filter((name) => serialOfFileName(name) === undefined && name[0] !== ".");
  return [
    ...findings,
    ...found.filter((finding) => finding !== undefined),
    ...missing.map(({ serial }): Finding => ({ code: "missing-file", serial })),
    ...stray.map((name): Finding => ({ code: "stray-file", name: `certs/${name}` })),
  ];
}

async function examineCertificate(
  files: FileSystem,
  serial: string,
  { paths, root, entry }: CertificateMaterial & { readonly entry: IndexEntry | undefined },
): Promise<Finding | undefined> {
  const certificate = readCertificateAt(files, certificatePath(paths, serial));
  const reason = certificate === undefined
    ? "not-a-certificate"
    : await reasonForForeign(certificate, { serial, root });
  if (certificate === undefined || reason !== undefined) {
    return {
      code: "foreign-file",
      name: `certs/${serial}.pem`,
      reason: reason ?? "not-a-certificate",
    };
  }
  const said = saidBy(certificate);
  if (entry === undefined) {
    return { code: "missing-entry", serial, patch: { ...said, ...activeFields } };
  }
  const fields = (["subject", "not_before", "not_after"] as const)
    .filter((field) => entry[field] !== said[field]);
  return fields.length > 0 ? { code: "wrong-entry", serial, fields, patch: said } : undefined;
}

/** `undefined` where it is none. */
function readCertificateAt(files: FileSystem, path: string): Certificate | undefined {
  const { content } = readFile(files, path, certificateFileLimit);
  try {
    return readSingleCertificateFile(content);
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** Why a certificate is not this CA's under this serial number. */
async function reasonForForeign(
  certificate: Certificate,
  { serial, root }: { readonly serial: string; readonly root: Root },
): Promise<"not-signed" | "other-serial" | "serial-of-root" | undefined> {
  const isOurs = namesEqual(certificate.issuer, root.certificate.subject) &&
    await isSignedBy(root, certificate);
  if (!isOurs) return "not-signed";
  if (formatSerial(certificate.serial) !== serial) return "other-serial";
  return certificate.serial === root.certificate.serial ? "serial-of-root" : undefined;
}

/** What the index should say of a certificate, whatever became of it. */
function saidBy(
  certificate: Certificate,
): Pick<IndexEntry, "serial" | "subject" | "not_before" | "not_after"> {
  return {
    serial: formatSerial(certificate.serial),
    subject: formatName(certificate.subject),
    "not_before": formatTime(certificate.notBefore),
    "not_after": formatTime(certificate.notAfter),
  };
}

const activeFields = { status: "active", "revoked_at": "", "revocation_reason": "" } as const;
