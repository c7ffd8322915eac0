/** `ca cross-certify`: a certificate for the name and the key of another root. */
import { minute, type Random, type System } from "../../system/mod.ts";
import {
  bytesEqual,
  type Certificate,
  formatName,
  formatSerial,
  issueCrossCertificate,
  isValidAt,
  type KeySource,
  namesEqual,
  readCertificate,
  webCryptoKeys,
} from "../../x509/mod.ts";
import { type CaOptions, type ChangeReport, requirePossibleCa } from "../ca.ts";
import { ValidityCutWarning } from "../errors.ts";
import { describe } from "../identity/mod.ts";
import {
  backdated,
  currentSecond,
  isIssuedBy,
  loadUsableAuthority,
  pathLengthBelow,
  readHierarchy,
  readRoot,
  requireCaCertificate,
  type Root,
  takeSerial,
} from "../issue/mod.ts";
import { askEarly, type AskPassphrase } from "../key/mod.ts";
import { type CaSettings, readSettings } from "../settings/mod.ts";
import { openStore, recordOf, requesterOf, type StoreChange } from "../store/mod.ts";
import { CrossCertificationRefusedError } from "./errors.ts";
import { readCertificatesAt } from "./read_certificates.ts";

/** Options of `ca cross-certify`. */
export interface CrossCertifyOptions extends CaOptions {
  /** The certificate of the other root. */
  readonly file: string;
  /** It, if it is not the first one in the file. */
  readonly certificate?: Certificate | undefined;
  /** Milliseconds; `undefined`: until one of the two roots ends. */
  readonly validity: number | undefined;
}

/** Report of `ca cross-certify`. */
export interface CrossCertifyReport extends ChangeReport {
  /** RFC 4514, escaped. `issuer` likewise. */
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notAfter: Date;
  /** Path of the certificate, based on the data directory as given by the caller. */
  readonly path: string;
}

/** The name of the profile in the details of a cross-certificate. No profile of `ca.toml` makes them. */
export const crossProfile = "cross-certificate";

/**
 * Issues a certificate for the name and the key of another root. Who trusts only this CA can then verify what
 * the other one has signed. It is recorded as every certificate, and can be revoked.
 *
 * @throws CrossCertificationRefusedError, BadCaFileError, PathLengthExhaustedError; the errors of a change.
 */
export async function crossCertify(
  system: System,
  options: CrossCertifyOptions,
): Promise<CrossCertifyReport> {
  const { file, validity, lockTimeout, keys = webCryptoKeys } = options;
  await requirePossibleCa(system, options);
  const [first] = options.certificate === undefined
    ? await readCertificatesAt(system, file)
    : [options.certificate];
  const other = await requireSelfSigned(first, file);
  const settings = await readSettings(system, options);
  const store = await openStore(system, options);
  const passphrase = await askEarly(store, options);
  const requestedBy = requesterOf(system);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    actor: requestedBy,
    work: (change) => {
      const now = currentSecond(system);
      const { random } = system;
      return issue(change, {
        ...{ file, other, validity, settings, random, keys, passphrase, requestedBy, now },
      });
    },
  });
  const { certificate, noticed } = value;
  const serial = formatSerial(certificate.serial);
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    serial,
    notAfter: certificate.notAfter,
    path: store.nameOf({ certificate: serial }).written,
    recovery,
    warnings: [...noticed, ...warnings],
  };
}

/** Checks the other root. That it is self-signed proves that its key is its own. */
async function requireSelfSigned(
  certificate: Certificate | undefined,
  file: string,
): Promise<Root> {
  if (certificate === undefined) throw new CrossCertificationRefusedError(file, "not-self-signed");
  const other = requireCaCertificate(certificate, file);
  if (!await isIssuedBy(other, certificate)) {
    throw new CrossCertificationRefusedError(file, "not-self-signed");
  }
  return other;
}

interface CrossTerms {
  readonly file: string;
  readonly other: Root;
  readonly validity: number | undefined;
  readonly settings: CaSettings;
  readonly random: Random;
  readonly keys: KeySource;
  readonly passphrase: AskPassphrase;
  readonly requestedBy: string;
  readonly now: Date;
}

async function issue(
  store: StoreChange,
  terms: CrossTerms,
): Promise<{ readonly certificate: Certificate; readonly noticed: readonly unknown[] }> {
  const { file, other, settings, random, keys, passphrase, requestedBy, now } = terms;
  const root = await readRoot(store);
  requireAnother(root, { file, other, now });
  const { authority } = await loadUsableAuthority({ store, keys, passphrase }, { root, now });
  const hierarchy = await readHierarchy(store, root);
  const pathLength = pathLengthBelow(hierarchy, other.certificate.basicConstraints?.pathLength);
  const serial = await takeSerial(store, { root, settings, random });
  const ends = [root, other].map(({ certificate }) => certificate.notAfter.getTime());
  const latest = new Date(Math.min(...ends));
  const asked = terms.validity === undefined ? latest : new Date(now.getTime() + terms.validity);
  const notAfter = asked > latest ? latest : asked;
  const der = await issueCrossCertificate({
    serial,
    notBefore: backdated(now, minute, root.certificate.notBefore),
    notAfter,
    pathLength,
    // A cross-certificate is in no shard: its CRL is the one that lists everything.
    addresses: settings.crl.shards > 1 ? { ...settings.addresses, crl: [] } : settings.addresses,
  }, { other: other.certificate, authority });
  const certificate = readCertificate(der);
  const details = { profile: crossProfile, ...await describe(certificate), requestedBy };
  await store.record([{ record: recordOf(certificate), der, details }]);
  const isCut = asked > latest;
  return {
    certificate,
    noticed: isCut ? [new ValidityCutWarning(asked, latest, "two-roots")] : [],
  };
}

/** @throws CrossCertificationRefusedError */
function requireAnother(
  { certificate: own }: Root,
  { file, other: { certificate: other }, now }: Pick<CrossTerms, "file" | "other" | "now">,
): void {
  const refuse = (reason: CrossCertificationRefusedError["reason"]): never => {
    throw new CrossCertificationRefusedError(file, reason);
  };
  if (bytesEqual(other.subjectPublicKeyInfo.der, own.subjectPublicKeyInfo.der)) refuse("own");
  // Certificates and CRLs of both would have the same issuer: their serial numbers could be the same.
  if (namesEqual(other.subject, own.subject)) refuse("same-name");
  if (!isValidAt(other, now)) refuse("not-valid");
}
