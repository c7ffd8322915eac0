/** Judges the certificate that a client shows as one of a manufacturer. */
import { CertswapError, type Clock, type FileSystem, readGivenFile } from "../../../system/mod.ts";
import {
  BadSignatureError,
  type Certificate,
  certificateFileLimit,
  ChainError,
  type Crl,
  crlFileLimit,
  isSignedBy,
  IssuerNotFoundError,
  namesEqual,
  purposeOid,
  readCertificateFile,
  readCrl,
  readCrlFile,
  verifyChain,
} from "../../../x509/mod.ts";
import type { Manufacturer } from "../../settings/mod.ts";
import { BadManufacturerFileError, EnrolmentRefusedError } from "../errors.ts";
import { FileCache } from "../other_ca/mod.ts";

/** What a certificate is. */
export type BirthVerdict =
  /** One of this manufacturer, valid and not revoked. */
  | { readonly is: "birth"; readonly manufacturer: Manufacturer }
  /** One of a manufacturer that may not be used. */
  | { readonly is: "refused"; readonly error: EnrolmentRefusedError }
  /** None of a manufacturer. */
  | { readonly is: "foreign" };

/** A certificate that a client shows, and what it is judged by. */
interface Shown {
  /** Of version 3: only then does the TLS server see to it that the client has the private key. */
  readonly certificate: Certificate;
  /** What the client has sent with it. */
  readonly others: readonly Certificate[];
  readonly manufacturers: readonly Manufacturer[];
  readonly now: Date;
}

/** The files of manufacturers: their CA certificates and CRLs. Each is read again when it has changed. */
export class ManufacturerFiles {
  readonly #files: FileSystem;
  readonly #authorities: FileCache<readonly Certificate[]>;
  readonly #crls: FileCache<Crl>;

  constructor(doors: { readonly files: FileSystem; readonly clock: Clock }) {
    this.#files = doors.files;
    this.#authorities = new FileCache(doors);
    this.#crls = new FileCache(doors);
  }

  /** @throws BadManufacturerFileError */
  async authorities(manufacturer: Manufacturer): Promise<readonly Certificate[]> {
    const { ca } = manufacturer;
    return await using(manufacturer, ca, () =>
      this.#authorities.get(ca, async () => {
        const { content } = await readGivenFile(this.#files, ca, certificateFileLimit);
        const { leaf, chain } = readCertificateFile(content);
        return [leaf, ...chain];
      }));
  }

  /** @throws BadManufacturerFileError */
  async crls(manufacturer: Manufacturer): Promise<readonly Crl[]> {
    return await Promise.all(
      manufacturer.crls.map((path) =>
        using(manufacturer, path, () =>
          this.#crls.get(path, async () => {
            const { content } = await readGivenFile(this.#files, path, crlFileLimit);
            // DER begins with a SEQUENCE.
            return content[0] === 0x30 ? readCrl(new Uint8Array(content)) : readCrlFile(content);
          }))
      ),
    );
  }
}

/**
 * Judges a certificate by the CA certificates of each manufacturer, with our own chain check: dates, purpose,
 * signatures, path length, and the CRLs if there are any.
 *
 * @throws BadManufacturerFileError
 */
export async function judgeBirthCertificate(
  files: ManufacturerFiles,
  { certificate, others, manufacturers, now }: Shown,
): Promise<BirthVerdict> {
  // The certificate of a CA is none of a device.
  if (certificate.basicConstraints?.ca === true) return { is: "foreign" };
  let refused: BirthVerdict | undefined;
  for (const manufacturer of manufacturers) {
    const anchors = await files.authorities(manufacturer);
    const serial = certificate.serialNumber;
    try {
      const path = await verifyChain({
        leaf: certificate,
        intermediates: others.filter(({ version }) => version === 3),
        anchors,
        at: now,
        purposes: [purposeOid.clientAuth],
      });
      // A certificate of version 3 in the file, which is no CA.
      if (path.length === 1) continue;
      if (manufacturer.crls.length > 0) await requireNotRevoked(files, path, { manufacturer, now });
      return { is: "birth", manufacturer };
    } catch (error) {
      if (error instanceof EnrolmentRefusedError) refused ??= { is: "refused", error };
      else if (!(error instanceof ChainError)) throw error;
      else if (!isOfOther(error)) {
        const cause = { cause: error };
        refused ??= {
          is: "refused",
          error: new EnrolmentRefusedError("birth-invalid", serial, cause),
        };
      }
    }
  }
  return refused ?? { is: "foreign" };
}

/** Reads a file of a manufacturer. @throws BadManufacturerFileError */
async function using<Read>(
  { name }: Manufacturer,
  path: string,
  read: () => Promise<Read>,
): Promise<Read> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    throw new BadManufacturerFileError(path, name, { cause: error });
  }
}

/** Whether nothing shows that a certificate is one of the manufacturer. */
function isOfOther(error: ChainError): boolean {
  return error instanceof IssuerNotFoundError || error instanceof BadSignatureError;
}

/**
 * Checks that no certificate of a path is revoked. Each but the anchor needs a CRL of its issuer.
 *
 * @throws EnrolmentRefusedError, BadManufacturerFileError
 */
async function requireNotRevoked(
  files: ManufacturerFiles,
  path: readonly Certificate[],
  { manufacturer, now }: { readonly manufacturer: Manufacturer; readonly now: Date },
): Promise<void> {
  const crls = await files.crls(manufacturer);
  const own = path[0]?.serialNumber;
  for (const [index, issuer] of path.slice(1).entries()) {
    const certificate = path[index];
    const usable: Crl[] = [];
    for (const crl of crls) {
      if (await isUsable(crl, { issuer, now })) usable.push(crl);
    }
    if (usable.length === 0) throw new EnrolmentRefusedError("birth-crl", own);
    const isListed = certificate !== undefined &&
      usable.some(({ entries }) => entries.find(certificate.serial) !== undefined);
    if (isListed) {
      throw new EnrolmentRefusedError("birth-revoked", own);
    }
  }
}

/** Whether a CRL says now which certificates of this issuer are revoked. */
async function isUsable(
  crl: Crl,
  { issuer, now }: { readonly issuer: Certificate; readonly now: Date },
): Promise<boolean> {
  // RFC 5280 5.2: a critical extension may restrict what the CRL covers.
  return namesEqual(crl.issuer, issuer.subject) && crl.criticalExtensions.length === 0 &&
    crl.distributionPoint === undefined && now >= crl.thisUpdate &&
    (crl.nextUpdate === undefined || now <= crl.nextUpdate) &&
    await isSignedBy(crl, issuer);
}
